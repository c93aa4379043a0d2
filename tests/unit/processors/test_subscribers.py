"""Several subscribers of one event: what becomes of one of them is no matter to the others."""

import dataclasses
import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from larkbridge.errors import AwsRefusedError, AwsUnavailableError
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.lark.api_error import error_of
from larkbridge.processors import registry as collected
from larkbridge.processors.stream import Engine, process_records
from larkbridge.processors.subscriber import (
    Handles,
    Incoming,
    NothingToDoError,
    Resources,
    Subscriber,
    ToldFailureError,
    UnprocessableEventError,
)
from larkbridge.store.deliveries import Delivery
from larkbridge.store.entities import Report
from larkbridge.store.events import Event
from larkbridge.store.users import User, UserStore
from larkbridge.store.work import Status
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.target import Origin
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.events import Events, every_stop, new_event
from tests.support.stream import stream_batch

type Make = Callable[[Events], Sequence[Subscriber[Incoming]]]

KIND = ("stripe", "made.up")
EVENT = new_event(*KIND, {"name": "An"})
LARK_SAYS_NO = Outcome(verdict=Verdict.REJECT, reason="no_permission")
LARK_IS_DOWN = Outcome(verdict=Verdict.UNKNOWN, reason="http_500")


def card(name: str) -> Delivery:
    (delivery,) = cards_to("ou_1", name, name, "green", Origin((EVENT.event_id, name), EVENT.event_id, START))
    return delivery


def sends(name: str) -> Subscriber[Incoming]:
    return lambda _: [card(name)]


def fails(error: Exception) -> Subscriber[Incoming]:
    def subscriber(_: Incoming) -> Sequence[Delivery]:
        raise error

    return subscriber


def subscribe(events: Events, *subscribers: Subscriber[Incoming]) -> None:
    """Let these be the subscribers of `EVENT`, in the process that runs now."""
    world = events.world
    engine = Engine(world.events, {KIND: subscribers}, world.deliveries, events.clock, random.Random(0))
    world.processing = world.processing._replace(engine=engine)


def handle(events: Events, *subscribers: Subscriber[Incoming]) -> Event:
    subscribe(events, *subscribers)
    return events.handle(EVENT)


def sent(events: Events) -> set[str]:
    """Return the titles of the cards that were stored."""
    return {delivery.content["title"] for delivery in events.deliveries()}


def test_every_subscriber_runs_and_what_they_return_is_stored(events: Events) -> None:
    assert handle(events, sends("first"), sends("second")).status == Status.SUCCESS
    assert sent(events) == {"first", "second"}


REFUSAL = UnprocessableEventError("invalid_field", "id must be a text", [card("refused")])
FATES = [
    (REFUSAL, Status.DEAD, "invalid_field"),
    (ToldFailureError(LARK_SAYS_NO, [card("told")]), Status.DEAD, "no_permission"),
    (error_of(LARK_SAYS_NO), Status.DEAD, "no_permission"),
    (AwsRefusedError("too large"), Status.DEAD, "aws_refused"),
    (ToldFailureError(LARK_IS_DOWN, [card("told")]), Status.FAILED, "http_500"),
    (AwsUnavailableError("down"), Status.FAILED, "aws_unavailable"),
    (ValueError("a defect"), Status.FAILED, "crashed"),
]


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(("error", "status", "reason"), FATES)
def test_one_that_fails_decides_about_the_event_and_costs_the_others_nothing(
    events: Events, error: Exception, status: Status, reason: str, place: int
) -> None:
    subscribers = [sends("first"), sends("second")]
    subscribers.insert(place, fails(error))
    event = handle(events, *subscribers)
    assert (event.status, (event.last_error or {})["reason"]) == (status, reason)
    own = {delivery.content["title"] for delivery in getattr(error, "deliveries", ())}
    assert sent(events) == {"first", "second", *own}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_gravest_outcome_is_the_events(events: Events, order: Sequence[int]) -> None:
    by_gravity = [
        fails(AwsUnavailableError("down")),
        fails(REFUSAL),
        sends("card"),
        fails(NothingToDoError("nothing")),
    ]
    expected = [Status.FAILED, Status.DEAD, Status.SUCCESS, Status.IGNORED]
    for gravest in range(4):
        event = new_event(*KIND, {}, str(gravest))
        subscribe(events, *(by_gravity[place] for place in order if place >= gravest))
        assert events.handle(event).status == expected[gravest]


def test_of_equally_grave_outcomes_the_first_is_told(events: Events) -> None:
    event = handle(events, fails(NothingToDoError("first")), fails(NothingToDoError("second")))
    assert (event.status, event.attempts[-1]["reason"]) == (Status.IGNORED, "first")


def test_event_is_dead_only_once_nobody_has_to_run_again(events: Events) -> None:
    runs = itertools.count()

    def passes(_: Incoming) -> Sequence[Delivery]:
        if next(runs) == 0:
            raise AwsUnavailableError("down")
        return [card("late")]

    assert handle(events, fails(REFUSAL), passes).status == Status.FAILED
    assert sent(events) == {"refused"}
    events.settle()
    assert (events.stored(EVENT).status, next(runs)) == (Status.DEAD, 2)
    assert sent(events) == {"refused", "late"}
    assert len(events.outside.openapi.messages.sent) == 2


def test_delivery_that_aws_takes_for_invalid_costs_the_others_nothing(events: Events) -> None:
    too_large = card("large")
    too_large.content["text"] = random.Random(0).randbytes(600_000).hex()
    event = handle(events, lambda _: [too_large], sends("small"))
    assert (event.status, (event.last_error or {})["reason"]) == (Status.DEAD, "aws_refused")
    assert sent(events) == {"small"}


def test_event_is_not_done_before_all_deliveries_are_stored(events: Events) -> None:
    events.receive(EVENT)
    subscribe(events, sends("first"), sends("second"))
    with aws_fails("dynamodb", "PutItem"):
        events.processing.engine.process(EVENT, "tests")
    assert (events.stored(EVENT).status, sent(events)) == (Status.FAILED, set())
    events.settle()
    assert (events.stored(EVENT).status, sent(events)) == (Status.SUCCESS, {"first", "second"})


def keeps_a_user(events: Events) -> Subscriber[Incoming]:
    """Return a subscriber that writes a row, and sends a card if it was the newest state."""
    users = UserStore(events.world.environ["USERS_TABLE"])

    def subscriber(incoming: Incoming) -> Sequence[Delivery]:
        user: User = {"userId": "user_1", "name": incoming.document["name"]}
        newest = users.take_in(Report(user, "1"), incoming.event, lambda _: None)
        return [card("newest")] if newest else []

    return subscriber


SWEEPS: dict[str, tuple[Make, Status, set[str]]] = {
    "all do well": (
        lambda events: [keeps_a_user(events), sends("first"), sends("second")],
        Status.SUCCESS,
        {"newest", "first", "second"},
    ),
    "one refuses": (
        lambda events: [sends("first"), fails(REFUSAL), keeps_a_user(events)],
        Status.DEAD,
        {"newest", "first", "refused"},
    ),
}


@pytest.mark.parametrize("sweep", SWEEPS)
def test_stop_anywhere_ends_with_every_row_and_every_card_once(environ: dict[str, str], sweep: str) -> None:
    make, status, cards = SWEEPS[sweep]

    def prepare(events: Events) -> None:
        events.receive(EVENT)
        subscribe(events, *make(events))

    for events, stop in every_stop(environ, prepare, lambda one: one.process(EVENT)):
        subscribe(events, *make(events))
        events.settle()
        assert events.stored(EVENT).status == status, stop
        assert [row["name"] for row in events.records("USERS_TABLE")] == ["An"], stop
        titles = [one.content["header"]["title"]["content"] for one in events.outside.openapi.messages.sent]
        assert sorted(titles) == sorted(cards), stop


def test_lease_names_the_invocation_and_is_its_own_each_time(events: Events) -> None:
    owners: list[str] = []

    def note(incoming: Incoming) -> Sequence[Delivery]:
        owners.append(incoming.event.lease_owner or "")
        raise AwsUnavailableError("down")

    events.receive(EVENT)
    subscribe(events, note)
    for _ in range(2):
        batch = stream_batch([events.stored(EVENT)])
        process_records(batch, events.processing, owner="request-7", seconds=80)
        events.clock.advance(hours=1)
    events.processing.engine.sweep(SOURCES, owner="request-8", seconds=80)
    names, tokens = zip(*(owner.split(" ") for owner in owners), strict=True)
    assert names == ("request-7", "request-7", "request-8")
    assert len(set(tokens)) == 3


def test_sources_that_have_subscribers_are_sources() -> None:
    nothing: Any = dict.fromkeys(field.name for field in dataclasses.fields(Resources))
    assert {source for source, _ in collected.registry(Resources(**nothing))} <= {*SOURCES}


def test_one_more_subscriber_of_a_type_comes_beside_the_others(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    def family(_: Resources) -> Sequence[Handles]:
        return [Handles("clerk", ("user.created", "user.deleted"), sends("welcome"))]

    monkeypatch.setattr(collected, "_FAMILIES", [*collected._FAMILIES, family])
    events.world.restart()
    user = new_event("clerk", "user.deleted", {"data": {"id": "user_1"}})
    assert events.handle(user).status == Status.SUCCESS
    assert [row["userId"] for row in events.records("USERS_TABLE")] == ["user_1"]
    assert sent(events) == {"welcome"}
