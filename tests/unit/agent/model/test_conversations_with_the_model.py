"""What the model is sent, what is remembered of it, what it costs, and who is heard meanwhile."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from larkbridge.agent.chat_texts import VI
from larkbridge.agent.memory import NOT_KEPT, EntryKind
from larkbridge.agent.model.model_texts import model_texts
from larkbridge.agent.model.prompt import RULES
from larkbridge.agent.model.waiting import WaitLimits
from larkbridge.agent.tools.tool import Result
from larkbridge.clock import SystemClock
from larkbridge.lark.messages import FoundMessage
from larkbridge.store.chat_queue import OUR_ACTION, TurnKind
from larkbridge.store.conversations import TurnOverError
from tests.support.calls import Calls
from tests.support.chat_turns import chat_turn, said, said_in_group
from tests.support.clock import START, SimulatedClock
from tests.support.model_world import ModelWorld, ToolDouble, call, model_world
from tests.support.waiting import wait_for

TEXTS = model_texts(VI)


def later(minutes: int = 1, **changes: Any) -> Any:
    """Return another turn of the same person."""
    return said("?", message_id=f"om_later_{minutes}", at=START + timedelta(minutes=minutes), **changes)


def stop(at_minute: int = 1) -> Any:
    return chat_turn("om_stop", at=START + timedelta(minutes=at_minute))


def test_a_turn_that_was_stopped_before_is_not_asked_about(chat: ModelWorld) -> None:
    chat.conversations.stop(stop())

    with pytest.raises(TurnOverError, match="stopped"):
        chat.ask()
    assert chat.sent == []


def test_a_message_that_was_recalled_is_not_asked_about(chat: ModelWorld) -> None:
    chat.conversations.recall("om_1", START)

    with pytest.raises(TurnOverError, match="recalled"):
        chat.ask()
    assert chat.sent == []


def test_a_card_that_was_forwarded_tells_no_group_what_a_person_was_told_alone(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("my_events", Result({"events": ["Khám răng 9h"]}, personal=True)))
    chat.api.write(
        {"round": 0, "calls": [call("my_events", name="M3A")]},
        {"says": "9h bạn khám răng."},
        {"says": "Như tôi đã nói, 9h bạn khám răng."},
    )
    chat.ask("Hôm nay tôi có lịch gì?")
    press = chat_turn("om_card", kind=TurnKind.PRESS, chat_id="oc_group", action={OUR_ACTION: "Lịch?"})

    assert chat.ask("Lịch?", press).private


def test_what_tools_find_in_plenty_does_not_wipe_what_was_said_before(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("rows", {"rows": "ầ" * 29_000}))
    chat.api.write(
        {"says": "Chào Lan."},
        {"calls": [call("rows", name="M3A")] * 3},
        {"says": "Nhiều quá."},
        {"says": "Lan."},
    )

    chat.ask("Tôi tên Lan", said("Tôi tên Lan"))
    chat.ask("Có ai?", later(1))
    chat.ask("Tôi tên gì?", later(2))

    asked = [entry.content["text"] for entry in chat.remembered() if entry.kind is EntryKind.ASKED]
    assert asked == ["Tôi tên Lan", "Có ai?", "Tôi tên gì?"]
    assert NOT_KEPT.strip() in str(chat.sent[-1])


def test_a_stop_between_a_call_and_its_tools_runs_no_tool(
    chat: ModelWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    seats = ToolDouble("seats", {"left": 3})
    chat.tools(seats)
    chat.api.write({"calls": [call("seats", name="M3A")]})
    chat.limits = WaitLimits(fresh=0)
    create = chat.client.create

    def stopped_meanwhile(*arguments: Any) -> Any:
        message = create(*arguments)
        chat.conversations.stop(stop())
        return message

    monkeypatch.setattr(chat.client, "create", stopped_meanwhile)

    with pytest.raises(TurnOverError):
        chat.ask()
    assert seats.ran == []
    assert chat.used(later(2)) > 0


def test_a_stop_between_two_tools_runs_no_other(chat: ModelWorld) -> None:
    def stopped_meanwhile(_: object) -> dict[str, int]:
        chat.conversations.stop(stop())
        return {"left": 3}

    chat.limits = WaitLimits(fresh=0)
    seats = ToolDouble("seats", stopped_meanwhile)
    chat.tools(seats)
    chat.api.write({"calls": [call("seats", name="M3A")] * 3})

    with pytest.raises(TurnOverError):
        chat.ask()
    assert len(seats.ran) == 1


def test_no_call_is_made_once_the_days_tokens_are_used_up(chat: ModelWorld) -> None:
    chat.daily_tokens = 3_000
    chat.tools(ToolDouble("rows", {"rows": "a" * 29_000}))
    chat.api.write({"calls": [call("rows", name="M3A")] * 4, "times": 0})

    assert chat.ask().text == TEXTS.tokens_used_up
    assert len(chat.sent) == 2


def test_a_stop_ends_a_turn_during_a_slow_call(environ: dict[str, str]) -> None:
    clock = SystemClock()
    with model_world(environ, clock) as chat:
        chat.limits = WaitLimits(look=0.02, fresh=0)
        chat.api.write({"says": "Muộn rồi.", "delaySeconds": 20})
        turn, ended = said("?", at=clock.now()), []

        def ask() -> None:
            try:
                chat.ask(turn=turn)
            except TurnOverError as over:
                ended.append(over.reason)

        asking = Thread(target=ask)
        asking.start()
        wait_for(lambda: bool(chat.sent), 10)
        chat.conversations.stop(chat_turn("om_stop", at=clock.now()))
        asking.join(5)

        assert ended == ["stopped"]
        assert chat.used(said("?", at=clock.now() + timedelta(hours=1))) > 100


def test_a_stop_ends_a_turn_that_waits_for_the_model_to_recover(chat: ModelWorld) -> None:
    chat.api.write({"error": "rate_limit_error", "retryAfter": 50, "times": 0})
    clock = chat.clock
    assert isinstance(clock, SimulatedClock)

    def sleep(seconds: float) -> None:
        clock.move_to(clock.now() + timedelta(seconds=seconds))
        chat.conversations.stop(stop())

    clock.sleeper = sleep

    with pytest.raises(TurnOverError, match="stopped"):
        chat.ask()
    assert (len(chat.sent), clock.now() - START) == (1, timedelta(seconds=5))


def test_who_waits_long_is_told_so_once(environ: dict[str, str]) -> None:
    with model_world(environ, SystemClock()) as chat:
        chat.limits = WaitLimits(look=0.02, note=0.05)
        chat.api.write({"says": "Còn 3 chỗ.", "delaySeconds": 0.5})

        assert chat.ask().text == "Còn 3 chỗ."
        assert chat.notes == [TEXTS.progress]


def test_a_call_that_takes_longer_than_the_turn_has_is_given_up(environ: dict[str, str]) -> None:
    with model_world(environ, SystemClock()) as chat:
        chat.limits = WaitLimits(turn=0.3, look=0.05)
        chat.api.write({"says": "Muộn rồi.", "delaySeconds": 20})

        assert chat.ask().text == TEXTS.out_of_time


def test_rules_and_tools_are_the_same_for_everybody_and_cached_and_the_time_stands_last(
    chat: ModelWorld,
) -> None:
    chat.tools(ToolDouble("seats", {"left": 3}))
    chat.api.write({"says": "Còn 3 chỗ.", "times": 0})
    chat.ask()
    cost = chat.used()
    chat.clock.sleep(120)
    chat.ask("Còn lớp M3B?", later(open_id="ou_other"))

    first, second = chat.sent
    assert (
        first["system"]
        == second["system"]
        == [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}]
    )
    assert first["tools"] == second["tools"]
    around, question = second["messages"][-1]["content"]
    assert "09:02" in around["text"]
    assert question["text"] == "Còn lớp M3B?"
    assert chat.used(later(open_id="ou_other")) < cost / 2
    assert first["output_config"] == {"effort": "low"}


def test_the_next_question_is_asked_with_the_calls_and_results_before_it(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("seats", {"left": 3}))
    chat.api.write(
        {"when": "M3A", "round": 0, "says": "Tôi xem.", "calls": [call("seats", name="M3A")]},
        {"when": "M3A", "round": 1, "says": "Còn 3 chỗ."},
        {"when": "học phí", "says": "Tôi không biết."},
    )
    chat.ask("Lớp M3A còn mấy chỗ?")
    chat.ask("Thế học phí?", later())

    messages = chat.sent[-1]["messages"]
    assert [one["role"] for one in messages] == ["user", "assistant", "user", "assistant", "user"]
    assert messages[0]["content"] == [{"type": "text", "text": "Lớp M3A còn mấy chỗ?"}]
    assert messages[1]["content"][0]["input"] == {"name": "M3A"}
    assert messages[2]["content"][0]["content"] == '{"left":3}'
    assert messages[3]["content"] == [{"type": "text", "text": "Còn 3 chỗ."}]
    assert [one.kind for one in chat.remembered()][-2:] == [EntryKind.ASKED, EntryKind.ANSWERED]


def test_a_question_that_is_answered_again_after_a_crash_is_remembered_once(chat: ModelWorld) -> None:
    chat.api.write({"says": "Còn 3 chỗ.", "times": 2})

    chat.ask()
    chat.ask()

    assert len(chat.sent[1]["messages"]) == 1
    assert len(chat.remembered()) == 2


def test_nobody_in_a_group_is_answered_out_of_anothers_memory(chat: ModelWorld) -> None:
    chat.api.write({"says": "Vâng.", "times": 0})
    chat.ask("Tôi tên An", said_in_group("Tôi tên An"))
    chat.ask("Tôi tên gì?", said_in_group("Tôi tên gì?", message_id="om_2", open_id="ou_other"))
    chat.ask("Tôi tên gì?", said_in_group("Tôi tên gì?", message_id="om_3"))

    assert "An" not in str(chat.sent[1]["messages"][:-1])
    assert "An" in str(chat.sent[2]["messages"][:-1])


def test_a_message_that_is_answered_comes_along_as_data_without_phones(chat: ModelWorld) -> None:
    chat.quoted = FoundMessage(
        message_id="om_0",
        msg_type="text",
        content='{"text": "@_user_1 gọi 0912345678 nhé"}',
        mentions=({"key": "@_user_1", "id": "ou_x", "name": "Hương"},),
        sender_id="ou_y",
        sender_type="user",
        chat_id=said("").chat_id,
        thread_id="",
        parent_id="",
        created_at=START,
        is_deleted=False,
    )
    chat.api.write({"says": "Vâng.", "times": 0})

    chat.ask("Việc này là sao?", said("?", parent_id="om_0"))
    assert '"@Hương gọi ••• nhé"' in chat.sent[0]["messages"][-1]["content"][0]["text"]

    chat.quoted = None
    assert chat.ask("Việc này là sao?", later(parent_id="om_gone")).text == "Vâng."


def test_a_persons_share_of_a_day_is_used_up_and_new_on_the_next(chat: ModelWorld) -> None:
    chat.api.write({"says": "Còn 3 chỗ.", "times": 0})
    chat.daily_tokens = 1
    chat.ask()

    answer = chat.ask(turn=later())
    assert (answer.text, answer.private, len(chat.sent)) == (TEXTS.tokens_used_up, True, 1)
    assert chat.ask(turn=later(open_id="ou_other")).text == "Còn 3 chỗ."

    chat.clock.sleep(24 * 3600)
    assert chat.ask(turn=later(2)).text == "Còn 3 chỗ."


def test_a_turn_with_tools_costs_three_requests(chat: ModelWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_: object) -> dict[str, int]:
        chat.clock.sleep(1)
        return {"left": 3}

    chat.tools(ToolDouble("seats", slow))
    chat.api.write({"round": 0, "calls": [call("seats", name="M3A")]}, {"says": "Còn 3 chỗ."})
    create = chat.client.create

    def takes_its_time(*arguments: Any) -> Any:
        chat.clock.sleep(3)
        return create(*arguments)

    monkeypatch.setattr(chat.client, "create", takes_its_time)
    calls = Calls()
    with calls.watch_aws():
        chat.ask()

    assert calls.made == ["dynamodb BatchGetItem", "dynamodb BatchGetItem", "dynamodb TransactWriteItems"]
