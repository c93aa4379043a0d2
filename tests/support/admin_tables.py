"""Tables for somebody with a key to look after: one mirrored, one of ours."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from larkbridge.clock import to_text
from larkbridge.store.mirror_rows import MirrorRow, MirrorRowStore
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.store.sync_progress import PullProgress, SyncState, SyncStateStore
from larkbridge.store.table import Action
from larkbridge.store.transactions import write_what_holds
from tests.support.admin import Admin
from tests.support.forms import http_event, json_event
from tests.support.world import Answer, World

TABLES = "GET /v1/tables"
ROWS = "GET /v1/tables/{table}/rows"
ROW = "GET /v1/tables/{table}/rows/{rowId}"
PUT = "PUT /v1/tables/{table}/rows/{rowId}"
DELETE = "DELETE /v1/tables/{table}/rows/{rowId}"
SYNC = "POST /v1/tables/{table}/sync"

MIRROR, SOURCE = "classes", "students"
APP_TOKEN = "bascnHoaSen01"
PLACES = f"{SOURCE}={APP_TOKEN}/tblStudents,{MIRROR}={APP_TOKEN}/tblClasses"
REFUSED = {
    "reason": "wrong_field_type",
    "message": "PhoneFieldConvFail",
    "hint": "Make the value fit its column.",
    "larkCode": 1254072,
    "logId": "20260901020000",
    "at": "2026-09-01T02:00:00.000Z",
}
PULL = PullProgress(
    mode="full",
    number=7,
    started_at="2026-09-01T02:00:00.000Z",
    fingerprint="f1",
    token="page-2",
    page_size=500,
    parts=1,
    total=1200,
    read=500,
    written=3,
)


class TablesAdmin:
    """An admin of a bundle whose tables are where `places`, the setting LARK_TABLES, says."""

    def __init__(self, world: World, places: str = PLACES) -> None:
        world.environ["LARK_TABLES"] = places
        world.restart()
        self.world = world
        self.admin = Admin(world)
        self.mirrored = MirrorRowStore(world.environ["MIRROR_ROWS_TABLE"])
        self.ours = SourceRowStore(world.environ["SOURCE_ROWS_TABLE"])
        self.states = SyncStateStore(world.environ["SYNC_STATE_TABLE"])

    def ask(
        self, route: str, table: str = SOURCE, row_id: str = "-", body: Any = None, **query: str
    ) -> Answer:
        """Send a request, with a JSON body if one is given."""
        event = http_event() if body is None else json_event(body)
        return self.world.admin(
            event
            | {
                "routeKey": route,
                "headers": event["headers"] | {"x-api-key": self.admin.key},
                "pathParameters": path(table, row_id),
                "queryStringParameters": query,
            }
        )

    def shown(self, name: str) -> dict[str, Any]:
        """Return what the overview shows of a table."""
        (table,) = (one for one in self.ask(TABLES).body["items"] if one["name"] == name)
        return table

    def ids(self, table: str, **query: str) -> list[str]:
        """Return the ids of a page of rows."""
        return [row["id"] for row in self.ask(ROWS, table, **query).body["items"]]

    def state(self, table: str) -> SyncState:
        return self.states.get(table)

    def change_state(self, table: str, **changes: Any) -> None:
        """Change a table's state as a run does."""
        self.states.change(table, 1, changes)

    def mirror(
        self,
        record_id: str,
        quarantine: Mapping[str, str] | None = None,
        *,
        modified_at: str | None = None,
        **values: Any,
    ) -> str:
        """Store a pulled record, modified just now, a second after the one before; returns its id."""
        now = self._next_moment()
        fits = quarantine is None
        row = MirrorRow(
            table=MIRROR,
            record_id=record_id,
            content_hash=f"{values} {quarantine}",
            values=values if fits else None,
            received=None if fits else values,
            reasons=quarantine,
            modified_at=now if modified_at is None else modified_at,
            read_at=now,
            changed_at=now,
        )
        self._do(self.mirrored.put_action(row, now, now))
        return record_id

    def lose(self, record_id: str) -> None:
        """Mark a pulled record as gone in Lark."""
        now = self._next_moment()
        action = self.mirrored.delete_action(
            MIRROR, record_id, read_at=now, settled=now, now=now, expires_at=None
        )
        self._do(action)

    def put(self, row_id: str, **fields: Any) -> str:
        """Write a row of ours a second after the one before; returns its id."""
        self._next_moment()
        assert self.ask(PUT, SOURCE, quote(row_id, safe=""), fields).status == 200
        return row_id

    def write(self, table: str, row_id: str) -> str:
        """Store a row of a table of either kind."""
        return self.mirror(row_id) if table == MIRROR else self.put(row_id)

    def ours_row(self, row_id: str) -> SourceRow:
        """Return a row of ours that must be there."""
        row = self.ours.get(SOURCE, row_id)
        assert row is not None
        return row

    def push(self, row_id: str, record_id: str | None) -> None:
        """Note that Lark has a row of ours as it is now."""
        self._do(self.ours.pushed_action(self.ours_row(row_id), record_id, self.world.clock.now()))

    def refuse(self, row_id: str) -> None:
        """Note that Lark refuses a row of ours."""
        self._do(self.ours.reject_action(self.ours_row(row_id), REFUSED))

    def fill(self) -> dict[str, list[str]]:
        """Leave a row in every status, and traces of runs with trouble; returns the rows' ids by table."""
        ours = [self.put(one, studentName="An") for one in ("pending", "pushed", "rejected", "deleted")]
        self.push("pushed", "rec1")
        self.refuse("rejected")
        self.ask(DELETE, SOURCE, "deleted")
        mirrored = [self.mirror(one, seats=12) for one in ("live", "gone")]
        self.lose("gone")
        mirrored.append(self.mirror("quarantined", {"seats": "not a number"}, seats="?"))
        drift = {"kind": "renamed", "field": "seats", "fieldId": "fldSeats", "was": "Số chỗ", "now": "Chỗ"}
        at = REFUSED["at"]
        report = {"number": 6, "mode": "full", "startedAt": at, "endedAt": at, "read": 3, "written": 2}
        pulled = report | {"quarantined": 1, "deleted": 1}
        self.change_state(
            MIRROR,
            last_full=pulled,
            last_pull=pulled,
            drift=[drift],
            suspicious={"reason": "12 of 40 rows are missing in Lark", "at": at},
            subscription={"ok": False, **REFUSED},
            last_error=REFUSED,
            not_before=at,
            pull=PULL,
        )
        self.change_state(
            SOURCE,
            last_full=report | {"strangers": 1, "deleted": 1},
            last_push_at=at,
            subscription={"ok": True, "at": at},
            requested="full",
        )
        return {SOURCE: ours, MIRROR: mirrored}

    def _next_moment(self) -> str:
        self.world.clock.advance(seconds=1)
        return to_text(self.world.clock.now())

    def _do(self, action: Action) -> None:
        assert write_what_holds([action], sleep=self.world.clock.sleep) == [True]


def path(table: str, row_id: str = "-") -> dict[str, str]:
    """Return the path parameters of any route under /v1/tables."""
    return {"table": table, "rowId": row_id}
