"""When people are busy.

Protocol (open platform documentation, "Query availability", and larksuite/openclaw-lark for the batch): times
are in RFC 3339, a window has at most 90 days, a batch at most 10 people; who has left is an error (195100).
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, ClassVar, NamedTuple

from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import error_of
from larkbridge.lark.api_values import from_rfc3339, incomplete, objects, to_rfc3339
from larkbridge.lark.client import LarkClient

MAX_DAYS = 90
MAX_PEOPLE = 10
_SCOPES = ("calendar:calendar.free_busy:read",)


class Busy(NamedTuple):
    """From when to when somebody is busy."""

    start: datetime
    end: datetime


class FreeBusy:
    """The busy times of people, seen by the app or by the person whose access token is given.

    Each method raises `LarkApiError`; what it returns is sorted, neither cut at the window nor merged.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {"of": _SCOPES, "of_many": _SCOPES}

    def __init__(self, client: LarkClient, user_token: str | None = None) -> None:
        self._client = client
        self._user_token = user_token

    def of(self, open_id: str, start: datetime, end: datetime) -> list[Busy]:
        """Return when one person is busy between two moments, at most 90 days apart."""
        data = self._call("list", start, end, {"user_id": open_id})
        return _busy(objects(data, "freebusy_list"))

    def of_many(self, open_ids: Collection[str], start: datetime, end: datetime) -> dict[str, list[Busy]]:
        """Return when each of some people is busy between two moments, at most 90 days apart."""
        found: dict[str, list[Busy]] = {}
        for some in batched(dict.fromkeys(open_ids), MAX_PEOPLE, strict=False):
            items = objects(self._call("batch", start, end, {"user_ids": some}), "freebusy_lists")
            found |= {str(item.get("user_id")): _busy(objects(item, "freebusy_items")) for item in items}
        if not found.keys() >= set(open_ids):
            raise incomplete("the answer says nothing of a person")
        return found

    def _call(self, what: str, start: datetime, end: datetime, whom: Mapping[str, Any]) -> dict[str, Any]:
        if not timedelta() <= end - start <= timedelta(days=MAX_DAYS):
            raise error_of(refused("bad_parameter", f"no window of at most {MAX_DAYS} days"))
        body = {"time_min": to_rfc3339(start), "time_max": to_rfc3339(end), **whom}
        return self._client.call(
            "POST",
            f"/calendar/v4/freebusy/{what}",
            query={"user_id_type": "open_id"},
            body={**body, "include_external_calendar": True, "only_busy": True},
            user_token=self._user_token,
        )


def _busy(items: Collection[Mapping[str, Any]]) -> list[Busy]:
    return sorted(
        Busy(from_rfc3339(one.get("start_time")), from_rfc3339(one.get("end_time"))) for one in items
    )
