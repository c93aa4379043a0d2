"""A history never holds a call without its result, wherever the process stopped."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.agent.memory import MAX_BYTES, MAX_EXCHANGES, Entry, EntryKind, Memory, repaired
from larkbridge.store.conversations import RETENTION, ConversationStore
from tests.support.chat_turns import chat_turn
from tests.support.clock import START, SimulatedClock
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import MemoryDynamo

ENTRIES = st.lists(
    st.builds(
        Entry,
        kind=st.sampled_from(EntryKind),
        content=st.sampled_from(["", "words", None, {"a": [1]}]),
        call_id=st.sampled_from(["", "call-1", "call-2"]),
    ),
    max_size=12,
)
ASKED, ANSWERED = Entry(kind=EntryKind.ASKED, content="?"), Entry(kind=EntryKind.ANSWERED, content="!")


def called(call_id: str) -> Entry:
    return Entry(kind=EntryKind.CALLED, content={"tool": "calendar"}, call_id=call_id)


def returned(call_id: str) -> Entry:
    return Entry(kind=EntryKind.RETURNED, content=["an event"], call_id=call_id)


WHOLE = [ASKED, called("1"), called("2"), returned("2"), returned("1"), ANSWERED]


@pytest.fixture
def dynamo() -> Iterator[MemoryDynamo]:
    with memory_aws() as dynamo:
        yield dynamo


def memory() -> Memory:
    return Memory(ConversationStore(SETTINGS["CONVERSATIONS_TABLE"]), SimulatedClock())


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_an_exchange_cut_off_anywhere_is_left_out_and_those_before_it_stay(length: int) -> None:
    assert repaired([ASKED, ANSWERED, *WHOLE[:length]]) == [ASKED, ANSWERED]
    assert repaired([*WHOLE[:length], ASKED, ANSWERED]) == [ASKED, ANSWERED]


@pytest.mark.parametrize(
    "broken",
    [
        [returned("1"), ANSWERED],
        [ASKED, returned("1"), ANSWERED],
        [ASKED, called("1"), returned("1"), returned("1"), ANSWERED],
        [ASKED, called("1"), called("1"), returned("1"), ANSWERED],
        [ASKED, called("1"), ANSWERED, returned("1"), ANSWERED],
    ],
)
def test_what_no_model_takes_is_left_out(broken: list[Entry]) -> None:
    assert repaired([*broken, *WHOLE]) == WHOLE


@given(entries=ENTRIES)
def test_whatever_is_stored_each_call_has_one_result(entries: list[Entry]) -> None:
    kept = repaired(entries)
    calls = Counter(entry.call_id for entry in kept if entry.kind is EntryKind.CALLED)
    results = Counter(entry.call_id for entry in kept if entry.kind is EntryKind.RETURNED)
    assert calls == results
    assert repaired(kept) == kept


@given(entries=ENTRIES)
def test_what_was_saved_is_loaded_repaired(entries: list[Entry]) -> None:
    with memory_aws():
        memory().save(chat_turn(), entries)
        assert memory().load(chat_turn()) == repaired(entries)


def test_each_person_in_each_thread_has_a_memory_of_their_own(dynamo: MemoryDynamo) -> None:
    turns = [
        chat_turn(),
        chat_turn(open_id="ou_2"),
        chat_turn(is_group=True),
        chat_turn(is_group=True, open_id="ou_2"),
        chat_turn(is_group=True, thread_id="omt_1"),
    ]
    for number, turn in enumerate(turns):
        memory().save(turn, [Entry(kind=EntryKind.ASKED, content=number), ANSWERED])
    assert [memory().load(turn)[0].content for turn in turns] == [*range(len(turns))]


def test_the_oldest_exchanges_go_first(dynamo: MemoryDynamo) -> None:
    numbered = [Entry(kind=EntryKind.ASKED, content=number) for number in range(MAX_EXCHANGES + 5)]
    memory().save(chat_turn(), [entry for one in numbered for entry in (one, ANSWERED)])
    assert memory().load(chat_turn())[::2] == numbered[5:]

    long = Entry(kind=EntryKind.ASKED, content="ệ" * (MAX_BYTES // 3 - 100))
    memory().save(chat_turn(), [long, ANSWERED, long, ANSWERED, *WHOLE])
    assert memory().load(chat_turn()) == WHOLE


def test_what_is_too_large_by_itself_costs_no_other(dynamo: MemoryDynamo) -> None:
    huge = Entry(kind=EntryKind.ASKED, content="ệ" * MAX_BYTES)
    memory().save(chat_turn(), [*WHOLE, huge, ANSWERED])
    assert memory().load(chat_turn()) == WHOLE


@pytest.mark.parametrize("text", ["no JSON", "{}", "[7]", '[{"kind": "unheard of"}]', '"text"', "null"])
def test_what_cannot_be_read_is_forgotten_and_logged(
    dynamo: MemoryDynamo, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    ConversationStore(SETTINGS["CONVERSATIONS_TABLE"]).remember(chat_turn(), text, START)
    assert memory().load(chat_turn()) == []
    assert ("memory not readable" in caplog.text) == (json.dumps({}) != text)


def test_nothing_is_known_at_first_and_nothing_for_ever(dynamo: MemoryDynamo) -> None:
    assert memory().load(chat_turn()) == []
    memory().save(chat_turn(), WHOLE)
    (row,) = dynamo.items("ConversationsTable")
    assert int(row["expiresAt"]["N"]) == (START + RETENTION).timestamp()
    memory().save(chat_turn(), [])
    assert memory().load(chat_turn()) == []
