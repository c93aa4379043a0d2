"""What presses may rely on of the actions that wait in the Conversations table."""

from datetime import timedelta

import pytest

from larkbridge.clock import to_text
from larkbridge.store.pending_actions import (
    HOLDS_FOR,
    Fact,
    PendingAction,
    PendingActionStore,
    PendingStatus,
    expiry,
)
from tests.support.chat_turns import chat_turn
from tests.support.clock import START

PRESS = chat_turn(event_id="press 1")
ACTION = PendingAction(
    pending_id="p-1",
    asker="ou_1",
    tool="create_event",
    arguments={"title": "Họp", "guests": ["ou_2"], "location": ""},
    title="Tạo sự kiện",
    facts=(Fact(label="Tiêu đề", text="Họp"), Fact(label="Khách mời", people=("ou_2",))),
    language="vi",
    asked_at=to_text(START),
    holds_until=to_text(START + HOLDS_FOR),
    expires_at=expiry(START),
    status=PendingStatus.PENDING,
)


@pytest.fixture
def store(tables: dict[str, str]) -> PendingActionStore:
    return PendingActionStore(tables["CONVERSATIONS_TABLE"])


def test_what_is_stored_is_read_and_a_second_one_of_its_id_changes_nothing(
    store: PendingActionStore,
) -> None:
    assert store.get("p-1") is None
    assert store.add(ACTION) == ACTION
    store.note_card(ACTION, "om_card")
    moved = store.move(ACTION, PendingStatus.CANCELLED, by=PRESS, now=START)
    assert store.add(ACTION) == moved == store.get("p-1")
    assert (moved.card_id, moved.moved_by, moved.facts) == ("om_card", "press 1", ACTION.facts)


def test_only_who_saw_it_as_it_is_moves_it(store: PendingActionStore) -> None:
    store.add(ACTION)
    executing = store.move(ACTION, PendingStatus.EXECUTING, by=PRESS, now=START)
    assert store.move(ACTION, PendingStatus.CANCELLED, by=chat_turn(), now=START) == executing
    assert store.note_progress(ACTION, {"event_id": "e"}) == executing
    noted = store.note_progress(executing, {"event_id": "e"})
    assert (noted.status, noted.progress) == (PendingStatus.EXECUTING, {"event_id": "e"})


def test_what_is_done_can_be_undone_for_a_while(store: PendingActionStore) -> None:
    store.add(ACTION)
    executing = store.move(ACTION, PendingStatus.EXECUTING, by=PRESS, now=START)
    done = store.move(
        executing,
        PendingStatus.DONE,
        by=PRESS,
        now=START,
        result="Xong.",
        undo_until=to_text(START + timedelta(minutes=10)),
    )
    assert done.may_be_undone(to_text(START + timedelta(minutes=9)))
    assert not done.may_be_undone(to_text(START + timedelta(minutes=10)))
    undoing = store.move(done, PendingStatus.UNDOING, by=PRESS, now=START)
    assert (undoing.result, undoing.undo_until) == ("", None)
