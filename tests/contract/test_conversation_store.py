"""What turns may rely on of the Conversations table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from larkbridge.store.conversations import LEASE, ConversationStore, TurnOverError, TurnTakenError
from tests.support.chat_turns import chat_turn
from tests.support.clock import START

TURN = chat_turn(is_group=True, thread_id="omt_1")
LATER = START + LEASE + timedelta(seconds=1)
ANSWER = {"text": "Chào bạn", "private": True, "card": ""}


@pytest.fixture
def store(tables: dict[str, str]) -> ConversationStore:
    return ConversationStore(tables["CONVERSATIONS_TABLE"])


def test_a_new_turn_is_taken_and_nobody_else_takes_it_meanwhile(store: ConversationStore) -> None:
    taken = store.take(TURN, START)
    assert (taken.attempt, taken.answer, taken.said) == (1, None, 0)
    with pytest.raises(TurnTakenError):
        store.take(TURN, START + LEASE - timedelta(seconds=1))


def test_a_turn_goes_on_where_it_stopped(store: ConversationStore) -> None:
    kept = store.keep(TURN, store.take(TURN, START), ANSWER, "sign-1")
    store.note_said(TURN, kept, 2)
    taken = store.take(TURN, LATER)
    assert (taken.attempt, taken.answer, taken.sign, taken.said) == (2, ANSWER, "sign-1", 2)
    assert taken.taken_at == kept.taken_at


def test_a_later_take_keeps_the_writes_of_an_earlier_one_out(store: ConversationStore) -> None:
    first = store.take(TURN, START)
    second = store.take(TURN, LATER)
    for write in (
        lambda: store.keep(TURN, first, ANSWER, ""),
        lambda: store.note_said(TURN, first, 1),
        lambda: store.finish(TURN, first, LATER),
    ):
        with pytest.raises(TurnTakenError):
            write()
    store.finish(TURN, second, LATER)


def test_a_turn_that_is_done_is_over_for_good(store: ConversationStore) -> None:
    store.finish(TURN, store.take(TURN, START), START)
    with pytest.raises(TurnOverError, match="done"):
        store.take(TURN, LATER)


def test_another_event_of_the_same_message_never_goes_on(store: ConversationStore) -> None:
    store.take(TURN, START)
    with pytest.raises(TurnOverError, match="other_event"):
        store.take(replace(TURN, event_id="another"), LATER)


@pytest.mark.parametrize("reason", ["stopped", "recalled"])
def test_a_mark_is_seen_by_whoever_takes_keeps_or_goes_on(store: ConversationStore, reason: str) -> None:
    def mark() -> None:
        if reason == "stopped":
            store.stop(replace(TURN, event_id="the stop", message_id="om_stop"))
        else:
            store.recall("om_1", START)

    taken = store.take(TURN, START)
    mark()
    with pytest.raises(TurnOverError, match=reason):
        store.keep(TURN, taken, ANSWER, "")
    with pytest.raises(TurnOverError, match=reason):
        store.note_said(TURN, taken, 1)
    with pytest.raises(TurnOverError, match=reason):
        store.take(TURN, LATER)
    store.finish(TURN, taken, LATER)


def test_a_new_turn_that_is_marked_is_never_stored(store: ConversationStore) -> None:
    store.recall("om_1", START)
    with pytest.raises(TurnOverError, match="recalled"):
        store.take(TURN, START)
    with pytest.raises(TurnOverError, match="recalled"):
        store.take(replace(TURN, event_id="another"), START)


def test_an_older_stop_changes_nothing(store: ConversationStore) -> None:
    newer = chat_turn("om_2", at=START + timedelta(seconds=2))
    older = chat_turn("om_3", at=START + timedelta(seconds=1))
    store.stop(newer)
    store.stop(older)
    with pytest.raises(TurnOverError, match="stopped"):
        store.take(older, START)
    store.take(newer, START)
    store.take(chat_turn("om_4", at=START + timedelta(seconds=3)), START)


def test_memory_is_the_persons_in_the_group(store: ConversationStore) -> None:
    store.remember(TURN, "[]", START)
    assert store.memory(TURN) == "[]"
    assert store.memory(replace(TURN, open_id="ou_2")) == ""
    store.remember(TURN, "", START)
    assert store.memory(TURN) == ""
