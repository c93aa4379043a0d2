"""The model is down, says no, is cut off or never ends: one plain answer, and nothing half done."""

from datetime import timedelta
from typing import Any

import pytest

from larkbridge.agent.chat_texts import VI
from larkbridge.agent.model.model_texts import model_texts
from larkbridge.vault.refusals import VaultKeyError
from tests.support.chat_turns import said
from tests.support.clock import START
from tests.support.model_world import ModelWorld, ToolDouble, call

TEXTS = model_texts(VI)
SEATS = [call("seats", name="M3A")]


def test_a_model_that_is_down_is_tried_again_for_a_minute_then_there_is_one_plain_answer(
    chat: ModelWorld,
) -> None:
    chat.api.write({"error": "overloaded_error", "times": 0})

    answer = chat.ask()

    assert answer.text == TEXTS.model_down
    assert timedelta(seconds=45) < chat.clock.now() - START <= timedelta(seconds=60)
    assert len(chat.sent) >= 8
    assert chat.remembered() == []


@pytest.mark.parametrize(
    "trouble",
    [
        {"error": "overloaded_error"},
        {"error": "api_error"},
        {"error": "timeout_error"},
        {"error": "rate_limit_error"},
        {"says": "Còn 3 chỗ." * 50, "drops": "before"},
        {"says": "Còn 3 chỗ." * 50, "drops": "middle"},
    ],
    ids=str,
)
def test_what_passes_is_answered_after_all(chat: ModelWorld, trouble: dict[str, Any]) -> None:
    chat.api.write(trouble | {"times": 3}, {"says": "Còn 3 chỗ."})

    assert chat.ask().text == "Còn 3 chỗ."
    assert chat.clock.now() > START


def test_it_waits_as_long_as_it_is_told(chat: ModelWorld) -> None:
    chat.api.write({"error": "rate_limit_error", "retryAfter": 31}, {"says": "Còn 3 chỗ."})

    assert chat.ask().text == "Còn 3 chỗ."
    assert chat.clock.now() - START == timedelta(seconds=31)


def test_a_model_that_says_to_come_back_at_once_is_not_hammered(chat: ModelWorld) -> None:
    chat.api.write({"error": "overloaded_error", "retryAfter": 0, "times": 0})

    assert chat.ask().text == TEXTS.model_down
    assert len(chat.sent) <= 14


def test_it_does_not_wait_for_what_comes_too_late(chat: ModelWorld) -> None:
    chat.api.write({"error": "rate_limit_error", "retryAfter": 3_600}, {"says": "Còn 3 chỗ."})

    assert chat.ask().text == TEXTS.model_down
    assert (len(chat.sent), chat.clock.now()) == (1, START)


@pytest.mark.parametrize(
    "kind", ["invalid_request_error", "permission_error", "billing_error", "not_found_error"]
)
def test_a_no_is_not_tried_again(chat: ModelWorld, kind: str) -> None:
    chat.api.write({"error": kind}, {"says": "Còn 3 chỗ."})

    assert chat.ask().text == TEXTS.model_refuses
    assert (len(chat.sent), chat.clock.now()) == (1, START)


def test_a_history_that_the_api_refuses_is_left_out_and_forgotten(chat: ModelWorld) -> None:
    chat.api.write({"says": "Chào Lan."}, {"error": "invalid_request_error"}, {"says": "Còn 3 chỗ."})

    chat.ask("Tôi tên Lan", said("Tôi tên Lan"))
    assert chat.ask(turn=said("?", message_id="om_2")).text == "Còn 3 chỗ."

    assert [len(one["messages"]) for one in chat.sent] == [1, 3, 1]
    assert len(chat.remembered()) == 2


def test_that_is_tried_once(chat: ModelWorld) -> None:
    chat.api.write({"says": "Chào Lan."}, {"error": "invalid_request_error", "times": 0})

    chat.ask("Tôi tên Lan", said("Tôi tên Lan"))
    assert chat.ask(turn=said("?", message_id="om_2")).text == TEXTS.model_refuses

    assert (len(chat.sent), len(chat.remembered())) == (3, 2)


def test_a_wrong_key_says_who_can_help(chat: ModelWorld) -> None:
    chat.api.accept(["another"])

    assert chat.ask().text == TEXTS.model_refuses


def test_a_call_that_is_cut_off_never_runs(chat: ModelWorld) -> None:
    seats = ToolDouble("seats", {"left": 3})
    chat.tools(seats)
    chat.api.write({"says": "Tôi xem", "calls": SEATS, "stops": "max_tokens"})

    answer = chat.ask()

    assert answer.text == f"Tôi xem\n\n{TEXTS.cut_off}"
    assert seats.ran == []


@pytest.mark.parametrize("reason", ["end_turn", "refusal", "something_new", "stop_sequence"])
def test_calls_in_any_other_answer_do_not_run_either(chat: ModelWorld, reason: str) -> None:
    seats = ToolDouble("seats", {"left": 3})
    chat.tools(seats)
    chat.api.write({"says": "Xin chào.", "calls": SEATS, "stops": reason}, {"says": "Còn gì nữa không?"})

    chat.ask("Một")
    assert chat.ask("Hai", turn=None).text == "Còn gì nữa không?"
    assert seats.ran == []


def test_a_refusal_is_said_plainly_and_not_remembered(chat: ModelWorld) -> None:
    chat.api.write({"refuses": {"category": "cyber", "explanation": "No."}})

    assert chat.ask().text == TEXTS.refused
    assert chat.remembered() == []


def test_a_conversation_that_is_too_long_says_how_to_begin_afresh(chat: ModelWorld) -> None:
    chat.api.write({"stops": "model_context_window_exceeded"})

    assert chat.ask().text == TEXTS.too_long
    assert "/mới" in TEXTS.too_long


@pytest.mark.parametrize("says", [{}, {"says": "\u200b"}, {"says": "\u200b\u200b\n"}], ids=str)
def test_silence_is_not_an_answer(chat: ModelWorld, says: dict[str, str]) -> None:
    chat.api.write({"stops": "end_turn"} | says)

    assert chat.ask().text == TEXTS.nothing_said
    assert chat.remembered() == []


def test_eight_rounds_are_the_end_and_the_last_one_may_not_call(chat: ModelWorld) -> None:
    seats = ToolDouble("seats", {"left": 3})
    chat.tools(seats)
    chat.api.write({"calls": SEATS, "times": 0})

    answer = chat.ask()

    assert answer.text == TEXTS.too_many_rounds
    assert [one["tool_choice"]["type"] for one in chat.sent] == ["auto"] * 7 + ["none"]
    assert len(seats.ran) == 7
    assert chat.remembered() == []


def test_a_pause_goes_on_with_what_was_said_so_far(chat: ModelWorld) -> None:
    chat.api.write({"says": "Tôi đang", "stops": "pause_turn"}, {"says": "Còn 3 chỗ."})

    assert chat.ask().text == "Còn 3 chỗ."
    assert chat.sent[1]["messages"][-1]["role"] == "assistant"


@pytest.mark.parametrize("reason", ["pause_turn", "tool_use"])
def test_no_message_without_content_is_sent(chat: ModelWorld, reason: str) -> None:
    chat.tools(ToolDouble("seats", {"left": 3}))
    chat.api.write({"stops": reason}, {"says": "Còn 3 chỗ."})

    assert chat.ask().text in ("Còn 3 chỗ.", TEXTS.nothing_said)
    assert all(message["content"] for one in chat.sent for message in one["messages"])


def test_a_turn_that_takes_too_long_ends_before_the_function_does(chat: ModelWorld) -> None:
    def slow(_: object) -> dict[str, int]:
        chat.clock.sleep(90)
        return {"left": 3}

    chat.tools(ToolDouble("seats", slow))
    chat.api.write({"calls": SEATS, "times": 0})

    assert chat.ask().text == TEXTS.out_of_time
    assert len(chat.sent) == 1


def test_no_tool_runs_once_the_time_is_over(chat: ModelWorld) -> None:
    ran: list[object] = []

    def slow(asker: object) -> dict[str, int]:
        ran.append(asker)
        chat.clock.sleep(50)
        return {"left": 3}

    chat.tools(ToolDouble("seats", slow))
    chat.api.write({"calls": SEATS * 5, "times": 0})

    assert chat.ask().text == TEXTS.out_of_time
    assert len(ran) == 2


def test_what_failed_calls_cost_is_counted_all_the_same(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("seats", VaultKeyError("no key")))
    chat.api.write({"calls": SEATS})

    chat.ask()
    assert chat.used() > 0
