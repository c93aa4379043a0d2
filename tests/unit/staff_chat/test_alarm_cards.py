"""Alarms come into the staff's chat as cards: one for each change, whatever is notified twice or is none."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from larkbridge.errors import AwsUnavailableError
from larkbridge.settings import SendDeliveriesSettings
from larkbridge.staff_chat import staff_chat_texts as texts
from larkbridge.staff_chat.alarm_cards import RUNG_BY_CARDS, AlarmCards, is_notification
from larkbridge.store.work import Status
from larkbridge.wiring.sending import alarm_cards
from sandbox.faults import Fault
from sandbox.lark.message_codes import ErrorCode
from tests.support.functions import functions
from tests.support.output import captured
from tests.support.world import World

CHAT = "oc_staff"
SAMPLES = functions()["send_deliveries"].samples()
BOT_OUT = Fault("error_code", code=ErrorCode.BOT_NOT_IN_CHAT, status=400)
NOW = datetime(2026, 11, 28, 1, 15, tzinfo=UTC)
RUNG, ENDED = SAMPLES["alarm"], SAMPLES["alarm_ended"]

type Event = dict[str, Any]


@pytest.fixture
def world(environ: dict[str, str]) -> World:
    """A bundle in the minute after the samples' alarms."""
    world = World(environ)
    world.clock.move_to(NOW)
    return world


def said(event: Event) -> dict[str, Any]:
    """Return what a notification is about."""
    return json.loads(event["Records"][0]["Sns"]["Message"])


def saying(message: Any) -> Event:
    """Return a notification of something else."""
    record = RUNG["Records"][0]
    text = message if isinstance(message, str) else json.dumps(message)
    return {"Records": [record | {"Sns": record["Sns"] | {"Message": text}}]}


def changed(event: Event = RUNG, **others: Any) -> Event:
    return saying(said(event) | others)


def about(metric: str, event: Event = RUNG, **others: Any) -> Event:
    return changed(event, Trigger=said(event)["Trigger"] | {"MetricName": metric}, **others)


def cards_of(world: World, chat_id: str = CHAT) -> AlarmCards:
    return alarm_cards(SendDeliveriesSettings(world.environ | {"MORNING_CHAT_ID": chat_id}))


def shown_in(world: World) -> list[tuple[str, str, str]]:
    """Return what has come: where to, the title and the words of each card."""
    return [
        (
            one.receive_id,
            one.content["header"]["title"]["content"],
            one.content["elements"][0]["text"]["content"],
        )
        for one in world.simulators.openapi.messages.sent
    ]


def stored(world: World) -> int:
    return len([*world.deliveries.listed(["lark-card"], {Status.PENDING}, None)])


@pytest.mark.parametrize(
    "wrong",
    [
        "Hello, this is a test notification.",
        "",
        "null",
        "[]",
        "{}",
        {"AlarmName": "a", "NewStateValue": "ALARM", "OldStateValue": "OK"},
        said(RUNG) | {"AlarmName": 7},
        said(RUNG) | {"NewStateValue": "INSUFFICIENT_DATA"},
        said(RUNG) | {"StateChangeTime": "yesterday"},
        said(RUNG) | {"StateChangeTime": "2026-11-28T01:12:07"},
    ],
)
def test_what_is_no_change_of_an_alarm_is_logged_and_dropped_and_the_rest_is_told(
    world: World, wrong: Any
) -> None:
    with captured() as output:
        cards_of(world).take({"Records": [*saying(wrong)["Records"], *RUNG["Records"]]})

    assert stored(world) == 1
    (line,) = output.logged("alarm not readable")
    assert "test notification" not in json.dumps(line)


def test_a_record_without_a_message_is_dropped(world: World) -> None:
    cards_of(world).take({"Records": [{"EventSource": "aws:sns"}, {"EventSource": "aws:sns", "Sns": None}]})

    assert stored(world) == 0


def test_without_a_chat_nothing_is_made(world: World) -> None:
    cards_of(world, "").take(RUNG)

    assert stored(world) == 0


def test_what_is_not_stored_is_notified_again_and_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = cards_of(world)

    def refuse(*_: Any) -> None:
        raise AwsUnavailableError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(type(world.deliveries), "add", refuse)
        with pytest.raises(AwsUnavailableError):
            cards.take(RUNG)
    for _ in range(3):
        cards.take(RUNG)
    world.send_new()

    assert len(shown_in(world)) == 1


def test_an_alarm_and_its_end_are_cards_in_the_chat(world: World) -> None:
    for event in (RUNG, ENDED):
        cards_of(world).take(event)
        world.send_new()

    (first, title, words), (second, ended, _) = shown_in(world)
    assert (first, second) == (CHAT, CHAT)
    assert (title, ended) == (texts.ALARM_TITLE, texts.ENDED_TITLE)
    assert words.splitlines()[0] == "A submission was given up and needs a person."
    assert "Lúc 08:12, 28/11/2026." in words
    assert "larkbridge-prod-DeadSubmissionsAlarm" in words


def test_each_change_is_told_whatever_came_before(world: World) -> None:
    for moment in ("2026-11-28T01:12:07.345+0000", "2026-11-28T01:16:07.345+0000"):
        cards_of(world).take(changed(StateChangeTime=moment))

    assert stored(world) == 2


def test_an_alarm_of_a_new_stack_that_comes_to_be_ok_is_not_told(world: World) -> None:
    cards_of(world).take(changed(ENDED, OldStateValue="INSUFFICIENT_DATA"))

    assert stored(world) == 0


@pytest.mark.parametrize("metric", sorted(RUNG_BY_CARDS))
def test_an_alarm_that_lost_cards_may_ring_themselves_is_told_once_a_day(world: World, metric: str) -> None:
    cards = cards_of(world)
    for minute in range(10, 40):
        cards.take(about(metric, StateChangeTime=f"2026-11-28T01:{minute}:00.000+0000"))
        cards.take(about(metric, ENDED, StateChangeTime=f"2026-11-28T01:{minute}:30.000+0000"))
    assert stored(world) == 1

    cards.take(about(metric, StateChangeTime="2026-11-28T17:00:00.000+0000"))
    assert stored(world) == 2


def test_a_chat_that_refuses_cards_gets_no_more_of_them_for_it(world: World) -> None:
    """Each card that is given up rings the alarm about deliveries that are given up."""
    cards = cards_of(world)
    world.simulators.openapi.messages.faults.set(BOT_OUT)
    cards.take(RUNG)
    for _ in range(48):
        world.clock.advance(minutes=30)
        world.sweep()
        dead = len([*world.deliveries.listed(["lark-card"], {Status.DEAD}, None)])
        moment = world.clock.now().isoformat()
        if dead:
            cards.take(about("DeliveriesDead", StateChangeTime=moment))
            cards.take(about("DeliveriesDead", ENDED, StateChangeTime=moment))

    assert len([*world.deliveries.listed(["lark-card"], {*Status}, None)]) <= 3


@pytest.mark.parametrize("trigger", [None, {}, {"MetricName": None}, "composite"])
def test_an_alarm_over_several_metrics_is_told(world: World, trigger: Any) -> None:
    cards_of(world).take(changed(Trigger=trigger, AlarmDescription=None))
    world.send_new()

    assert [title for _, title, _ in shown_in(world)] == [texts.ALARM_TITLE]


def test_what_the_stream_announces_is_no_notification() -> None:
    kinds = {name: is_notification(event) for name, event in SAMPLES.items()}

    assert kinds == {name: "alarm" in name for name in SAMPLES}
