"""An admin has events processed anew: one, or all that match."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from larkbridge.clock import to_text
from larkbridge.store.work import Status
from tests.support.admin import Admin, event, received
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.forms import http_event
from tests.support.world import World

REPLAY = "POST /v1/events/{eventId}/replay"
REPLAY_ALL = "POST /v1/events/replay"
ENDED = ("success", "ignored", "failed", "dead")


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


def replay(admin: Admin, event_id: str) -> Any:
    return admin.ask(REPLAY, quote(event_id, safe=""))


def is_due(world: World, event_id: str) -> bool:
    """Tell whether the retry job would process an event now, from the beginning."""
    backlog = world.events.backlog([event(world, event_id).source])
    now = to_text(world.clock.now())
    waiting = {one.event_id: one.next_attempt_at or "" for one in backlog if one.status == Status.RECEIVED}
    return waiting.get(event_id, "9999") <= now


def test_event_that_is_being_processed_cannot_be_replayed(world: World, admin: Admin) -> None:
    event_id = received(world, state="processing")
    answer = replay(admin, event_id)
    assert (answer.status, answer.body["error"]) == (409, "conflict")
    assert event(world, event_id).lease_owner == "tests"


def test_event_whose_processing_was_cut_off_can_be_replayed_once_its_lease_has_lapsed(
    world: World, admin: Admin
) -> None:
    event_id = received(world, state="processing")
    world.clock.advance(seconds=90)
    assert replay(admin, event_id).status == 200
    assert is_due(world, event_id)


@pytest.mark.parametrize("state", [*ENDED, "received"])
def test_replayed_event_is_processed_by_the_next_run_as_if_it_had_just_come(
    world: World, admin: Admin, state: str
) -> None:
    event_id = received(world, state=state)
    assert not is_due(world, event_id)
    answer = replay(admin, event_id)
    assert (answer.status, answer.body["eventId"], answer.body["status"]) == (200, event_id, "received")
    assert (answer.body["nextAttemptAt"], answer.body["processedAt"]) == (to_text(world.clock.now()), None)
    assert is_due(world, event_id)


def test_replaying_twice_is_replaying_once(world: World, admin: Admin) -> None:
    event_id = received(world, state="success")
    assert [replay(admin, event_id).status for _ in range(2)] == [200, 200]
    assert (event(world, event_id).status, event(world, event_id).attempt_count) == (Status.RECEIVED, 1)


def test_replay_that_cannot_be_written_is_500(world: World, admin: Admin) -> None:
    event_id = received(world, state="dead")
    with aws_fails("dynamodb", "UpdateItem"):
        assert replay(admin, event_id).status == 500
    assert event(world, event_id).status == Status.DEAD


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"source": "party"}, {"source"}),
        ({"source": ["stripe"]}, {"source"}),
        ({"status": "received"}, {"status"}),
        ({"status": "processing"}, {"status"}),
        ({"status": "sent"}, {"status"}),
        ({"type": 1}, {"type"}),
        ({"from": "yesterday"}, {"from"}),
        ({"from": 1788220800}, {"from"}),
        ({"from": "1788220800"}, {"from"}),
        ({"to": "2026-09-01T02:00:00"}, {"to"}),
        ({"to": "2026-09-01"}, {"to"}),
        ({"to": "0001-01-01T00:00:00+14:00"}, {"to"}),
        ({"from_": "2026-09-01T02:00:00Z"}, {"from_"}),
        ({"limit": 0}, {"limit"}),
        ({"limit": 501}, {"limit"}),
        ({"cursor": "next"}, {"cursor"}),
        ({"dryRun": "yes"}, {"dryRun"}),
        ({"dryrun": True, "since": "x", "status": "lost"}, {"dryrun", "since", "status"}),
    ],
)
def test_wrong_body_is_400_and_touches_nothing(
    world: World, admin: Admin, body: dict[str, Any], named: set[str]
) -> None:
    event_id = received(world, state="dead")
    answer = admin.send(REPLAY_ALL, body)
    assert (answer.status, set(answer.body["fields"])) == (400, named)
    assert event(world, event_id).status == Status.DEAD


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [
        (None, "application/json", 400),
        ("[]", "application/json", 400),
        ("{}", "text/plain", 415),
        (" " * 65_537, "application/json", 413),
    ],
)
def test_replay_of_many_asks_for_a_json_object(
    admin: Admin, body: str | None, type_: str, status: int
) -> None:
    headers = {"x-api-key": admin.key, "content-type": type_}
    assert admin.world.admin(http_event(body, route=REPLAY_ALL, headers=headers)).status == status


@pytest.mark.parametrize(
    ("body", "matched"),
    [
        ({}, {"stripe#failed", "stripe#dead", "github#failed", "github#dead"}),
        ({"source": "github"}, {"github#failed", "github#dead"}),
        ({"status": "failed"}, {"stripe#failed", "github#failed"}),
        ({"status": "success"}, {"stripe#success", "github#success"}),
        ({"status": "ignored", "source": "stripe"}, {"stripe#ignored"}),
        ({"type": "push"}, {"github#failed", "github#dead"}),
        ({"type": "push", "status": "dead"}, {"github#dead"}),
        ({"type": "push", "source": "stripe"}, set()),
        ({"source": "meta"}, set()),
    ],
)
def test_filter_decides_what_is_replayed(
    world: World, admin: Admin, body: dict[str, Any], matched: set[str]
) -> None:
    for source, type_ in (("stripe", "invoice.paid"), ("github", "push")):
        for state in (*ENDED, "received", "processing"):
            received(world, state, source=source, type=type_, state=state)
    counted = admin.send(REPLAY_ALL, body | {"dryRun": True}).body
    assert counted == {"dryRun": True, "matched": len(matched), "cursor": None}

    answer = admin.send(REPLAY_ALL, body).body
    assert answer == {"dryRun": False, "replayed": len(matched), "skipped": 0, "cursor": None}
    every = [f"{source}#{state}" for source in ("stripe", "github") for state in ENDED]
    assert {one for one in every if is_due(world, one)} == matched


def test_replay_of_a_time_is_from_its_start_up_to_and_without_its_end(world: World, admin: Admin) -> None:
    for second in range(5):
        received(world, str(second), state="dead")
    start, end = (to_text(START + timedelta(seconds=seconds)) for seconds in (1, 3))
    assert admin.send(REPLAY_ALL, {"from": start, "to": end}).body["replayed"] == 2
    assert [n for n in range(5) if is_due(world, f"stripe#{n}")] == [1, 2]


def test_time_is_taken_in_any_zone(world: World, admin: Admin) -> None:
    received(world, state="dead")
    in_vietnam = {"from": "2026-09-01T09:00:00+07:00", "to": "2026-09-01T09:00:00.001+07:00", "dryRun": True}
    assert admin.send(REPLAY_ALL, in_vietnam).body["matched"] == 1
    assert admin.send(REPLAY_ALL, in_vietnam | {"from": "2026-09-01T09:00:00Z"}).body["matched"] == 0


def test_dry_run_only_counts(world: World, admin: Admin) -> None:
    stored = [event(world, received(world, str(n), state="dead")) for n in range(3)]
    with world.watch() as calls:
        answer = admin.send(REPLAY_ALL, {"dryRun": True, "limit": 1})
    assert answer.body == {"dryRun": True, "matched": 3, "cursor": None}
    assert calls.made.count("dynamodb UpdateItem") == len(["note the key's use"])
    assert [event(world, one.event_id) for one in stored] == stored


def test_replay_of_many_goes_on_where_it_stopped_newest_first(world: World, admin: Admin) -> None:
    stored = [received(world, str(n), source=("github", "stripe")[n % 2], state="dead") for n in range(5)]
    answers, cursor = [], {}
    while cursor is not None:
        answer = admin.send(REPLAY_ALL, {"limit": 2, "to": to_text(world.clock.now()), **cursor}).body
        answers.append([n for n, one in enumerate(stored) if is_due(world, one)])
        cursor = {"cursor": answer["cursor"]} if answer["cursor"] else None
    assert answers == [[3, 4], [1, 2, 3, 4], [0, 1, 2, 3, 4]]


def test_replay_does_not_take_what_it_has_just_replayed_again(world: World, admin: Admin) -> None:
    received(world, state="dead")
    assert admin.send(REPLAY_ALL, {}).body["replayed"] == 1
    assert admin.send(REPLAY_ALL, {}).body["replayed"] == 0
