"""Writes results into records of Lark Base."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from larkbridge.lark.base import Base
from larkbridge.lark.codes import FIELD_NOT_FOUND
from larkbridge.lark.errors import LarkApiError
from larkbridge.observability import logger
from larkbridge.outbox.attempts import Attempted
from larkbridge.outbox.targets.origin import Origin
from larkbridge.outcome import Outcome, Verdict
from larkbridge.store.deliveries import Delivery
from larkbridge.store.events import EventStore
from larkbridge.store.work import Status

MAX_LATER = 100
"""Of the later events about a record, so many are looked at."""


class LarkRecord:
    """Sets fields of a record; doing it twice is doing it once.

    The result of an older click never overwrites that of a newer one, however late its attempt succeeds.
    """

    name: ClassVar[str] = "lark-record"
    token_window: ClassVar[timedelta | None] = None

    def __init__(self, base: Base, events: EventStore, *, configured: bool) -> None:
        self._base = base
        self._events = events
        self.configured = configured

    def requests_per_second(self) -> int:
        return 5

    def send(self, delivery: Delivery) -> Outcome:
        content = delivery.content
        *table, record_id = record = content["appToken"], content["tableId"], content["recordId"]
        try:
            if self._is_superseded(content["askedAt"], ":".join(record)):
                return Outcome(verdict=Verdict.OK, reason="superseded")
            self._base.table(*table).update(record_id, content["fields"])
        except LarkApiError as error:
            return _without_column(error) if error.outcome.reason == FIELD_NOT_FOUND else error.outcome
        return Outcome(verdict=Verdict.OK, reason="updated")

    def _is_superseded(self, asked_at: str, record: str) -> bool:
        """Return whether a later event about the record has been processed; its own result is on its way.

        By time, not by finding the event itself: the index may not have it yet, or no longer.
        """
        later = itertools.takewhile(lambda one: one.received_at > asked_at, self._events.about(record, None))
        return any(one.status == Status.SENT for one in itertools.islice(later, MAX_LATER))

    def follow_ups(self, delivery: Delivery, attempted: Attempted) -> Sequence[Delivery]:
        return []


def _without_column(error: LarkApiError) -> Outcome:
    """Return what becomes of a result that has no column: it ends, since the person has it by card."""
    logger.warning("no column for the result", reason=error.outcome.reason, hint=error.hint)
    return replace(error.outcome, verdict=Verdict.OK, reason="no_result_column")


def new_record_update(
    record: tuple[str, str, str], fields: Mapping[str, Any], asked_at: str, origin: Origin
) -> Delivery:
    """Return the delivery of a change to a record: app token, table id, record id.

    `asked_at` is when the event was received that the change is the result of.
    """
    app_token, table_id, record_id = record
    place = {"appToken": app_token, "tableId": table_id, "recordId": record_id}
    content = place | {"fields": dict(fields), "askedAt": asked_at}
    return origin.delivery(LarkRecord.name, "lark-api", content)
