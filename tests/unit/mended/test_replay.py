"""A replay after a fix corrects what its event wrote, and nothing that a newer event wrote."""

import itertools
import random
import string
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from larkbridge.store.table import Table
from tests.support.admin import Admin
from tests.support.documents import (
    CREATED,
    SESSION,
    SUBSCRIPTION,
    TASK,
    USER,
    clerk_document,
    stripe_document,
)
from tests.support.events import Events
from tests.support.output import captured

REPLAY = "POST /v1/events/{eventId}/replay"
UPDATED = "customer.subscription.updated"


def stripe(
    kind: str, state: Mapping[str, Any], number: int = 1, later: int = 0, **data: Any
) -> dict[str, Any]:
    """Return one of Stripe's events, so many seconds after the first one."""
    document: dict[str, Any] = stripe_document(kind, dict(state), CREATED + later)
    return document | {"id": f"evt_{number}", "data": document["data"] | data}


def subscription(
    status: str, number: int, later: int = 0, before: str | None = None, subscription_id: str = "sub_1"
) -> dict[str, Any]:
    """Return an update of a subscription; `before` is the status that Stripe says it had."""
    data = {"previous_attributes": {"status": before}} if before else {}
    state = SUBSCRIPTION | {"id": subscription_id, "status": status}
    return stripe(UPDATED, state, number, later, **data)


ROWS = [
    ("stripe", stripe("checkout.session.completed", SESSION), "PAYMENTS_TABLE", "email"),
    ("stripe", stripe(UPDATED, SUBSCRIPTION), "SUBSCRIPTIONS_TABLE", "status"),
    ("stripe", stripe("customer.subscription.deleted", SUBSCRIPTION), "SUBSCRIPTIONS_TABLE", "status"),
    ("clerk", clerk_document("user.updated", USER), "USERS_TABLE", "name"),
    ("clerk", clerk_document("user.deleted", USER), "USERS_TABLE", "deletedAt"),
    ("modelriver", TASK, "CONTENT_TABLE", "title"),
]
VERSIONS = ({}, {"version": "0"}, {"version": "9"})
"""What a fix may find in a row: the versions as it makes them, or made otherwise, lower or higher."""


@pytest.fixture
def events(environ: dict[str, str]) -> Events:
    return Events(environ)


def receive(events: Events, source: str, documents: Iterable[Any]) -> None:
    """Receive events one after the other; each is processed before the next one comes."""
    for document in documents:
        assert events.world.webhook(source, document).status == 200
        events.world.wake()
        events.clock.advance(seconds=1)


def replay(events: Events, *event_ids: str) -> None:
    admin = Admin(events.world)
    for event_id in event_ids:
        assert admin.ask(REPLAY, quote(event_id, safe="")).status == 200
        events.world.wake()
        assert admin.ask("GET /v1/events/{eventId}", quote(event_id, safe="")).body["status"] == "success"


def event_ids(events: Events) -> list[str]:
    """Return all events as they came in."""
    return [item["eventId"] for item in Admin(events.world).ask("GET /v1/events").body["items"]][::-1]


def statuses(events: Events) -> list[str]:
    return [row["status"] for row in events.records("SUBSCRIPTIONS_TABLE")]


def spoil(events: Events, table: str, row: Mapping[str, Any], **defects: Any) -> None:
    """Have a row as an earlier version of the code stored it."""
    Table(events.world.environ[table]).put({**row, **defects})


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize(("source", "document", "table", "name"), ROWS)
def test_replay_corrects_the_row_that_its_event_wrote(
    events: Events, source: str, document: Any, table: str, name: str, version: dict[str, str]
) -> None:
    receive(events, source, [document])
    (right,) = events.records(table)
    spoil(events, table, right, **{name: "wrong"}, **version if "version" in right else {})
    replay(events, *event_ids(events))
    assert events.records(table) == [right]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["older first", "newer first"])
@pytest.mark.parametrize("writer", [0, 1], ids=["older stays", "newer stays"])
def test_after_a_fix_all_events_can_be_replayed_in_any_order(
    events: Events, writer: int, order: tuple[int, int], version: dict[str, str]
) -> None:
    receive(events, "stripe", [subscription("active", 2)])
    spoilt = events.records("SUBSCRIPTIONS_TABLE")
    receive(events, "stripe", [subscription("past_due", 1, later=60)])
    right = events.records("SUBSCRIPTIONS_TABLE")
    spoil(events, "SUBSCRIPTIONS_TABLE", (spoilt, right)[writer][0], customerId="wrong", **version)
    known = event_ids(events)
    replay(events, *(known[place] for place in order))
    assert events.records("SUBSCRIPTIONS_TABLE") == right


@pytest.mark.parametrize("version", ["0", "9"])
def test_replay_of_an_older_event_leaves_what_a_newer_one_wrote(events: Events, version: str) -> None:
    receive(events, "stripe", [subscription("active", 2), subscription("past_due", 1, later=60)])
    right = events.records("SUBSCRIPTIONS_TABLE")
    spoil(events, "SUBSCRIPTIONS_TABLE", right[0], version=version)
    replay(events, event_ids(events)[0])
    assert events.records("SUBSCRIPTIONS_TABLE")[0]["status"] == "past_due"


def test_event_that_comes_after_a_fix_is_not_held_up_by_what_was_wrong(events: Events) -> None:
    receive(events, "stripe", [subscription("active", 2)])
    spoil(events, "SUBSCRIPTIONS_TABLE", events.records("SUBSCRIPTIONS_TABLE")[0], version="9")
    receive(events, "stripe", [subscription("past_due", 1, later=60)])
    assert events.records("SUBSCRIPTIONS_TABLE")[0]["status"] == "past_due"


STATUSES = ("incomplete", "active", "past_due")


@pytest.mark.parametrize("length", [2, 3])
def test_updates_of_one_second_follow_one_another_as_their_previous_attributes_say(
    events: Events, length: int
) -> None:
    before, places = (None, *STATUSES), range(length)
    cases = itertools.product(itertools.permutations(places), repeat=2)
    for case, (numbers, order) in enumerate(cases):
        changes = [(STATUSES[at], 10 * case + numbers[at], before[at]) for at in places]
        updates = [
            subscription(status, number, before=previous, subscription_id=f"sub_{case:02d}")
            for status, number, previous in changes
        ]
        receive(events, "stripe", [updates[place] for place in order])
        assert statuses(events)[case] == STATUSES[length - 1], (numbers, order)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_updates_of_one_second_stay_in_order_when_they_are_replayed(
    events: Events, order: tuple[int, int, int]
) -> None:
    before = (None, *STATUSES)
    updates = [subscription(STATUSES[at], 9 - at, before=before[at]) for at in range(3)]
    receive(events, "stripe", updates)
    for place in order:
        replay(events, f"stripe#evt_{9 - place}")
        assert statuses(events) == ["past_due"]


def test_event_is_received_though_a_part_of_an_earlier_payload_is_left_over(events: Events) -> None:
    long = "".join(random.Random(0).choices(string.ascii_letters, k=85_000))
    large = stripe("customer.subscription.updated", SUBSCRIPTION | {"metadata": {"a": long}})
    left_over = {"eventId": "stripe#evt_1#1", "payload": "left over", "expiresAt": 1}
    Table(events.world.environ["EVENTS_TABLE"]).put(left_over)
    receive(events, "stripe", [large])
    assert events.records("SUBSCRIPTIONS_TABLE")[0]["status"] == "active"


def test_what_a_replay_finds_sent_is_left_alone(events: Events) -> None:
    receive(events, "modelriver", [TASK | {"callback_url": "http://sandbox.test/v1/callback/channel-1"}])
    events.settle()
    (callback,) = events.deliveries()
    with captured() as output:
        replay(events, *event_ids(events))
    assert events.deliveries() == [callback]
    assert output.logged("moved by somebody else") == []
