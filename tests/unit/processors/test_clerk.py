"""Users are as Clerk reported them last, and a deleted one stays forgotten."""

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larkbridge.processors.clerk_users import ClerkProcessor
from larkbridge.store.events import Event, EventStore
from larkbridge.store.users import UserStore
from larkbridge.store.work import Status
from tests.support.documents import CREATED, USER, clerk_document
from tests.support.events import Events, every_stop, incoming, new_event, refusal

NOWHERE = ClerkProcessor(UserStore("nowhere"), EventStore("nowhere"))


def clerk_event(kind: str, user: Any, delivery_id: str = "msg_1") -> Event:
    return new_event("clerk", kind, clerk_document(kind, user), delivery_id)


def named(kind: str, user_id: str, name: str, later: int) -> Event:
    """Return a report on a user who has a name so many milliseconds after the first one."""
    changes = {"id": user_id, "first_name": name, "last_name": "", "updated_at": CREATED * 1000 + later}
    return clerk_event(kind, USER | changes, f"msg_{name}")


def deleted(user_id: Any = "user_1", delivery_id: str = "msg_9") -> Event:
    user = {"id": user_id, "object": "user", "deleted": True}
    return clerk_event("user.deleted", user, delivery_id)


def user(events: Events, user_id: str = "user_1") -> Any:
    return UserStore(events.world.environ["USERS_TABLE"]).get(user_id)


def test_new_user_is_kept_with_the_primary_address(events: Events) -> None:
    event = events.handle(clerk_event("user.created", USER))
    assert event.status == Status.SUCCESS
    assert user(events) == {
        "userId": "user_1",
        "name": "Minh An Nguyễn",
        "email": "an@example.com",
        "createdAt": "2026-09-01T02:00:00.123Z",
        "updatedAt": "2026-09-01T02:00:00.123Z",
    }


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({"last_name": None}, {"name": "Minh An"}),
        ({"first_name": None, "last_name": ""}, {"name": "minh-an"}),
        ({"first_name": None, "last_name": None, "username": None}, {"name": None}),
        ({"primary_email_address_id": None}, {"email": "old@example.com"}),
        ({"primary_email_address_id": "idn_3"}, {"email": "old@example.com"}),
        ({"email_addresses": []}, {"email": None}),
        ({"email_addresses": None}, {"email": None}),
        ({"first_name": "An\ud800"}, {"name": "An? Nguyễn"}),
    ],
)
def test_what_clerk_leaves_out_is_not_known(
    events: Events, changes: dict[str, Any], known: Mapping[str, Any]
) -> None:
    events.handle(clerk_event("user.created", USER | changes))
    stored = user(events)
    assert {name: stored.get(name) for name in known} == known


@given(order=st.permutations(range(5)), again=st.integers(0, 3), ends=st.booleans())
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_of_arrival_never_matters(events: Events, order: list[int], again: int, ends: bool) -> None:
    user_id = f"user_{uuid.uuid4().hex}"
    steps = [("created", "Một", 0), ("updated", "Hai", 0), ("updated", "Ba", 1), ("updated", "Tư", 60_000)]
    life = [named(f"user.{step}", user_id, name, later) for step, name, later in steps]
    if ends:
        life.append(deleted(user_id))
    processor = ClerkProcessor(UserStore(events.world.environ["USERS_TABLE"]), events.world.events)
    for event in [*(life[place] for place in order if place < len(life)), life[again]]:
        processor.user(incoming(event))
    stored = user(events, user_id)
    assert (stored.get("name"), stored.get("deleted")) == ((None, True) if ends else ("Tư", None))


def test_deleted_user_leaves_nothing_personal(events: Events) -> None:
    events.handle(clerk_event("user.created", USER))
    events.handle(deleted())
    late = clerk_event("user.updated", USER | {"updated_at": CREATED * 1000 + 10**9}, "msg_late")
    assert events.handle(late).status == Status.SUCCESS
    assert user(events) == {"userId": "user_1", "deleted": True, "deletedAt": "2026-09-01T02:00:00.000Z"}


def test_replay_leaves_what_is_there(events: Events) -> None:
    event = events.handle(clerk_event("user.updated", USER))
    before = events.records("USERS_TABLE")
    events.replay(event)
    assert events.records("USERS_TABLE") == before
    assert events.deliveries() == []


@pytest.mark.parametrize("event", [clerk_event("user.updated", USER), deleted()], ids=["update", "deletion"])
def test_stop_anywhere_ends_the_same(environ: dict[str, str], event: Event) -> None:
    for events, stop in every_stop(environ, lambda one: one.receive(event), lambda one: one.process(event)):
        events.settle()
        assert events.stored(event).status == Status.SUCCESS, stop
        assert user(events) is not None, stop


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "data.id"),
        ({"id": {"an": "object"}}, "data.id"),
        ({"first_name": 7}, "data.first_name"),
        ({"first_name": "a" * 1001}, "data.first_name"),
        ({"email_addresses": "an@example.com"}, "data.email_addresses"),
        ({"email_addresses": ["an@example.com"]}, "data.email_addresses"),
        ({"email_addresses": [{"id": "idn_2", "email_address": 7}]}, "data.email_addresses[0].email_address"),
    ],
)
def test_nonsense_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    refused = refusal(NOWHERE.user, clerk_event("user.updated", USER | changes))
    assert refused.reason == "invalid_field"
    assert refused.message.startswith(f"{field} must be ")


@pytest.mark.parametrize("odd", [None, "soon", -1, 10**15, False, [], 1.5])
def test_time_that_is_none_costs_no_user(events: Events, odd: Any) -> None:
    event = events.handle(clerk_event("user.updated", USER | {"updated_at": odd, "created_at": odd}))
    assert event.status == Status.SUCCESS
    assert user(events)["updatedAt"] == user(events)["createdAt"] == event.received_at


@pytest.mark.parametrize("data", [None, [], "user_1", {}])
@pytest.mark.parametrize("kind", ["user.updated", "user.deleted"])
def test_event_without_a_user_is_refused(kind: str, data: Any) -> None:
    assert refusal(NOWHERE.user, clerk_event(kind, data)).message.startswith("data")
