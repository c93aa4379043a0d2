"""Random histories of a mirrored table: people edit it in Lark, and in the end it is the same here."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from larkbridge.clock import from_text
from larkbridge.lark.cell_formats import READ_ONLY
from larkbridge.store.codec import decode, from_item
from larkbridge.store.mirror_rows import MirrorRow
from larkbridge.sync.table_sync import TableSync
from sandbox.lark.cells import FieldType
from tests.support.memory_dynamo.client import MemoryDynamo
from tests.support.table_history import APP, MAX_RECORDS, TABLE, Column, TableHistory, plain
from tests.support.trouble import Process

ENTRY = 'role = "MIRROR"\nkey = "code"\nevery_minutes = 15\n'
COLUMNS: list[Column] = [
    ("code", "fldCode", "Mã lớp", FieldType.TEXT),
    ("branch", "fldBranch", "Cơ sở", FieldType.SINGLE_SELECT),
    ("startsOn", "fldStarts", "Khai giảng", FieldType.DATE_TIME),
    ("seats", "fldSeats", "Số chỗ", FieldType.NUMBER),
    ("open", "fldOpen", "Đang tuyển sinh", FieldType.CHECKBOX),
]
TIMES: list[Column] = [
    ("createdAt", "fldCreated", "Tạo lúc", FieldType.CREATED_TIME),
    ("modifiedAt", "fldModified", "Sửa lúc", FieldType.MODIFIED_TIME),
]
STILL = float("inf")
REPLICA_LAG = 60
EDITS = ("add", "edit", "delete", "restore")


class MirrorHistory(TableHistory):
    """One mirrored table; most have columns that tell when a record was changed."""

    WEIGHTS: ClassVar[dict[str, int]] = {
        "add": 5,
        "edit": 8,
        "delete": 5,
        "restore": 3,
        "rename": 1,
        "run": 10,
        "night": 3,
        "event": 6,
        "lose_event": 1,
        "tell": 2,
        "wait": 6,
        "lag": 2,
        "hide": 1,
        "show": 2,
        "stale": 1,
        "accept": 1,
        "insist": 1,
    }
    LEASE = "classes"
    MEANWHILE = (*EDITS, *EDITS, *("tell",) * 3, *("event", "pause") * 2, "run", "night", "rename")

    def __init__(self, dynamo: MemoryDynamo, rng: random.Random) -> None:
        self.timed = rng.random() < 0.6
        self._last = random.Random(rng.random())
        super().__init__(dynamo, rng, "classes", ENTRY, COLUMNS + (TIMES if self.timed else []))
        self.there = dict[str, list[list[float]]]()
        self._read_at = dict[str, str]()
        self._modified_at = dict[str, str]()
        self._was_hidden = False
        for _ in range(rng.randrange(8)):
            self.add(rng)

    def scheduled(self, sync: TableSync) -> Callable[..., dict[str, str]]:
        """Return what the schedule calls."""
        return sync.pull

    def add(self, rng: random.Random) -> None:
        if len(self.present) < MAX_RECORDS:
            record_id = self.bases.add(APP, TABLE, self._values(rng))
            self.there[record_id] = [[self.clock.timestamp(), STILL]]

    def edit(self, rng: random.Random) -> None:
        if self.present:
            values = self._values(rng)
            changed = dict(rng.sample(sorted(values.items()), rng.randint(1, 2)))
            self.bases.put(APP, TABLE, rng.choice(self.present), changed)

    def delete(self, rng: random.Random) -> None:
        count = min(len(self.present), rng.choice([1, 1, 1, 2, MAX_RECORDS]))
        for record_id in rng.sample(self.present, count):
            self.bases.delete(APP, TABLE, record_id)
            self.there[record_id][-1][1] = self.clock.timestamp()

    def restore(self, rng: random.Random) -> None:
        gone = sorted(self.there.keys() - set(self.present))
        if gone and len(self.present) < MAX_RECORDS:
            record_id = rng.choice(gone)
            self.bases.put(APP, TABLE, record_id, self._values(rng))
            self.there[record_id].append([self.clock.timestamp(), STILL])

    def tell(self, rng: random.Random) -> None:
        """Something is changed, and its event is handled at once."""
        self.do(rng.choice(EDITS), rng)
        for document in self.world.inbox[-1:]:
            self.world.handle_event(Process(random.Random(rng.random())), document)

    def check(self) -> None:
        """Assert what always holds: no older read replaces a newer one, nothing that is there is marked."""
        super().check()
        for row in self._rows():
            known = self._read_at.get(row.record_id, "")
            assert row.read_at >= known, f"{row.record_id} is as an older read saw it"
            assert row.modified_at >= self._modified_at.get(row.record_id, ""), "an older version is back"
            self._modified_at[row.record_id] = row.modified_at
            self._read_at[row.record_id] = row.read_at
            if row.deleted_at is not None and row.read_at != known:
                asked = from_text(row.read_at).timestamp()
                assert self._was_away(row.record_id, asked), f"{row.record_id} is marked, and was there"

    def check_event(self, event: dict[str, Any]) -> None:
        """Assert that the rows are at least as new as the change that was reported."""
        rows, reported = {row.record_id: row for row in self._rows()}, event["update_time"]
        for action in event["action_list"]:
            if "record_id" not in action:
                continue
            row, (start, end) = rows.get(action["record_id"]), self.there[action["record_id"]][-1]
            if end == STILL and start <= reported + 1:
                if row is None:
                    assert action["record_id"] in self._blank(), "a reported record is not here"
                    continue
                if self._is_just_marked(row):
                    continue
                assert row.deleted_at is None, "a reported record is marked as deleted"
                assert from_text(row.modified_at).timestamp() >= reported, "a reported change is not here"
            elif end <= reported + 1 and action["action"] == "record_deleted" and row is not None:
                assert row.deleted_at is not None, "a reported deletion is not here"

    def hide(self, _: random.Random) -> None:
        """Keep the app out; what is changed meanwhile is read at night."""
        self._was_hidden = True
        super().hide(_)

    def night(self, rng: random.Random) -> None:
        """Pull it all; what is hidden is noticed, and nothing follows from it."""
        live, hidden = any(row.deleted_at is None for row in self._rows()), bool(self.bases.hidden)
        before, process = self.state(), self.process(rng)
        accepted = before.accept_deletions or (before.pull is not None and before.pull.accept_deletions)
        became = self.sync(process, full=True)
        undisturbed = process.at is None and self.world.dynamo.stale is None
        if became == "pulled" and live and hidden and not accepted and undisturbed:
            assert self.state().suspicious is not None, "an empty answer is believed"

    def settle(self) -> None:
        """End all trouble, let time pass, and assert that both sides are the same.

        Before that comes a pull in whose middle records change, of which nothing is told.
        """
        self.lag(self._last)
        self.clock.advance(minutes=61)
        process = Process(self._last, at=self._last.randrange(5, 20))
        process.meanwhile = self.amid(
            *[partial(self.do, kind, self._last) for kind in ("edit", "edit", "add")]
        )
        self.sync(process, full=self._last.random() < 0.5)
        self.calm()
        became = None
        for _ in range(3):
            self.clock.advance(minutes=61)
            became = self.settled_sync(full=False)
        if self.timed and became == "pulled" and not self._was_hidden:
            self._check_records()
        for document in self.world.inbox:
            assert self.world.handle_event(self.process(random.Random(0)), document)
        self.clock.advance(hours=25)
        self.settled_sync(full=True)
        state = self.state()
        assert state.last_error is None, state.last_error
        if state.suspicious:
            self.accept(random.Random(0))
            self.settled_sync(full=False)
        self._check_records()
        live = {row.record_id for row in self._rows() if row.deleted_at is None}
        assert set(self.present) - live <= self._blank()
        assert live <= set(self.present)

    def _check_records(self) -> None:
        """Assert that every record is here as it is in Lark."""
        rows = {row.record_id: row for row in self._rows() if row.deleted_at is None}
        blank = self._blank()
        for record_id in self.bases.records(APP, TABLE):
            if record_id in blank and record_id not in rows:
                continue
            assert record_id in rows, f"{record_id} is not here"
            row, values = rows[record_id], self._content(record_id)
            if values["code"] or record_id in blank:
                assert (row.values, row.reasons) == (values, None)
            else:
                assert (row.received, list(row.reasons or {})) == (values, ["code"])

    def _content(self, record_id: str) -> dict[str, Any]:
        """Return what a record of Lark's has, by our names."""
        cells = self.bases.records(APP, TABLE)[record_id]
        return {ours: plain(kind, cells.get(self.names[one])) for ours, one, _, kind in self.columns}

    def _blank(self) -> set[str]:
        """Return the records in which there is nothing that a person has entered."""
        entered = [ours for ours, _, _, kind in self.columns if kind not in READ_ONLY]
        contents = {record_id: self._content(record_id) for record_id in self.bases.records(APP, TABLE)}
        return {
            record_id
            for record_id, content in contents.items()
            if all(content[name] is None or content[name] is False for name in entered)
        }

    def _rows(self) -> list[MirrorRow]:
        return [decode(MirrorRow, from_item(one)) for one in self.world.dynamo.items("MirrorRowsTable")]

    def _is_just_marked(self, row: MirrorRow) -> bool:
        """Tell whether a row was marked within the last minute: no read that may be older is believed."""
        if row.deleted_at is None:
            return False
        return self.clock.timestamp() - from_text(row.deleted_at).timestamp() <= REPLICA_LAG + 1

    def _was_away(self, record_id: str, asked: float) -> bool:
        """Tell whether a replica could say, when it was asked, that a record is deleted."""
        gaps = zip(self.there[record_id], [*self.there[record_id][1:], [STILL, STILL]], strict=True)
        return any(left <= asked and back >= asked - REPLICA_LAG for (_, left), (back, _) in gaps)

    def _values(self, rng: random.Random) -> dict[str, Any]:
        values = {
            "fldCode": rng.choice([f"L{rng.randrange(100)}", f"L{rng.randrange(100)}", None]),
            "fldBranch": rng.choice(["Cầu Giấy", "Hà Đông", None]),
            "fldStarts": rng.choice([1_788_000_000_000 + rng.randrange(1000) * 86_400_000, None]),
            "fldSeats": rng.choice([rng.randrange(30), rng.random(), None]),
            "fldOpen": rng.choice([True, False]),
        }
        return {self.names[field_id]: value for field_id, value in values.items()}
