"""What the morning card's buttons lead to: a card that asks who presses, and nothing before they agree."""

from typing import Any
from unittest.mock import ANY

import pytest

from larkbridge.agent.chat_texts import VI
from larkbridge.agent.pending.pending_texts import VI as ASKED
from larkbridge.settings import RetryDueSettings
from larkbridge.staff_chat import staff_chat_texts as texts
from larkbridge.store.submissions import FormType
from larkbridge.store.sync_progress import FULL, INCREMENTAL, SyncStateStore
from larkbridge.store.work import Status
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.target import Origin
from larkbridge.wiring.morning import morning_card
from sandbox.faults import Fault
from sandbox.lark.chat_view import Line
from sandbox.local_tables import lark_tables
from tests.support.chat_world import AN, GROUP, HUONG, OWN, ChatWorld
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.world import World

RIGHTS = {"STAFF": f"{AN}=retry+write", "LARK_TABLES": lark_tables(), "MORNING_CHAT_ID": GROUP}


@pytest.fixture
def chat(world: World, account: MemoryAccount) -> ChatWorld:
    """A staff's chat, in which one of two may send again and sync."""
    chat = ChatWorld(world, account)
    chat.restart(**RIGHTS)
    return chat


def failed_form(chat: ChatWorld) -> str:
    chat.world.lark.faults.set(Fault("down"))
    submission_id = chat.world.post(FormType.HOLD).body["submissionId"]
    chat.world.lark.faults.clear()
    return submission_id


def dead_card(chat: ChatWorld) -> str:
    now = chat.world.clock.now()
    (card,) = cards_to(HUONG, "?", "?", "blue", Origin((str(now),), "github#1", now))
    chat.world.deliveries.add(card)
    chat.world.deliveries.change(card, {"status": Status.DEAD})
    return card.delivery_id


def morning(chat: ChatWorld) -> Line:
    """Let the morning card come and return it."""
    settings = RetryDueSettings(chat.world.environ | {"MORNING_CHAT_ID": GROUP})
    morning_card(settings, chat.world.parts()).run()
    chat.world.send_new()
    return newest(chat)


def newest(chat: ChatWorld) -> Line:
    return [line for line in chat.lark.chat_view.lines(GROUP) if line.sender == "Larkbridge"][-1]


def shown(chat: ChatWorld, where: str) -> list[str]:
    return [line.text for line in chat.lark.chat_view.lines(where)]


def press(chat: ChatWorld, line: Line, label: str, who: str = AN) -> Line:
    """Let somebody press a button and everything follow; return what the chat has newest then."""
    chat.world.clock.advance(seconds=1)
    assert chat.chats.press(who, line.message_id, label) == 200
    chat.settle()
    return newest(chat)


def stored_delivery(chat: ChatWorld, delivery_id: str) -> Any:
    found = chat.world.deliveries.get(delivery_id)
    assert found is not None
    return found


def requested(chat: ChatWorld) -> dict[str, str | None]:
    states = SyncStateStore(chat.world.environ["SYNC_STATE_TABLE"])
    names = [place.partition("=")[0] for place in lark_tables().split(",")]
    return {name: states.get(name).requested for name in names}


@pytest.mark.parametrize("label", [texts.RETRY_BUTTON, texts.SYNC_BUTTON])
def test_who_may_not_is_told_so_and_asked_nothing(chat: ChatWorld, label: str) -> None:
    form = failed_form(chat)
    said = press(chat, morning(chat), label, who=HUONG)

    assert (said.text, said.buttons) == (VI.no_right, [])
    assert chat.world.stored(form).requested_by is None
    assert {*requested(chat).values()} == {None}


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [({}, False), ({"MORNING_CHAT_ID": GROUP}, True), ({"AGENT_STAFF_CHATS": GROUP}, True)],
    ids=["others", "the morning card's", "staff"],
)
@pytest.mark.parametrize("has_failed", [False, True], ids=["nothing", "a form"])
def test_only_a_chat_of_staff_learns_what_there_is_to_do(
    chat: ChatWorld, settings: dict[str, str], has_failed: bool, is_told: bool
) -> None:
    if has_failed:
        failed_form(chat)
    chat.restart(**RIGHTS | {"MORNING_CHAT_ID": ""} | settings)
    chat.say("@bot /gửi lại", chat=GROUP)

    told = ASKED.labels["forms"] if has_failed else VI.nothing_to_do["retry_all"]
    assert (told in str(shown(chat, GROUP))) is is_told
    assert (told in str(shown(chat, OWN))) is not is_told


def test_a_right_that_is_lost_meanwhile_does_nothing(chat: ChatWorld) -> None:
    form = failed_form(chat)
    asking = press(chat, morning(chat), texts.RETRY_BUTTON)
    chat.restart(STAFF="")
    told = press(chat, asking, ASKED.agree)

    assert ASKED.reasons["no_right"] in told.text
    assert chat.world.stored(form).requested_by is None


def test_a_press_asks_and_does_nothing_yet(chat: ChatWorld) -> None:
    form, card = failed_form(chat), dead_card(chat)
    asking = press(chat, morning(chat), texts.RETRY_BUTTON)

    assert asking.buttons == [ASKED.agree, ASKED.decline]
    assert f"{ASKED.labels['forms']}: 1" in asking.text
    assert f"{ASKED.labels['deliveries']}: 1" in asking.text
    assert ASKED.warnings["retry_all"] in asking.text
    assert chat.world.stored(form).requested_by is None
    assert stored_delivery(chat, card).status is Status.DEAD


def test_nobody_else_agrees(chat: ChatWorld) -> None:
    form = failed_form(chat)
    asking = press(chat, morning(chat), texts.RETRY_BUTTON)
    press(chat, asking, ASKED.agree, who=HUONG)

    assert chat.world.stored(form).requested_by is None
    assert newest(chat).buttons == [ASKED.agree, ASKED.decline]


def test_all_that_had_failed_is_sent_again_and_says_who_asked(chat: ChatWorld) -> None:
    form, card = failed_form(chat), dead_card(chat)
    told = press(chat, press(chat, morning(chat), texts.RETRY_BUTTON), ASKED.agree)
    chat.world.retry_due()
    chat.world.sweep()

    assert ASKED.done["retry_all"].format(count=2) in told.text
    assert chat.world.stored(form).status is Status.SENT
    assert stored_delivery(chat, card).status is Status.SENT
    assert chat.world.stored(form).requested_by == {
        "action": "retry",
        "at": ANY,
        "key": "chat",
        "owner": AN,
    }


def test_what_fails_after_the_question_is_left_alone(chat: ChatWorld) -> None:
    failed_form(chat)
    asking = press(chat, morning(chat), texts.RETRY_BUTTON)
    chat.world.clock.advance(seconds=5)
    later = failed_form(chat)
    press(chat, asking, ASKED.agree)

    assert chat.world.stored(later).requested_by is None


def test_each_press_on_the_morning_card_asks_anew(chat: ChatWorld) -> None:
    failed_form(chat)
    card = morning(chat)
    first = press(chat, card, texts.RETRY_BUTTON)
    second = press(chat, card, texts.RETRY_BUTTON)

    assert first.message_id != second.message_id
    press(chat, first, ASKED.agree)
    chat.world.retry_due()
    assert press(chat, card, texts.RETRY_BUTTON).text == VI.nothing_to_do["retry_all"]


def test_every_table_is_asked_for_and_a_full_sync_stays_full(chat: ChatWorld) -> None:
    first, *others = requested(chat)
    SyncStateStore(chat.world.environ["SYNC_STATE_TABLE"]).request(first, FULL, accept_deletions=False)
    asking = press(chat, morning(chat), texts.SYNC_BUTTON)
    assert first in asking.text

    told = press(chat, asking, ASKED.agree)
    assert ASKED.done["sync_all"] in told.text
    assert requested(chat) == {first: FULL} | dict.fromkeys(others, INCREMENTAL)


def test_without_a_table_there_is_nothing_to_sync(chat: ChatWorld) -> None:
    chat.restart(STAFF=f"{AN}=write", LARK_TABLES="", MORNING_CHAT_ID=GROUP)

    assert press(chat, morning(chat), texts.SYNC_BUTTON).text == VI.nothing_to_do["sync_all"]
