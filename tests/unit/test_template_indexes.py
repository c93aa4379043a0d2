"""Each index carries what the code reads from it: nothing missing, nothing paid for in vain."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.admin import deliveries, events, submissions
from larkbridge.clock import to_text
from larkbridge.errors import ConflictError
from larkbridge.outbox import states
from larkbridge.store.deliveries import Delivery
from larkbridge.store.events import Event
from larkbridge.store.submissions import FormType, Submission
from larkbridge.store.work import Status, Work
from larkbridge.store.work_store import WorkStore
from tests.support.clock import START
from tests.support.template import resources
from tests.support.world import World

type Reading = dict[str, Any]
type Reader = Callable[[Any], Reading]

BEFORE = to_text(START - timedelta(hours=5))
STATE: dict[str, Any] = {
    "status": Status.FAILED,
    "attempt_count": 3,
    "next_attempt_at": BEFORE,
    "maybe_duplicate": True,
    "last_error": {"reason": "rate_limited"},
    "attempt_limit": 12,
    "attempted_at": BEFORE,
    "first_unknown_at": BEFORE,
    "lease_owner": "run-1",
    "attempts": [{"number": 3}],
}
SUBMISSION = Submission(
    **STATE,
    submission_id="6f9619ff-8b86-4011-b42d-00cf4fc964ff",
    form_type=FormType.HOLD,
    sort_key=f"{BEFORE}#6f9619ff-8b86-4011-b42d-00cf4fc964ff",
    submitted_at=BEFORE,
    contact_name="Đinh Thị Ngọc Diệp",
    contact_phone="+84965432109",
    payload="{}",
    content_hash="hash",
    client_token="token",
)
EVENT = Event(
    **STATE,
    event_id="feishu-button#1",
    source="feishu-button",
    type="button.clicked",
    sort_key=f"{BEFORE}#feishu-button#1",
    received_at=BEFORE,
    subject="app:tbl:rec1",
    payload="{}",
    expires_at=1,
)
DELIVERY = Delivery(
    **STATE,
    delivery_id="6f9619ff-8b86-4011-b42d-00cf4fc964f0",
    target="lark-card",
    destination="lark-api",
    subject="feishu-button#1",
    sort_key=f"{BEFORE}#6f9619ff-8b86-4011-b42d-00cf4fc964f0",
    created_at=BEFORE,
    content={"uuid": "1"},
    receipt_at=BEFORE,
    expires_at=1,
)


def open_states[W: Work](work: W) -> tuple[W, ...]:
    """Return one in each state that the index of open work can hold."""
    cut_off = replace(work, status=Status.SENDING, first_unknown_at=None, maybe_duplicate=False)
    held = replace(cut_off, attempted_at=to_text(START))
    return work, cut_off, held, replace(work, status=Status.DEAD, next_attempt_at=None)


def all_states[W: Work](work: W) -> tuple[W, ...]:
    return (*open_states(work), replace(work, status=Status.SENT, done_at=BEFORE, next_attempt_at=None))


def listed_by(summary: Callable[[Any], Reading]) -> Reader:
    """What the admin's lists make of one."""
    return lambda work: {"summary": summary(work), "cursor": work.sort_key}


def listed_and_moved(summary: Callable[[Any], Reading], again: Callable[..., states.Change]) -> Reader:
    """What lists and an admin's retry or replay make of one, the conditional write included."""

    def read(work: Work) -> Reading:
        return listed_by(summary)(work) | {
            "again": _move(again, work),
            "seen": (work.id, work.attempt_count, work.status),
        }

    return read


def worked_off(summary: Callable[[Any], Reading], again: Callable[..., states.Change]) -> Reader:
    """What lists, an admin and the retry job make of one."""

    def read(work: Work) -> Reading:
        return listed_and_moved(summary, again)(work) | {
            "due": states.is_due(work, START),
            "claim": states.claim(work, "run-2", START, random.Random(1)),
            "queue": work.queue,
            "destination": getattr(work, "destination", None),
        }

    return read


def _move(again: Callable[..., states.Change], work: Work) -> states.Change | None:
    try:
        return again(work, START)
    except ConflictError:
        return None


def of_a_record(event: Event) -> Reading:
    """What a record's log makes of an event that is gone by the time it looks."""
    known = (event.event_id, event.source, event.status, event.received_at, event.done_at, event.last_error)
    return {"log": known, "cursor": event.sort_key}


@dataclass(frozen=True)
class Index:
    """What reads an index, and samples of what it holds."""

    read: Reader
    samples: tuple[Work, ...]


INDEXES = {
    ("SubmissionsTable", "unsent"): Index(
        worked_off(submissions.summary, states.retry_now), open_states(SUBMISSION)
    ),
    ("SubmissionsTable", "by-form-type"): Index(listed_by(submissions.summary), all_states(SUBMISSION)),
    ("EventsTable", "open"): Index(worked_off(events.summary, states.restart), open_states(EVENT)),
    ("EventsTable", "by-source"): Index(listed_and_moved(events.summary, states.restart), all_states(EVENT)),
    ("EventsTable", "by-subject"): Index(of_a_record, all_states(EVENT)),
    ("DeliveriesTable", "unsent"): Index(
        worked_off(deliveries.summary, states.retry_now), open_states(DELIVERY)
    ),
    ("DeliveriesTable", "by-target"): Index(listed_by(deliveries.summary), all_states(DELIVERY)),
}
READINGS = [
    pytest.param(table, index, one, id=f"{table}-{index}-{number}-{one.status}")
    for (table, index), known in INDEXES.items()
    for number, one in enumerate(known.samples)
]


def projections() -> dict[tuple[str, str], list[str]]:
    """Return the attributes of each index of work beside its keys."""
    tables = resources("AWS::DynamoDB::Table")
    return {
        (table, one["IndexName"]): one["Projection"]["NonKeyAttributes"]
        for table in ("SubmissionsTable", "EventsTable", "DeliveriesTable")
        for one in tables[table]["Properties"]["GlobalSecondaryIndexes"]
    }


@pytest.mark.parametrize(("table", "index", "work"), READINGS)
def test_an_index_tells_as_much_as_the_table(world: World, table: str, index: str, work: Work) -> None:
    store: WorkStore[Any] = {
        "SubmissionsTable": world.submissions,
        "EventsTable": world.events,
        "DeliveriesTable": world.deliveries,
    }[table]
    store.add(work)
    keys = {
        work.SHAPE.open: ("queue", work.queue),
        work.SHAPE.by_partition: (work.SHAPE.partition, work.partition),
        "by-subject": ("subject", getattr(work, "subject", None)),
    }
    name, value = keys[index]
    (found,) = store.readable(store.table.query(index, (name, str(value)), None, newest_first=True))

    read = INDEXES[table, index].read
    assert read(found) == read(work)


@pytest.mark.parametrize(
    ("table", "index", "attribute"), [(*key, one) for key, names in projections().items() for one in names]
)
def test_an_index_carries_nothing_that_nobody_reads(table: str, index: str, attribute: str) -> None:
    known = INDEXES[table, index]

    assert any(_without(attribute, one, known.read) != known.read(one) for one in known.samples)


def _without(attribute: str, work: Work, read: Reader) -> Reading | None:
    """Return the reading of one that lacks an attribute, None when there can be none."""
    kept = {
        name: value for name, value in work.to_record().items() if name != attribute and value is not None
    }
    try:
        return read(type(work).from_record(kept))
    except (KeyError, TypeError):
        return None


def test_the_test_knows_every_index() -> None:
    assert projections().keys() == INDEXES.keys()
