"""The ButtonResults table: what a field of a Lark Base record shows of each owner's newest click.

Of a case's field, which changes of it hold, and whose turn it is to write there.
Keys: `field` (app token, table, record and the field's name), `owner`. TTL on `expiresAt` tidies up after
200 days: by then neither a forward nor its result can be sent any more, each of which is kept for 90.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from larkbridge.clock import to_text
from larkbridge.store.codec import Record, decode, encode
from larkbridge.store.table import Table

RETENTION = timedelta(days=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A field of a record."""

    app_token: str
    table_id: str
    record_id: str
    field: str

    @property
    def key(self) -> str:
        """Its text in the table; no id has a colon."""
        return f"{self.app_token}:{self.table_id}:{self.record_id}:{self.field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one owner's part of a click.

    `version` sorts as the results of one owner follow one another: by when the click was received, then by
    its event, then by the forward's attempt.
    """

    owner: str
    version: str
    text: str


def result_version(asked_at: str, event_id: str, attempt: int) -> str:
    """Return a result's version."""
    return f"{asked_at}#{event_id}#{attempt:09d}"


class ButtonResultStore:
    """Every access to the ButtonResults table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def put(self, place: Place, result: Result, now: datetime) -> bool:
        """Store a result; one request, and False when the owner has a newer one there."""
        expires_at = int((now + RETENTION).timestamp())
        record = encode(result) | {"field": place.key, "expiresAt": expires_at}
        condition = "attribute_not_exists(field) OR version <= :version"
        return self._table.put_if(record, condition, {"version": result.version})

    def text(self, place: Place) -> str:
        """Return what the field must show: every owner's newest result, a line each, the newest first."""
        return "\n".join(result.text for result in self.results(place))

    def results(self, place: Place) -> list[Result]:
        """Return every owner's newest result, the newest first."""
        records = self._table.query(None, ("field", place.key), None, newest_first=False)
        results = [decode(Result, record) for record in records]
        results.sort(key=lambda result: (result.version, result.owner), reverse=True)
        return results

    def take_turn(self, place: Place, holder: str, now: datetime, until: datetime) -> bool:
        """Have the field to oneself until a moment; one request, and False while another has it."""
        free = "attribute_not_exists(field) OR heldUntil <= :now OR holder = :holder"
        record = _turn(place, holder, until)
        return self._table.put_if(record, free, {"now": to_text(now), "holder": holder})

    def end_turn(self, place: Place, holder: str, until: datetime) -> None:
        """Leave the field to others from a moment on, unless another has it already; one request."""
        self._table.put_if(_turn(place, holder, until), "holder = :holder", {"holder": holder})


def _turn(place: Place, holder: str, until: datetime) -> Record:
    return {
        "field": f"{place.key}:turn",
        "owner": "turn",
        "holder": holder,
        "heldUntil": to_text(until),
        "expiresAt": int((until + RETENTION).timestamp()),
    }
