"""Random histories of a table that is pushed: written here, meddled with in Lark, and in the end the same."""

import random
from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, ClassVar

from larkbridge.errors import ConflictError, NotFoundError
from larkbridge.store.codec import decode, from_item
from larkbridge.store.source_rows import SourceRow
from larkbridge.sync.source.local_writes import LocalWrites
from larkbridge.sync.table_sync import TableSync
from sandbox.lark.cells import FieldType
from tests.support.memory_dynamo.client import MemoryDynamo
from tests.support.table_history import APP, MAX_RECORDS, TABLE, Column, TableHistory, plain
from tests.support.trouble import DOUBTFUL_FAULTS, Process

ENTRY = 'role = "SOURCE"\nkey = "code"\ndeletions = "{deletions}"\n'
COLUMNS: list[Column] = [
    ("code", "fldCode", "Mã học viên", FieldType.TEXT),
    ("branch", "fldBranch", "Cơ sở", FieldType.SINGLE_SELECT),
    ("bornOn", "fldBorn", "Ngày sinh", FieldType.DATE_TIME),
    ("points", "fldPoints", "Điểm", FieldType.NUMBER),
    ("active", "fldActive", "Đang học", FieldType.CHECKBOX),
    ("note", "fldNote", "Ghi chú", FieldType.TEXT),
]
ROW_IDS = [f"HV{number:02}" for number in range(MAX_RECORDS)]
TEXTS = [field_id for _, field_id, _, kind in COLUMNS if kind is FieldType.TEXT]
NOBODY = "recNobody"
"""A record that the app may not see: the simulator's page tokens are of one kind while there is one."""
TOO_LONG = "quá dài " * 5
"""A text that Lark refuses, in a history."""


class SourceHistory(TableHistory):
    """One pushed table, of either policy on deletions."""

    WEIGHTS: ClassVar[dict[str, int]] = {
        "put": 14,
        "delete": 4,
        "edit_ours": 3,
        "delete_ours": 3,
        "undo": 2,
        "add_stranger": 2,
        "edit_stranger": 1,
        "rename": 1,
        "run": 14,
        "night": 3,
        "event": 5,
        "lose_event": 1,
        "wait": 5,
        "lag": 2,
        "insist": 2,
        "doubt": 4,
        "forbid": 2,
        "permit": 3,
        "hide": 1,
        "show": 3,
        "stale": 1,
    }
    LEASE = f"base:{APP}"
    MEANWHILE = (
        "put",
        "put",
        "delete",
        "edit_ours",
        "delete_ours",
        "undo",
        "event",
        "run",
        "run",
        "night",
        "pause",
        "pause",
    )

    def __init__(self, dynamo: MemoryDynamo, rng: random.Random) -> None:
        self.restores = rng.random() < 0.6
        entry = ENTRY.format(deletions="restore" if self.restores else "accept")
        super().__init__(dynamo, rng, "students", entry, COLUMNS)
        self.bases.forbidden.add(NOBODY)
        self.bases.client_token_seconds = rng.choice([3600, 4000, 86_400])
        self.world.lark.files.subscribed.add(APP)
        self.wanted = dict[str, dict[str, Any] | None]()
        self.lost = set[str]()
        self.meddled = set[str]()
        self.strangers = dict[str, dict[str, Any]]()
        self.allowed = Counter[str]()

    def scheduled(self, sync: TableSync) -> Callable[..., dict[str, str]]:
        """Return what the schedule calls."""
        return sync.push

    def put(self, rng: random.Random) -> None:
        """Write rows here, sometimes through a process that stops, or is not answered."""
        for row_id in rng.sample(ROW_IDS, rng.choice([1, 1, 2, 8])):
            self._write(rng, row_id, self._values(rng))

    def delete(self, rng: random.Random) -> None:
        self._write(rng, rng.choice(ROW_IDS), None)

    def edit_ours(self, rng: random.Random) -> None:
        """A person changes a record of ours, but for its key."""
        ours = self._ours()
        if ours:
            record_id = rng.choice(sorted(ours))
            self.meddled.add(ours[record_id])
            self.bases.put(APP, TABLE, record_id, {self.names["fldNote"]: f"sửa tay {rng.randrange(100)}"})

    def delete_ours(self, rng: random.Random) -> None:
        """A person deletes a record of ours."""
        ours = self._ours()
        if ours:
            record_id = rng.choice(sorted(ours))
            self.meddled.add(ours[record_id])
            self.lost.add(ours[record_id])
            self.allowed[ours[record_id]] += 1
            self.bases.delete(APP, TABLE, record_id)

    def undo(self, rng: random.Random) -> None:
        """A person deletes a record of ours, and takes it back before any replica has missed it."""
        ours = sorted(self._ours())
        if ours and not self.bases.replica_lag:
            record_id = rng.choice(ours)
            self.meddled.add(self._ours()[record_id])
            cells = self.bases.get(APP, TABLE, record_id) or {}
            for name in (self.names[one] for one in TEXTS if self.names[one] in cells):
                cells[name] = "".join(part["text"] for part in cells[name])
            self.bases.delete(APP, TABLE, record_id)
            self.clock.advance(seconds=rng.choice([1, 20]))
            self.bases.put(APP, TABLE, record_id, cells)

    def add_stranger(self, rng: random.Random) -> None:
        """A person adds a record, whose key is empty or none of ours."""
        if len(self.strangers) < 4:
            values = {self.names["fldNote"]: "của tôi"}
            if rng.random() < 0.5:
                values[self.names["fldCode"]] = f"tay-{rng.randrange(100)}"
            record_id = self.bases.add(APP, TABLE, values)
            self.strangers[record_id] = self._by_id(record_id)

    def edit_stranger(self, rng: random.Random) -> None:
        if self.strangers:
            record_id = rng.choice(sorted(self.strangers))
            self.bases.put(APP, TABLE, record_id, {self.names["fldPoints"]: rng.randrange(10)})
            self.strangers[record_id] = self._by_id(record_id)

    def forbid(self, rng: random.Random) -> None:
        """Keep the app from one record of ours whose id is known: nothing protects from more."""
        ours = sorted(self._ours().keys() & {row.lark_record_id for row in self._rows()})
        for record_id in rng.sample(ours, min(1, len(ours))):
            self.bases.forbidden.add(record_id)
            self.meddled.add(self._ours()[record_id])

    def permit(self, _: random.Random) -> None:
        self.bases.forbidden.intersection_update({NOBODY})

    def doubt(self, rng: random.Random) -> None:
        """Lark does what it is asked and does not say so; then nobody waits for it to be seen."""
        self.lag(rng)
        self.put(rng)
        self.sync(Process(random.Random(rng.random()), 0.4, DOUBTFUL_FAULTS), full=False)
        between = rng.choice([(), (), ("pause",), ("hide", "pause")])
        for kind in (*between, "insist"):
            self.do(kind, rng)

    def check(self) -> None:
        """Assert what always holds: a row has one record at most, and what people made is as they left it."""
        super().check()
        keys = Counter(self._ours().values())
        assert not [key for key, number in keys.items() if number > 1], f"created twice: {keys}"
        for record_id, values in self.strangers.items():
            assert self._by_id(record_id) == values, "a record that a person made was touched"
        created = Counter(key for one in self.bases.created for key in one.fields.values() if key in ROW_IDS)
        for key, number in created.items():
            assert number <= 1 + self.allowed[key], f"{key} was created {number} times"

    def settle(self) -> None:
        """End all trouble, let time pass, and assert that both sides are the same."""
        self.calm()
        self.permit(random.Random(0))
        for document in self.world.inbox:
            if any(one.get("action") == "record_deleted" for one in document["event"]["action_list"]):
                self.world.handle_event(self.process(random.Random(0)), document)
        became = [self._later(full=False) for _ in range(3)]
        if became[-1] in ("pushed", "idle"):
            self._check_same(self.wanted.keys() - self.meddled)
        for full in (True, False, True, False):
            self._later(full=full)
        state = self.state()
        if state.suspicious or state.last_error:
            self.accept(random.Random(0))
            for _ in range(3):
                self.clock.advance(hours=2)
                self.settled_sync(full=False)
        state = self.state()
        assert (state.last_error, state.batch) == (None, None)
        self._check_same(self.wanted.keys())

    def _later(self, *, full: bool) -> str | None:
        self.clock.advance(hours=13)
        return self.settled_sync(full=full)

    def _check_same(self, row_ids: Collection[str]) -> None:
        rows, records = {row.row_id: row for row in self._rows()}, self._ours()
        for row_id in row_ids:
            values, row = self.wanted[row_id], rows.get(row_id)
            mine = [one for one, key in records.items() if key == row_id]
            live = row is not None and not row.deleted
            if self.restores or row_id not in self.lost:
                assert live == (values is not None), f"{row_id} is {'there' if live else 'gone'}"
            if row is None:
                assert not mine, f"{row_id} has the records {mine}"
                continue
            if row.rejected:
                assert (values or {}).get("note") == TOO_LONG, f"{row_id}: {row.rejected}"
                continue
            assert not row.queued, f"{row_id} still waits"
            assert len(mine) == (1 if live else 0), f"{row_id} has the records {mine}"
            if live:
                assert self._plain(mine[0]) == values, f"{row_id} is not the same in Lark"
                assert row.lark_record_id == mine[0], f"{row_id} knows another record"

    def _write(self, rng: random.Random, row_id: str, values: dict[str, Any] | None) -> None:
        """Write a row, again until it is written: a caller who is not answered repeats.

        Where deletions in Lark are accepted, one that is noticed late takes what was written after it along.
        """
        stored = [row for row in self._rows() if row.row_id == row_id]
        if any(row.deleted and row.lark_record_id is None for row in stored):
            self.lost.discard(row_id)

        def write(_: TableSync, __: str) -> bool:
            return self._wrote(row_id, values)

        process = Process(random.Random(rng.random()), rng.choice([0, 0, 0.2]))
        if self._depth == 0 and rng.random() < 0.2:
            other = partial(self._write, rng, row_id, self._values(rng))
            process.at, process.meanwhile = rng.randrange(3), self.amid(other, partial(self.run, rng))
        while not self.world.run(process, write):
            process = Process(random.Random(rng.random()))
        if (self.wanted.get(row_id) is not None) and values is None:
            self.allowed[row_id] += 1
        if values is not None or row_id in self.wanted:
            self.wanted[row_id] = None if values is None else {**values, "code": row_id}

    def _wrote(self, row_id: str, values: dict[str, Any] | None) -> bool:
        writes = LocalWrites(self.world.source_rows, self.clock)
        try:
            if values is None:
                writes.delete(self.table, row_id)
            else:
                writes.put(self.table, row_id, values)
        except NotFoundError:
            return True
        except ConflictError:
            return False
        return True

    def _rows(self) -> list[SourceRow]:
        return [decode(SourceRow, from_item(one)) for one in self.world.dynamo.items("SourceRowsTable")]

    def _ours(self) -> dict[str, str]:
        """Return the keys of the records that are ours by their ids."""
        found = {one: self._by_id(one).get("fldCode") for one in self.present if one not in self.strangers}
        return {one: "".join(part["text"] for part in key) for one, key in found.items() if key}

    def _by_id(self, record_id: str) -> dict[str, Any]:
        """Return a record's cells by field id, whatever the columns are called now."""
        cells = self.bases.get(APP, TABLE, record_id) or {}
        return {field_id: cells[name] for field_id, name in self.names.items() if name in cells}

    def _plain(self, record_id: str) -> dict[str, Any]:
        cells = self._by_id(record_id)
        return {ours: plain(kind, cells.get(field_id)) for ours, field_id, _, kind in self.columns}

    def _values(self, rng: random.Random) -> dict[str, Any]:
        return {
            "branch": rng.choice(["Cầu Giấy", "Hà Đông", None]),
            "bornOn": rng.choice([f"2015-0{rng.randint(1, 9)}-01T00:00:00.000Z", None]),
            "points": rng.choice([rng.randrange(10), 7.5, None]),
            "active": rng.choice([True, False]),
            "note": rng.choice(["a", "b", "c", None, TOO_LONG if rng.random() < 0.3 else "d"]),
        }
