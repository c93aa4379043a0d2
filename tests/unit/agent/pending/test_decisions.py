"""A change is made once, by who asked, when they have agreed; the card tells the truth whatever happens."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from larkbridge.agent.memory import EntryKind
from larkbridge.agent.model.tool_runs import ToolRuns
from larkbridge.agent.tools.tool import Questions
from larkbridge.lark.api_error import LarkApiError
from larkbridge.store.chat_queue import TurnKind
from larkbridge.store.conversations import RETENTION
from larkbridge.store.pending_actions import HOLDS_FOR, UNDO_FOR, PendingStatus
from larkbridge.vault.refusals import NotConnectedError
from sandbox.faults import Fault
from tests.support.agent_tools import named, run
from tests.support.pending_world import AN, GROUP, HUONG, OWN, PendingWorld

EVENT = {
    "title": "Họp phụ huynh",
    "start": "2026-12-04T15:00:00+07:00",
    "end": "2026-12-04T16:00:00+07:00",
}
MADE = ["Họp phụ huynh Thứ Sáu 04/12/2026, 15:00–16:00"]


@pytest.fixture
def world(environ: dict[str, str]) -> PendingWorld:
    return PendingWorld(environ)


def test_asking_changes_nothing_and_shows_the_facts_in_words(world: PendingWorld) -> None:
    told = world.ask("create_event", "tạo lịch họp", **EVENT)
    card = world.card()
    assert world.events() == []
    assert "never say or imply that it is done" in told["note"]
    assert "Thứ Sáu 04/12/2026, 15:00–16:00" in card.text
    assert card.buttons == ["Đồng ý", "Không"]
    assert "Bạn có thể xác nhận đến" in card.text


def test_each_press_that_asks_for_a_change_gets_a_card_of_its_own_and_no_group_sees_it(
    world: PendingWorld,
) -> None:
    pressed = world.lark.api.messages.receive(GROUP, "", msg_type="interactive", content={}, sender=AN)
    asker = world.asker("tạo lịch họp")
    for number in range(2):
        turn = replace(asker.turn, kind=TurnKind.PRESS, event_id=f"press {number}", message_id=pressed)
        run(named(world.tools, "create_event"), asker._replace(turn=turn), **EVENT)
    assert len(world.lark.api.chat_view.lines(GROUP)) == 1
    cards = [line for line in world.lark.api.chat_view.lines(OWN) if line.buttons]
    assert [card.reply_to for card in cards] == ["", ""]


def test_an_english_question_gets_an_english_card(world: PendingWorld) -> None:
    world.ask("create_event", "please create the meeting for me", **EVENT)
    assert "Friday 04/12/2026, 15:00–16:00" in world.card().text
    assert world.card().buttons == ["Agree", "No"]


def test_agreeing_does_it_and_refusing_does_nothing(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    world.press("Không")
    assert world.events() == []
    world.ask("create_event", "tạo lại", **EVENT)
    card = world.card().message_id
    world.press("Đồng ý")
    assert world.lark.api.chat_view.lines(OWN)[-1].message_id == card
    assert "Sự kiện đã có trong lịch của bạn." in world.card().text
    assert world.card().buttons == ["Hoàn tác"]
    assert world.events() == MADE


def test_a_second_press_changes_nothing_and_the_card_says_it_is_done(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    again = world.pressed("Đồng ý")
    other = world.pressed("Không")
    world.decisions.press(world.pressed("Đồng ý"))
    for turn in (again, other):
        world.decisions.press(turn)
    assert world.stored(again).status is PendingStatus.DONE
    assert world.card().text.startswith("Đã xong")
    assert world.events() == MADE


def test_nobody_else_can_press(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    turn = world.press("Đồng ý", who=HUONG)
    assert world.stored(turn).status is PendingStatus.PENDING
    assert world.card().buttons == ["Đồng ý", "Không"]
    assert world.events() == world.events(who=HUONG) == []


def test_a_press_after_the_time_is_over_does_nothing_and_the_card_says_so(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    world.lark.clock.advance(seconds=HOLDS_FOR.total_seconds())
    turn = world.press("Đồng ý")
    assert world.stored(turn).status is PendingStatus.EXPIRED
    assert world.card().text.startswith("Đã hết hạn xác nhận")
    assert "Tôi chưa thay đổi gì." in world.card().text
    assert world.card().buttons == []
    assert world.events() == []


def test_a_press_in_time_that_is_taken_late_counts(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    world.lark.clock.advance(seconds=HOLDS_FOR.total_seconds() - 5)
    turn = world.pressed("Đồng ý")
    world.lark.clock.advance(seconds=60)
    world.decisions.press(turn)
    assert world.events() == MADE


def test_a_card_whose_action_is_forgotten_says_so(world: PendingWorld, account: object) -> None:
    world.ask("create_event", "tạo", **EVENT)
    turn = world.pressed("Đồng ý")
    assert turn.action is not None
    turn.action["pending"] = "another"
    world.decisions.press(turn)
    assert "không còn lưu" in world.card().text
    assert world.events() == []


def test_what_is_done_can_be_undone_for_ten_minutes(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    world.press("Đồng ý")
    late = world.pressed("Hoàn tác")
    world.press("Hoàn tác")
    assert world.events() == []
    assert world.card().text.startswith("Đã hoàn tác")
    assert world.card().buttons == []
    world.decisions.press(late)
    assert world.card().text.startswith("Đã hoàn tác")


def test_after_ten_minutes_nothing_is_undone(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    world.press("Đồng ý")
    world.lark.clock.advance(seconds=UNDO_FOR.total_seconds())
    world.press("Hoàn tác")
    assert world.events() == MADE
    assert world.card().buttons == []
    assert world.card().text.startswith("Đã xong")


def test_an_undo_that_fails_for_a_passing_reason_may_be_tried_again_in_time(
    world: PendingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_token(_: object) -> str:
        raise NotConnectedError

    world.ask("create_event", "tạo", **EVENT)
    turn = world.press("Đồng ý")
    until = world.stored(turn).undo_until
    with monkeypatch.context() as losing:
        losing.setattr(world.vault, "access_token", no_token)
        world.press("Hoàn tác")
    assert "chưa được kết nối" in world.card().text
    assert world.card().buttons == ["Hoàn tác"]
    assert world.stored(turn).undo_until == until
    world.press("Hoàn tác")
    assert world.events() == []


def test_an_undo_that_was_given_up_may_be_tried_again(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    world.press("Đồng ý")
    turn = world.pressed("Hoàn tác")
    world.lark.api.calendar.faults.set(Fault("down"))
    with pytest.raises(LarkApiError):
        world.decisions.press(turn)
    world.lark.api.calendar.faults.clear()
    world.decisions.give_up(turn)
    assert "Tôi không chắc đã hoàn tác được hay chưa" in world.card().text
    world.press("Hoàn tác")
    assert world.events() == []


def test_a_press_on_a_forwarded_card_changes_the_first_one_too(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    turn = world.pressed("Không")
    copy = world.lark.api.messages.receive(GROUP, "", msg_type="interactive", content={}, sender=AN)
    world.decisions.press(replace(turn, message_id=copy))
    assert world.stored(turn).status is PendingStatus.CANCELLED
    assert world.card().buttons == []


def test_what_lark_refuses_is_told_in_words(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    world.lark.api.calendar.faults.set(Fault("error_code", code=191002, status=403))
    turn = world.press("Đồng ý")
    assert world.stored(turn).status is PendingStatus.FAILED
    assert "Lark không cho phép bạn làm việc này." in world.card().text


def test_what_lark_may_have_done_is_tried_again_and_done_once(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    turn = world.pressed("Đồng ý")
    world.lark.api.calendar.faults.set(Fault("answer_lost", times=1))
    with pytest.raises(LarkApiError):
        world.decisions.press(turn)
    assert world.stored(turn).status is PendingStatus.EXECUTING
    world.decisions.press(turn)
    assert world.stored(turn).status is PendingStatus.DONE
    assert world.events() == MADE


def test_what_was_given_up_on_the_way_is_not_called_done(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    turn = world.pressed("Đồng ý")
    world.lark.api.calendar.faults.set(Fault("answer_lost"))
    with pytest.raises(LarkApiError):
        world.decisions.press(turn)
    world.decisions.give_up(turn)
    assert "Tôi không chắc việc này đã được thực hiện hay chưa" in world.card().text
    assert world.card().buttons == []


def test_a_press_that_was_never_taken_leaves_the_card_to_be_pressed_again(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    world.decisions.give_up(world.pressed("Đồng ý"))
    assert world.card().buttons == ["Đồng ý", "Không"]


def test_who_has_disconnected_meanwhile_is_told_so(
    world: PendingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_token(_: str) -> str:
        raise NotConnectedError

    world.ask("create_event", "tạo", **EVENT)
    turn = world.pressed("Đồng ý")
    monkeypatch.setattr(world.vault, "access_token", no_token)
    world.decisions.press(turn)
    assert "chưa được kết nối" in world.card().text


def test_who_loses_the_connection_on_the_way_is_told_what_there_is(
    world: PendingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = iter([world.vault.access_token(AN)])

    def one_token(_: str) -> str:
        token = next(given, None)
        if token is None:
            raise NotConnectedError
        return token

    world.ask("create_event", "tạo", **EVENT, guests=[HUONG])
    turn = world.pressed("Đồng ý")
    with monkeypatch.context() as losing:
        losing.setattr(world.vault, "access_token", one_token)
        world.decisions.press(turn)
    assert world.stored(turn).status is PendingStatus.DONE
    assert "chưa mời được khách: Tài khoản Lark của bạn chưa được kết nối" in world.card().text
    assert world.events() == MADE


def test_the_model_hears_of_it_as_whole_exchanges(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    turn = world.press("Đồng ý")
    world.decisions.press(turn)
    asked, answered = world.memory.load(turn)
    assert (asked.kind, answered.kind) == (EntryKind.ASKED, EntryKind.ANSWERED)
    assert "Đồng ý" in json.dumps(asked.content, ensure_ascii=False)
    assert answered.content == "Đã xong. Sự kiện đã có trong lịch của bạn."


def test_what_is_asked_in_a_group_is_shown_to_the_asker_alone(world: PendingWorld) -> None:
    world.chat = GROUP
    result = world.result("create_event", "tạo", **EVENT)
    assert result.personal
    assert [line.sender for line in world.lark.api.chat_view.lines(GROUP)] == ["Nguyễn Văn An"]
    world.chat = OWN
    turn = world.press("Đồng ý")
    assert turn.group == f"chat:{GROUP}"
    assert world.events() == MADE
    assert world.memory.load(turn) == []


def test_nothing_is_asked_beside_a_card_that_may_stand_in_a_group(world: PendingWorld) -> None:
    who = world.asker("tạo")
    in_group = world.lark.api.messages.receive(GROUP, "một thẻ")
    turn = replace(who.turn, kind=TurnKind.PRESS, message_id=in_group, action={"larkbridge": "tạo"})
    tool = next(tool for tool in world.tools if tool.name == "create_event")
    tool.run(who._replace(turn=turn), tool.arguments.model_validate(EVENT))
    assert world.card(OWN).buttons == ["Đồng ý", "Không"]
    world.press("Đồng ý")
    assert world.events() == MADE


def test_the_same_question_of_one_turn_is_asked_once(world: PendingWorld) -> None:
    who = world.asker("tạo")
    tool = next(tool for tool in world.tools if tool.name == "create_event")
    for _ in range(2):
        tool.run(who, tool.arguments.model_validate(EVENT))
    lines = world.lark.api.chat_view.lines(OWN)
    assert len([line for line in lines if line.buttons]) == 1


def test_two_questions_of_one_try_are_two_cards(world: PendingWorld) -> None:
    who = world.asker("tạo")
    for title in ("Họp", "Tập hát"):
        run(named(world.tools, "create_event"), who, **EVENT | {"title": title})
    assert _asked_on(world) == ["Họp", "Tập hát"]


@pytest.mark.parametrize("resumed", ["", "connected"])
def test_a_turn_that_comes_again_asks_once_however_the_model_words_it(
    world: PendingWorld, resumed: str
) -> None:
    first = world.asker("tạo")
    run(named(world.tools, "create_event"), first, **EVENT)
    turn = first.turn.taken_up_again(resumed, first.now) if resumed else first.turn
    again = first._replace(turn=turn, questions=Questions())
    told = run(named(world.tools, "create_event"), again, **EVENT | {"title": "Họp với phụ huynh"}).content
    assert told["facts"]["Tiêu đề"] == "Họp phụ huynh"
    assert _asked_on(world) == ["Họp phụ huynh"]
    world.press("Đồng ý")
    again = first._replace(turn=turn, questions=Questions())
    told = run(named(world.tools, "create_event"), again, **EVENT).content
    assert "the person has decided on the card: it is done" in told["note"]
    assert world.events() == MADE


def test_a_turn_that_comes_again_too_late_says_so(world: PendingWorld) -> None:
    who = world.asker("tạo")
    run(named(world.tools, "create_event"), who, **EVENT)
    later = who._replace(now=who.now + HOLDS_FOR)
    assert (
        "the time to agree is over" in run(named(world.tools, "create_event"), later, **EVENT).content["note"]
    )


def test_a_row_is_forgotten_with_the_persons_memory(world: PendingWorld) -> None:
    world.ask("create_event", "tạo", **EVENT)
    turn = world.pressed("Không")
    kept = timedelta(seconds=world.stored(turn).expires_at - world.lark.clock.now().timestamp())
    assert abs(kept - RETENTION) < timedelta(minutes=1)
    assert world.stored(turn).asker == AN


def _asked_on(world: PendingWorld) -> list[str]:
    """Return the titles on the cards that can be agreed to."""
    cards = [line.text for line in world.lark.api.chat_view.lines(OWN) if line.buttons]
    return [
        line.removeprefix("Tiêu đề: ") for text in cards for line in text.split("\n") if "Tiêu đề: " in line
    ]


def test_one_turn_shows_three_cards_at_most(world: PendingWorld) -> None:
    runs = ToolRuns(world.tools, world.asker("Nhắc tôi"))
    for number in range(5):
        runs.run("create_task", {"title": f"việc {number}"})

    assert len([line for line in world.lark.api.chat_view.lines(OWN) if line.buttons]) == 3
