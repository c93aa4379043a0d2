"""Each index carries what the code reads from it: nothing missing, nothing paid for in vain."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.admin import delivery_routes, event_routes, submission_views
from larkbridge.clock import to_text
from larkbridge.errors import ConflictError
from larkbridge.store.deliveries import Delivery
from larkbridge.store.events import Event
from larkbridge.store.submissions import FormType, Submission
from larkbridge.store.work import Status, Work
from larkbridge.store.work_store import WorkStore
from larkbridge.store.work_table import from_record, to_record
from larkbridge.targets import policies
from larkbridge.work import admin_moves, states
from larkbridge.work import policy as work_policy
from larkbridge.work.policy import Policy
from tests.support.clock import START
from tests.support.template import resources
from tests.support.world import World

type Reading = dict[str, Any]
type Move = Callable[..., states.Change]
type Reader = Callable[[Any], Reading]

BEFORE = to_text(START - timedelta(hours=5))
STATE: dict[str, Any] = {
    "status": Status.FAILED,
    "attempt_count": 3,
    "next_attempt_at": BEFORE,
    "maybe_duplicate": True,
    "last_error": {"reason": "rate_limited"},
    "round_start": 1,
    "throttled_count": 1,
    "give_up_at": to_text(START + timedelta(hours=1)),
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
    phone_key="+84965432109",
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
)


def open_states[W: Work](work: W) -> tuple[W, ...]:
    """Return one in each state that the index of open work can hold."""
    cut_off = replace(work, status=work.SHAPE.under_way, first_unknown_at=None, maybe_duplicate=False)
    held = replace(cut_off, attempted_at=to_text(START))
    return work, cut_off, held, replace(work, status=Status.DEAD, next_attempt_at=None)


def due_states[W: Work](work: W) -> tuple[W, ...]:
    """Return one in each state that the index of due work can hold."""
    return open_states(work)[:3]


def all_states[W: Work](work: W) -> tuple[W, ...]:
    return (
        *open_states(work),
        replace(work, status=work.SHAPE.done, next_attempt_at=None, **{work.SHAPE.done_at: BEFORE}),
    )


def listed_by(summary: Callable[[Any], Reading]) -> Reader:
    """What the admin's lists make of one."""
    return lambda work: {"summary": summary(work), "cursor": work.sort_key}


def listed_and_moved(summary: Callable[[Any], Reading], again: Move, policy: Policy) -> Reader:
    """What lists, an admin's retry or replay and the retry job make of one."""

    def read(work: Work) -> Reading:
        return listed_by(summary)(work) | {
            "again": _move(again, work, policy),
            "seen": (work.id, work.partition, work.attempt_count, work.status),
            "due": states.is_due(work, START),
            "claim": states.claim(work, policy, "run-2", START, random.Random(1)),
            "late": states.claim(work, policy, "run-2", START + timedelta(hours=2), random.Random(1)),
            "queues": (
                to_record(work)["queue"],
                to_record(work)["dueKey"],
                getattr(work, "destination", None),
            ),
        }

    return read


def _move(again: Move, work: Work, policy: Policy) -> states.Change | None:
    try:
        return again(work, policy, START)
    except ConflictError:
        return None


@dataclass(frozen=True)
class Index:
    """What reads an index, and samples of what it holds."""

    read: Reader
    samples: tuple[Work, ...]


OF_SUBMISSIONS = listed_and_moved(submission_views.summary, admin_moves.retry_now, policies.SUBMISSION)
OF_EVENTS = listed_and_moved(event_routes.summary, states.restart, work_policy.EVENT)
OF_DELIVERIES = listed_and_moved(delivery_routes.summary, admin_moves.retry_now, policies.DELIVERY)
INDEXES = {
    ("SubmissionsTable", "by-form-type"): Index(OF_SUBMISSIONS, all_states(SUBMISSION)),
    ("SubmissionsTable", "open"): Index(OF_SUBMISSIONS, open_states(SUBMISSION)),
    ("SubmissionsTable", "due"): Index(OF_SUBMISSIONS, due_states(SUBMISSION)),
    ("SubmissionsTable", "by-phone"): Index(OF_SUBMISSIONS, all_states(SUBMISSION)),
    ("EventsTable", "by-source"): Index(OF_EVENTS, all_states(EVENT)),
    ("EventsTable", "open"): Index(OF_EVENTS, open_states(EVENT)),
    ("EventsTable", "due"): Index(OF_EVENTS, due_states(EVENT)),
    ("EventsTable", "by-subject"): Index(OF_EVENTS, all_states(EVENT)),
    ("DeliveriesTable", "by-target"): Index(OF_DELIVERIES, all_states(DELIVERY)),
    ("DeliveriesTable", "open"): Index(OF_DELIVERIES, open_states(DELIVERY)),
    ("DeliveriesTable", "due"): Index(OF_DELIVERIES, due_states(DELIVERY)),
    ("DeliveriesTable", "by-subject"): Index(OF_DELIVERIES, all_states(DELIVERY)),
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
        "open": ("queue", to_record(work)["queue"]),
        "due": ("dueQueue", work.SHAPE.due_queue),
        work.SHAPE.by_partition: (work.SHAPE.partition, work.partition),
        "by-subject": ("subject", getattr(work, "subject", None)),
        "by-phone": ("phoneKey", getattr(work, "phone_key", None)),
    }
    name, value = keys[index]
    (found,) = store.readable(store.table.query(index, (name, str(value)), None, newest_first=True))

    read = INDEXES[table, index].read
    assert read(found) == read(work)


@pytest.mark.parametrize(
    ("table", "index", "attribute"),
    [(*key, one) for key, names in projections().items() for one in names],
)
def test_an_index_carries_nothing_that_nobody_reads(table: str, index: str, attribute: str) -> None:
    known = INDEXES[table, index]

    assert any(_without(attribute, one, known.read) != known.read(one) for one in known.samples)


def _without(attribute: str, work: Work, read: Reader) -> Reading | None:
    """Return the reading of one that lacks an attribute, None when there can be none."""
    kept = {name: value for name, value in to_record(work).items() if name != attribute and value is not None}
    try:
        return read(from_record(type(work), kept))
    except (KeyError, TypeError):
        return None


def test_the_test_knows_every_index() -> None:
    assert projections().keys() == INDEXES.keys()
