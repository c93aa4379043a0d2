"""Every morning the staff's chat has one card, whatever stops in between: counts of what there is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from larkbridge.errors import AwsUnavailableError
from larkbridge.forms.catalogue import FORMS
from larkbridge.settings import RetryDueSettings
from larkbridge.staff_chat import morning_report
from larkbridge.staff_chat import staff_chat_texts as texts
from larkbridge.staff_chat.morning_card import MorningCard
from larkbridge.store.grants import LARK_USER, Owner, SealedPair
from larkbridge.store.submissions import FormType
from larkbridge.store.tokens import TokenStore
from larkbridge.store.work import Status
from larkbridge.token_pair import TokenPair
from larkbridge.wiring.morning import morning_card
from sandbox.faults import Fault
from tests.support.calls import Calls
from tests.support.forms import FORMS as FILLED_IN
from tests.support.output import captured
from tests.support.world import World

CHAT = "oc_staff"
MORNING = datetime(2026, 11, 28, 1, tzinfo=UTC)
"""08:00 in Vietnam."""
NAMES = {form.form_type: form.title.vi for form in FORMS}


@pytest.fixture
def world(environ: dict[str, str]) -> World:
    return World(environ)


def card_of(world: World, chat_id: str = CHAT) -> MorningCard:
    return morning_card(RetryDueSettings(world.environ | {"MORNING_CHAT_ID": chat_id}), world.parts())


def post(world: World, moment: datetime, form: FormType = FormType.HOLD, **fields: Any) -> str:
    """Let a parent post a form at a moment, and return its id."""
    world.clock.move_to(moment)
    return world.post(form, FILLED_IN[form] | fields).body["submissionId"]


def move(world: World, submission_id: str, status: Status) -> None:
    world.submissions.change(world.stored(submission_id), {"status": status})


def shown(world: World) -> str:
    """Run the job in the morning and return the title and the words of the card that came."""
    world.clock.move_to(MORNING)
    assert card_of(world).run().stored
    world.send_new()
    message = world.simulators.openapi.messages.sent[-1]
    assert message.receive_id == CHAT
    header, (element, *_) = message.content["header"], message.content["elements"]
    return f"{header['title']['content']}\n{element['text']['content']}"


def stored(world: World) -> int:
    return len([*world.deliveries.listed(["lark-card"], {*Status}, None)])


def connect(world: World, open_id: str, granted_at: datetime) -> None:
    """Let somebody have agreed at a moment, who has used the connection since."""
    now, owner = world.clock.now(), Owner(LARK_USER, open_id)
    pair = TokenPair("u-1", now + timedelta(hours=2), "ur-1", now + timedelta(days=7), ())
    store = TokenStore(world.environ["TOKENS_TABLE"])
    store.keep(owner, pair, SealedPair("key", b"sealed", b"sealed"), granted_at, "", open_id)
    if grant := store.get(owner):
        store.look_again(grant, now)


def test_what_cannot_be_read_stores_nothing_and_is_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Iterator[Any]:
        raise AwsUnavailableError("no answer")

    world.clock.move_to(MORNING)
    with monkeypatch.context() as patched:
        patched.setattr(TokenStore, "due", refuse)
        with pytest.raises(AwsUnavailableError):
            card_of(world).run()

    assert stored(world) == 0
    assert texts.ALL_WELL in shown(world)


def test_without_a_chat_nothing_is_asked_or_stored(world: World) -> None:
    with world.watch(Calls()) as calls:
        told = card_of(world, "").run()

    assert (told.stored, calls.made, stored(world)) == (False, [], 0)


def test_a_day_has_one_card_however_often_it_is_asked_for(world: World) -> None:
    world.clock.move_to(MORNING)
    assert [card_of(world).run().stored for _ in range(3)] == [True, False, False]

    world.clock.move_to(datetime(2026, 11, 28, 16, 59, tzinfo=UTC))
    assert not card_of(world).run().stored
    world.clock.move_to(datetime(2026, 11, 28, 17, tzinfo=UTC))
    assert card_of(world).run().stored


def test_what_was_counted_first_stays_on_the_card(world: World) -> None:
    world.clock.move_to(MORNING)
    card_of(world).run()
    move(world, post(world, MORNING + timedelta(minutes=1)), Status.DEAD)
    card_of(world).run()
    world.send_new()

    (message,) = world.simulators.openapi.messages.sent
    assert texts.ALL_WELL in message.content["elements"][0]["text"]["content"]


def test_yesterday_is_vietnams(world: World) -> None:
    for moment in (
        datetime(2026, 11, 26, 16, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 26, 17, tzinfo=UTC),
        datetime(2026, 11, 27, 16, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 27, 17, tzinfo=UTC),
    ):
        post(world, moment)
    post(world, datetime(2026, 11, 27, 17, tzinfo=UTC), FormType.TRANSFER)

    words = shown(world)
    assert texts.MORNING_TITLE.format(day="27/11") in words
    assert texts.FORMS.format(day="27/11", count=2) in words
    assert texts.OF_FORM.format(form=NAMES[FormType.HOLD], count=2) in words
    assert NAMES[FormType.TRANSFER] not in words
    assert texts.ALL_WELL in words


def test_each_number_is_counted_up_to_a_limit_that_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(morning_report, "COUNTED", 2)
    yesterday = MORNING - timedelta(hours=12)
    for number in range(4):
        post(world, yesterday + timedelta(seconds=number))
    for number in range(2):
        post(world, yesterday + timedelta(minutes=1, seconds=number), FormType.CHANGE)

    words = shown(world)
    assert texts.OF_FORM.format(form=NAMES[FormType.HOLD], count="2+") in words
    assert texts.OF_FORM.format(form=NAMES[FormType.CHANGE], count="2") in words
    assert texts.FORMS.format(day="27/11", count="4+") in words


def test_a_flood_costs_no_more_requests_than_the_limit_has_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock.move_to(MORNING)
    with world.watch(Calls()) as before:
        card_of(world).run()
    monkeypatch.setattr(morning_report, "COUNTED", 5)
    for number in range(30):
        post(world, world.clock.now() + timedelta(seconds=1), note=str(number))
    world.clock.move_to(MORNING + timedelta(days=1))
    with world.watch(Calls()) as after:
        card_of(world).run()

    assert after.count("dynamodb") <= before.count("dynamodb") + 1


def test_what_was_given_up_and_what_waits_is_told(world: World) -> None:
    week_ago = MORNING - timedelta(days=7)
    world.lark.faults.set(Fault("down"))
    dead, *_ = [post(world, week_ago + timedelta(minutes=number)) for number in range(3)]
    move(world, dead, Status.DEAD)

    words = shown(world)
    assert texts.SUBMISSIONS_DEAD.format(count=1) in words
    assert texts.SUBMISSIONS_WAITING.format(count=2) in words
    assert texts.ALL_WELL not in words
    assert texts.FORMS.format(day="27/11", count=0) in words


def test_what_has_just_come_does_not_wait(world: World) -> None:
    world.lark.faults.set(Fault("down"))
    post(world, MORNING - timedelta(minutes=4))
    world.clock.move_to(MORNING)

    assert texts.ALL_WELL in shown(world)


@pytest.mark.parametrize("status", [Status.DEAD, Status.FAILED])
def test_deliveries_and_events_are_told_too(world: World, status: Status) -> None:
    world.clock.move_to(MORNING - timedelta(hours=1))
    world.webhook("github-push", {"ref": "main"})
    for event in world.events.listed(["github"], {Status.RECEIVED}, None):
        world.events.change(event, {"status": status})
    card_of(world).run()
    (card,) = world.deliveries.listed(["lark-card"], {Status.PENDING}, None)
    world.deliveries.change(card, {"status": status})
    world.clock.move_to(MORNING + timedelta(days=1))

    words = shown(world)
    is_dead = status is Status.DEAD
    deliveries = texts.DELIVERIES_DEAD if is_dead else texts.DELIVERIES_WAITING
    events = texts.EVENTS_DEAD if is_dead else texts.EVENTS_WAITING
    assert deliveries.format(count=1) in words
    assert events.format(count=1) in words


def test_held_forms_and_those_that_are_soon_discarded_are_told(world: World) -> None:
    for days in (24, 22):
        post(world, MORNING - timedelta(days=days), phu_luc="x")

    words = shown(world)
    assert texts.HELD.format(count=2) in words
    assert texts.HELD_ENDING.format(count=1) in words


def test_connections_that_end_within_a_week_are_told(world: World) -> None:
    world.clock.move_to(MORNING - timedelta(hours=5))
    for open_id, days in (("ou_1", 359), ("ou_2", 357), ("ou_3", 1)):
        connect(world, open_id, MORNING - timedelta(days=days))

    assert texts.GRANTS_ENDING.format(count=1) in shown(world)


def test_nobody_is_named_on_the_card_or_in_the_log(world: World) -> None:
    world.lark.faults.set(Fault("down"))
    post(world, MORNING - timedelta(hours=10), FormType.STUDENT_INFO)
    with captured() as output:
        words = shown(world)

    known = FILLED_IN[FormType.STUDENT_INFO]
    for name in ("parentName", "parentPhone", "studentName"):
        assert str(known[name]) not in words
        assert str(known[name]) not in output.text
