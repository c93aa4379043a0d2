"""A turn is shown, answered, said and done in an order that survives whatever happens between two calls."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from larkbridge.agent.protocols import Answer
from larkbridge.agent.turns import WAITS
from larkbridge.lark.api_error import LarkApiError
from larkbridge.observability import instrumented
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.store.conversations import LEASE, RETENTION, TurnTakenError
from larkbridge.work.outcome import Verdict
from tests.support.calls import ProcessStoppedError
from tests.support.chat_room import APOLOGY, AWAY, lark_error
from tests.support.chat_storm import ChatStorm
from tests.support.chat_turns import chat_turn
from tests.support.clock import START
from tests.support.memory_dynamo.aws import memory_aws
from tests.support.output import captured
from tests.support.world import Context

TURN = chat_turn(content="one|two")
TRIES = len(WAITS) + 1
"""Of one part, each time that a turn is taken."""


@pytest.fixture
def chat() -> Iterator[ChatStorm]:
    """A chat agent in good weather."""
    with memory_aws() as dynamo:
        yield ChatStorm(dynamo)


def seen(chat: ChatStorm) -> list[str]:
    return [effect.text or effect.what for effect in chat.room.effects]


def at(call: str, do: Callable[[], None]) -> Callable[[str], None]:
    """Return a hook that does something at one kind of call."""
    return lambda name: do() if name == call else None


def raised(error: BaseException) -> None:
    raise error


def stop(chat: ChatStorm, turn: ChatTurn = TURN, **changes: str) -> None:
    chat.conversations.stop(replace(turn, event_id="the stop", message_id="om_stop", **changes))


def test_a_turn_begins_with_a_sign_that_goes_when_all_is_said(chat: ChatStorm) -> None:
    chat.turns.answer(TURN)
    assert seen(chat) == ["sign", "re: one", "two", "unsigned"]


def test_an_answer_of_one_part_costs_three_requests(chat: ChatStorm) -> None:
    chat.turns.answer(chat_turn(content="short"))
    assert chat.dynamo.requests.total() == 3


def test_what_is_not_for_the_bot_costs_nothing_and_has_no_sign(chat: ChatStorm) -> None:
    chat.room.not_meant.add("om_1")
    chat.turns.answer(TURN)
    assert (seen(chat), chat.dynamo.requests.total()) == ([], 0)


def test_what_gets_no_answer_has_no_sign_in_the_end(chat: ChatStorm) -> None:
    chat.turns.answer(chat_turn(content=""))
    assert seen(chat) == ["sign", "unsigned"]


@pytest.mark.parametrize(
    "again",
    [TURN, replace(TURN, event_id="of version 1"), replace(TURN, content="edited")],
    ids=["the same event", "another event", "with other words"],
)
def test_a_message_is_answered_once_whatever_events_bring_it(chat: ChatStorm, again: ChatTurn) -> None:
    chat.turns.answer(TURN)
    chat.clock.advance(hours=7)
    chat.turns.answer(again)
    assert chat.room.said == ["re: one", "two"]


def test_a_question_taken_up_again_is_answered_again_once(chat: ChatStorm) -> None:
    chat.turns.answer(TURN)
    again = TURN.taken_up_again("connected", START + timedelta(hours=2))
    chat.clock.advance(hours=2)
    for _ in range(2):
        chat.turns.answer(again)
    assert chat.room.said == ["re: one", "two"] * 2


def test_a_question_is_answered_once_for_each_reason_to_take_it_up_again(chat: ChatStorm) -> None:
    chat.turns.answer(TURN)
    for reason in ("connected:1", "connected:2", "connected:2"):
        chat.clock.advance(seconds=10)
        chat.turns.answer(TURN.taken_up_again(reason, chat.clock.now()))
    assert chat.room.said == ["re: one", "two"] * 3


def test_what_was_stopped_is_not_taken_up_again(chat: ChatStorm) -> None:
    chat.clock.advance(minutes=1)
    chat.conversations.stop(chat_turn("om_stop", at=chat.clock.now()))
    chat.clock.advance(minutes=1)
    chat.turns.answer(TURN.taken_up_again("connected:1", chat.clock.now()))
    assert chat.room.said == []


def test_what_is_taken_up_again_is_late_by_that_moment(chat: ChatStorm) -> None:
    chat.clock.advance(hours=3)
    again = TURN.taken_up_again("connected:1", chat.clock.now())
    chat.clock.advance(minutes=16)
    chat.turns.answer(again)
    assert chat.room.said == [AWAY]


def test_a_person_is_welcomed_once_for_good(chat: ChatStorm) -> None:
    for number in range(2):
        chat.turns.answer(chat_turn("", kind=TurnKind.ENTERED, event_id=f"entered {number}", content="hi"))
        chat.clock.advance(days=400)
    assert chat.room.said == ["re: hi"]
    (row,) = chat.dynamo.items("ConversationsTable")
    assert "expiresAt" not in row


def test_each_press_on_one_card_is_a_turn_of_its_own(chat: ChatStorm) -> None:
    for number in range(2):
        chat.turns.answer(chat_turn("om_card", kind=TurnKind.PRESS, event_id=f"press {number}"))
    assert chat.room.asked == ["press 0", "press 1"]


def test_nobody_goes_on_with_a_turn_that_somebody_has(chat: ChatStorm) -> None:
    chat.conversations.take(TURN, chat.clock.now())
    with pytest.raises(TurnTakenError):
        chat.turns.answer(TURN)
    chat.clock.advance(seconds=LEASE.total_seconds() + 1)
    chat.turns.answer(TURN)
    assert chat.room.said == ["re: one", "two"]


def test_whoever_lost_a_turn_says_nothing_more(chat: ChatStorm) -> None:
    lost = chat.conversations.take(TURN, chat.clock.now())
    chat.clock.advance(seconds=LEASE.total_seconds() + 1)
    chat.conversations.take(TURN, chat.clock.now())
    with pytest.raises(TurnTakenError):
        chat.conversations.keep(TURN, lost, {"text": "late"}, "")
    with pytest.raises(TurnTakenError):
        chat.conversations.finish(TURN, lost, chat.clock.now())


def test_an_answer_that_is_stored_is_said_again_and_not_thought_of_anew(chat: ChatStorm) -> None:
    chat.room.refusals = [lark_error(Verdict.RETRY)] * TRIES
    taken = chat.conversations.take(TURN, chat.clock.now())
    chat.conversations.keep(TURN, taken, {"text": "thought of before"}, "sign of om_1")
    chat.room.signs.add("om_1")
    chat.clock.advance(seconds=LEASE.total_seconds() + 1)
    with pytest.raises(LarkApiError):
        chat.turns.answer(TURN)
    chat.clock.advance(seconds=LEASE.total_seconds() + 1)
    chat.turns.answer(TURN)
    assert (chat.room.said, chat.room.asked, chat.room.signs) == (["thought of before"], [], set())


@pytest.mark.parametrize("minutes", [16, 60 * 7])
def test_an_old_message_is_told_that_the_bot_was_away_and_nothing_follows_from_it(
    chat: ChatStorm, minutes: int
) -> None:
    chat.clock.advance(minutes=minutes)
    chat.turns.answer(TURN)
    assert (chat.room.said, chat.room.asked) == ([AWAY], [])


def test_a_message_is_old_or_not_by_its_first_take(chat: ChatStorm) -> None:
    chat.clock.advance(minutes=14)
    chat.room.refusals = [lark_error(Verdict.UNKNOWN)] * TRIES
    with pytest.raises(LarkApiError):
        chat.turns.answer(TURN)
    chat.clock.advance(minutes=14)
    chat.turns.answer(TURN)
    assert chat.room.said == ["re: one", "two"]


def test_a_welcome_is_never_too_late(chat: ChatStorm) -> None:
    chat.clock.advance(hours=7)
    chat.turns.answer(chat_turn("", kind=TurnKind.ENTERED, content="hi"))
    assert chat.room.said == ["re: hi"]


@pytest.mark.parametrize(
    ("at_call", "left"),
    [
        ("sign", ["sign", "unsigned"]),
        ("respond", ["sign", "unsigned"]),
        ("say", ["sign", "re: one", "unsigned"]),
    ],
)
def test_a_stop_ends_the_turn_at_its_next_call(chat: ChatStorm, at_call: str, left: list[str]) -> None:
    chat.room.hook = at(at_call, lambda: stop(chat))
    chat.turns.answer(TURN)
    assert seen(chat) == left


def test_a_stop_also_ends_what_waits_behind_the_running_turn_and_not_what_comes_later(
    chat: ChatStorm,
) -> None:
    stop(chat)
    chat.turns.answer(TURN)
    chat.turns.answer(chat_turn("om_2", at=START + timedelta(seconds=1), content="later"))
    assert chat.room.said == ["re: later"]


def test_the_stop_itself_is_answered(chat: ChatStorm) -> None:
    message = chat_turn("om_stop", content="stopped")
    chat.conversations.stop(message)
    chat.turns.answer(message)
    assert chat.room.said == ["re: stopped"]


def test_an_older_stop_does_not_take_the_place_of_a_newer_one(chat: ChatStorm) -> None:
    stop(chat)
    chat.conversations.stop(chat_turn("om_0", at=START - timedelta(minutes=1)))
    chat.turns.answer(TURN)
    assert chat.room.said == []


def test_a_person_stops_nobody_elses_question(chat: ChatStorm) -> None:
    question = chat_turn(is_group=True, content="mine")
    stop(chat, question, open_id="ou_2")
    stop(chat, question, thread_id="another thread")
    chat.turns.answer(question)
    assert chat.room.said == ["re: mine"]


@pytest.mark.parametrize(
    ("at_call", "left"),
    [
        ("sign", ["sign", "unsigned"]),
        ("respond", ["sign", "unsigned"]),
        ("say", ["sign", "re: one", "unsigned"]),
    ],
)
def test_a_recall_ends_the_turn_at_its_next_call(chat: ChatStorm, at_call: str, left: list[str]) -> None:
    chat.room.hook = at(at_call, lambda: chat.conversations.recall("om_1", START))
    chat.turns.answer(TURN)
    assert seen(chat) == left


def test_a_message_recalled_before_its_turn_is_never_answered(chat: ChatStorm) -> None:
    chat.conversations.recall("om_1", START)
    chat.turns.answer(TURN)
    chat.turns.answer(TURN.taken_up_again("connected", START))
    assert seen(chat) == []


def test_a_message_that_is_gone_in_lark_ends_the_turn_quietly(chat: ChatStorm) -> None:
    chat.room.gone.add("om_1")
    chat.turns.answer(TURN)
    chat.room.gone.clear()
    chat.turns.answer(TURN)
    assert seen(chat) == []


@pytest.mark.parametrize("verdict", [Verdict.RETRY, Verdict.UNKNOWN])
def test_what_lark_does_not_take_at_once_is_said_again_in_a_moment(chat: ChatStorm, verdict: Verdict) -> None:
    chat.room.refusals = [lark_error(verdict)] * (TRIES - 1)
    chat.turns.answer(TURN)
    assert chat.room.said == ["re: one", "two"]
    assert chat.clock.now() - START < timedelta(seconds=10)


def test_a_stop_is_heard_between_two_tries(chat: ChatStorm) -> None:
    chat.room.refusals = [lark_error(Verdict.RETRY)] * TRIES
    chat.clock.sleeper = lambda _: stop(chat)
    chat.turns.answer(TURN)
    assert (chat.room.said, chat.room.signs, len(chat.room.refusals)) == ([], set(), TRIES - 1)


def test_an_answer_that_lark_refuses_for_good_is_not_tried_again(
    chat: ChatStorm, caplog: pytest.LogCaptureFixture
) -> None:
    chat.room.refusals = [lark_error(Verdict.REJECT)]
    chat.turns.answer(TURN)
    chat.turns.answer(TURN)
    assert chat.room.said == [APOLOGY]
    assert "Lark refuses the answer" in caplog.text


def refuse(chat: ChatStorm, refused: int, verdict: Verdict, words: str = "two") -> None:
    """Let Lark not take one part of the answers that have these words."""
    say = chat.room.say

    def refusing(turn: ChatTurn, answer: Answer, part: int) -> int:
        if part == refused and words in answer.text:
            raise lark_error(verdict)
        return say(turn, answer, part)

    chat.room.say = refusing


def test_in_the_place_of_a_part_that_lark_refuses_for_good_stands_an_apology(chat: ChatStorm) -> None:
    refuse(chat, 1, Verdict.REJECT)
    with captured() as output:
        turn = replace(TURN, content="one|two|three")
        instrumented(lambda *_: chat.turns.answer(turn))({}, Context("answers"))
    chat.turns.answer(TURN)
    assert (chat.room.said, chat.room.signs) == (["re: one", APOLOGY], set())
    assert output.metrics["ChatAnswersRefused"] == [1]


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.RETRY, Verdict.UNKNOWN])
def test_an_apology_that_lark_does_not_take_ends_the_turn_without_a_sign(
    chat: ChatStorm, verdict: Verdict
) -> None:
    refuse(chat, 0, verdict, "")
    with suppress(LarkApiError):
        chat.turns.answer(TURN)
    chat.clock.advance(seconds=LEASE.total_seconds() + 1)
    with suppress(LarkApiError):
        chat.turns.give_up(TURN)
    assert (chat.room.said, chat.room.signs) == ([], set())


@pytest.mark.parametrize("times", [1, 2])
def test_a_turn_given_up_in_the_middle_of_its_answer_is_excused_behind_what_was_said(
    chat: ChatStorm, times: int
) -> None:
    refuse(chat, 1, Verdict.RETRY)
    turn = replace(TURN, content="one|two|three")
    for _ in range(3):
        with pytest.raises(LarkApiError):
            chat.turns.answer(turn)
        chat.clock.advance(seconds=LEASE.total_seconds() + 1)
    for _ in range(times):
        chat.turns.give_up(turn)
    assert (chat.room.said, chat.room.signs) == (["re: one", APOLOGY], set())


def test_a_welcome_that_was_not_said_is_said_at_the_next_visit(chat: ChatStorm) -> None:
    def visit(number: int) -> ChatTurn:
        return chat_turn("", kind=TurnKind.ENTERED, event_id=f"entered {number}", content="hi")

    chat.room.refusals = [lark_error(Verdict.RETRY)] * TRIES
    with pytest.raises(LarkApiError):
        chat.turns.answer(visit(1))
    chat.clock.advance(days=1)
    chat.turns.give_up(visit(1))
    chat.clock.advance(days=1)
    for number in (2, 3):
        chat.turns.answer(visit(number))
        chat.clock.advance(hours=2)
    assert chat.room.said == ["re: hi"]


def killed_while_it_thinks(chat: ChatStorm) -> None:
    """Let the process end after the first sign, and its lease."""
    chat.room.hook = at("respond", lambda: raised(ProcessStoppedError()))
    with pytest.raises(ProcessStoppedError):
        chat.turns.answer(TURN)
    chat.room.hook = lambda _: None
    chat.clock.advance(seconds=LEASE.total_seconds() + 1)


@pytest.mark.parametrize("ends", ["answered", "given up", "stopped", "recalled", "gone"])
def test_no_sign_stays_however_a_turn_ends(chat: ChatStorm, ends: str) -> None:
    killed_while_it_thinks(chat)
    if ends == "stopped":
        stop(chat)
    elif ends == "recalled":
        chat.conversations.recall("om_1", START)
    elif ends == "gone":
        chat.room.gone.add("om_1")
    for _ in range(2):
        (chat.turns.give_up if ends == "given up" else chat.turns.answer)(TURN)
    said = {"answered": ["re: one", "two"], "given up": [APOLOGY]}
    assert chat.room.said == said.get(ends, [])
    assert chat.room.signs == ({"om_1"} if ends == "gone" else set())


def test_what_lark_refuses_for_good_ends_in_an_apology(chat: ChatStorm) -> None:
    chat.room.hook = at("respond", lambda: raised(lark_error(Verdict.REJECT)))
    chat.turns.answer(TURN)
    assert chat.room.said == [APOLOGY]


def test_the_apology_takes_the_answers_place(chat: ChatStorm) -> None:
    chat.turns.give_up(TURN)
    chat.turns.give_up(TURN)
    chat.turns.answer(TURN)
    assert chat.room.said == [APOLOGY]


def test_there_is_no_apology_beside_an_answer_that_was_said(chat: ChatStorm) -> None:
    chat.room.hook = at("said", lambda: raised(ProcessStoppedError()))
    with pytest.raises(ProcessStoppedError):
        chat.turns.answer(chat_turn())
    chat.room.hook = lambda _: None
    chat.clock.advance(seconds=LEASE.total_seconds() + 1)
    chat.turns.give_up(chat_turn())
    assert chat.room.said == ["re: a question"]


def test_what_was_said_is_kept_no_longer_than_it_is_needed(chat: ChatStorm) -> None:
    chat.turns.answer(chat_turn(content="a secret"))
    (row,) = chat.dynamo.items("ConversationsTable")
    assert "a secret" not in str(row)
    assert int(row["expiresAt"]["N"]) == (START + RETENTION).timestamp()


def test_no_log_line_has_a_word_of_the_chat(chat: ChatStorm, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        chat.turns.answer(chat_turn(content="a secret"))
    assert "turn ended" in caplog.text
    assert "secret" not in caplog.text + str([vars(record) for record in caplog.records])
