"""Calls of tools: every one has a result, and a person who has to act hears how."""

from typing import Any

import pytest

from larkbridge.agent.chat_texts import VI
from larkbridge.agent.model.model_texts import model_texts
from larkbridge.agent.tools.tool import Result, ToolError
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.permissions import AppScopeMissingError, NotAgreedError, UserTokenInvalidError
from larkbridge.routes import Scope
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.vault.refusals import NotConnectedError, ReconnectError, VaultKeyError
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.chat_documents import CHAT
from tests.support.chat_turns import said, said_in_group
from tests.support.model_world import CALENDAR, FIRST_SCOPES, LINK, ModelWorld, ToolDouble, call, lark_error

TEXTS = model_texts(VI)
REFUSED = Outcome(verdict=Verdict.REJECT, reason="no_permission", lark_code=99991672)
CONSOLE = "https://open.larksuite.com/app/cli_1/auth?q=task:task:read"


@pytest.mark.parametrize(
    "error",
    [
        NotConnectedError(),
        NotAgreedError(REFUSED, (CALENDAR, "calendar:calendar")),
    ],
    ids=lambda one: type(one).__name__,
)
def test_who_must_agree_first_gets_a_link_privately_and_nothing_else_happens(
    chat: ModelWorld, error: Exception
) -> None:
    events, seats = ToolDouble("events", error, lark_scopes=(CALENDAR,)), ToolDouble("seats", {"left": 3})
    chat.tools(events, seats)
    chat.api.write({"calls": [call("events", name="M3A"), call("seats", name="M3A")]})
    turn = said_in_group("Lịch?")

    answer = chat.ask(turn=turn)

    assert (answer.text, answer.private) == (VI.connect.format(link=LINK), True)
    assert chat.asked == [(turn, {*FIRST_SCOPES, CALENDAR})]
    assert (seats.ran, chat.remembered(turn)) == ([], [])


@pytest.mark.parametrize(
    ("reason", "why"),
    [("answer_lost", VI.reasons["answer_lost"]), ("refresh_token_invalid", VI.other_reason)],
)
def test_whose_connection_is_lost_is_told_why_and_asked_by_nobody_else(
    chat: ModelWorld, reason: str, why: str
) -> None:
    chat.tools(ToolDouble("events", ReconnectError(reason), lark_scopes=(CALENDAR,)))
    chat.api.write({"calls": [call("events", name="M3A")]})
    turn = said_in_group("Lịch?")

    answer = chat.ask(turn=turn)

    assert answer.private
    assert answer.text == f"{VI.lost_before.format(reason=why)}\n\n{VI.connect.format(link=LINK)}"
    assert chat.vault.asked == [(Owner(LARK_USER, turn.open_id), turn.known_by)]


def test_a_tool_that_does_not_say_what_it_needs_asks_for_what_lark_names_first(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("events", NotAgreedError(REFUSED, (CALENDAR, "calendar:calendar"))))
    chat.api.write({"calls": [call("events", name="M3A")]})

    chat.ask()

    assert chat.asked[0][1] == {*FIRST_SCOPES, CALENDAR}


def test_what_an_administrator_must_switch_on_is_said_with_the_place(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("tasks", AppScopeMissingError(REFUSED, ["task:task:read"], CONSOLE)))
    chat.api.write({"calls": [call("tasks", name="M3A")]})

    assert chat.ask().text == TEXTS.scope_missing.format(link=CONSOLE)
    assert chat.asked == []


def test_a_vault_that_cannot_be_opened_is_said_plainly(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("tasks", VaultKeyError("no key")))
    chat.api.write({"calls": [call("tasks", name="M3A")]})

    assert chat.ask().text == TEXTS.vault_broken


def test_a_tool_acts_with_the_token_of_who_asks(chat: ModelWorld) -> None:
    events = ToolDouble("events", lambda asker: {"with": asker.user_token()})
    chat.tools(events)
    chat.api.write({"round": 0, "calls": [call("events", name="M3A")]}, {"says": "Không có lịch."})

    chat.ask(turn=said("?", open_id="ou_asker"))

    assert chat.results()[0]["content"] == '{"with":"token of ou_asker"}'


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        ([call("delete_everything", name="M3A")], "There is no tool delete_everything"),
        ([call("seats")], "name: Field required"),
        ([call("seats", name="M3A", others=True)], "others: Extra inputs are not permitted"),
        ([call("seats", name="x")], "at least 2 characters"),
        ([call("seats", name=["M3A"])], "name: Input should be a valid string"),
    ],
    ids=["unknown", "missing", "extra", "short", "type"],
)
def test_a_wrong_call_is_a_result_that_the_model_can_read(
    chat: ModelWorld, calls: list[dict[str, Any]], told: str
) -> None:
    seats = ToolDouble("seats", {"left": 3})
    chat.tools(seats)
    chat.api.write({"round": 0, "calls": calls}, {"says": "Bạn hỏi lớp nào?"})

    assert chat.ask().text == "Bạn hỏi lớp nào?"
    assert seats.ran == []
    (result,) = chat.results()
    assert result["is_error"] is True
    assert told in result["content"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ToolError("There is no class M9."), "There is no class M9."),
        (lark_error("event_not_found"), "Lark did not do it"),
        (lark_error("rate_limited", Verdict.RETRY), "may work later"),
        (UserTokenInvalidError(REFUSED), "Lark did not do it"),
        (AwsUnavailableError("dynamodb get_item: X"), "cannot be reached"),
        (ValueError("bad date"), "did not work"),
        (lambda _: {object()}, "did not work"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else None,
)
def test_a_tool_that_fails_does_not_keep_the_others_from_running(
    chat: ModelWorld, error: Any, told: str
) -> None:
    broken, seats = ToolDouble("broken", error), ToolDouble("seats", {"left": 3})
    chat.tools(broken, seats)
    chat.api.write(
        {"round": 0, "calls": [call("broken", name="M3A"), call("seats", name="M3A")]},
        {"says": "Còn 3 chỗ."},
    )

    assert chat.ask().text == "Còn 3 chỗ."
    failed, found = chat.results()
    assert (failed["is_error"], told in failed["content"]) == (True, True)
    assert ("is_error" in found, found["content"]) == (False, '{"left":3}')


def test_a_defect_of_a_tool_is_logged_as_one(chat: ModelWorld, caplog: pytest.LogCaptureFixture) -> None:
    chat.tools(ToolDouble("seats", ValueError("Khám răng")))
    chat.api.write({"round": 0, "calls": [call("seats", name="M3A")]}, {"says": "Tôi không xem được."})

    chat.ask()

    (record,) = [record for record in caplog.records if record.message == "tool crashed"]
    assert (record.levelname, record.__dict__["error"]) == ("ERROR", "ValueError")
    assert "Khám" not in caplog.text


def test_half_a_character_that_somebody_wrote_does_not_cost_the_answer(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("seats", {"title": "Họp \ud83d"}))
    chat.api.write({"round": 0, "calls": [call("seats", name="M3A")]}, {"says": "Có họp."})

    assert chat.ask().text == "Có họp."
    assert chat.results()[0]["content"] == '{"title":"Họp ?"}'


@pytest.mark.parametrize(
    ("of_tool", "staff_chats", "is_private"),
    [
        ({"needs": Scope.RETRY}, (), True),
        ({"lark_scopes": (CALENDAR,)}, (), True),
        ({"needs": Scope.RETRY}, (CHAT,), False),
        ({}, (), False),
    ],
    ids=["the centre's", "the person's", "among staff", "what day it is"],
)
def test_why_it_failed_is_for_who_asked(
    chat: ModelWorld, of_tool: dict[str, Any], staff_chats: tuple[str, ...], is_private: bool
) -> None:
    chat.scopes, chat.staff_chats = frozenset({Scope.RETRY}), staff_chats
    chat.tools(ToolDouble("retry", ToolError("This form is in the state 'sent'."), **of_tool))
    chat.api.write({"round": 0, "calls": [call("retry", name="M3A")]}, {"says": "Đã gửi rồi."})
    turn = said_in_group("Gửi lại")

    assert chat.ask(turn=turn).private is is_private
    assert bool(chat.remembered(turn)) is not is_private


def test_calls_of_one_turn_run_in_their_order(chat: ModelWorld) -> None:
    order: list[str] = []
    doubles = [
        ToolDouble(name, lambda _, name=name: order.append(name) or {"done": name})
        for name in ("a1", "b2", "c3")
    ]
    chat.tools(*doubles)
    chat.api.write(
        {"round": 0, "calls": [call("c3", name="xx"), call("a1", name="xx"), call("b2", name="xx")]},
        {"says": "Xong."},
    )

    chat.ask()

    assert order == ["c3", "a1", "b2"]
    assert [one["content"] for one in chat.results()] == ['{"done":"c3"}', '{"done":"a1"}', '{"done":"b2"}']


def test_of_very_many_calls_at_once_the_rest_is_not_run_and_said_so(chat: ModelWorld) -> None:
    seats = ToolDouble("seats", {"left": 3})
    chat.tools(seats)
    chat.api.write({"round": 0, "calls": [call("seats", name="M3A")] * 30}, {"says": "Còn 3 chỗ."})

    assert chat.ask().text == "Còn 3 chỗ."
    results = chat.results()
    assert (len(seats.ran), len(results)) == (10, 30)
    assert all(one["is_error"] and "Not run" in one["content"] for one in results[10:])


def test_one_turn_shows_few_cards(chat: ModelWorld) -> None:
    wrong, asks = (
        ToolDouble("broken", ToolError("No."), asks=True),
        ToolDouble("create", {"asked": 1}, asks=True),
    )
    chat.tools(wrong, asks, ToolDouble("seats", {"left": 3}))
    chat.api.write(
        {"round": 0, "calls": [call("broken", name="M3A"), *[call("create", name="M3A")] * 2]},
        {"round": 1, "calls": [*[call("create", name="M3A")] * 3, call("seats", name="M3A")]},
        {"says": "Tôi đã gửi 3 thẻ."},
    )

    chat.ask()

    assert len(asks.ran) == 3
    assert ["Not asked" in one["content"] for one in chat.results()] == [False, True, True, False]


def test_without_the_right_nothing_is_read(chat: ModelWorld) -> None:
    forms = ToolDouble("forms", {"count": 7}, needs=Scope.READ)
    chat.tools(forms)
    chat.api.write(
        {"round": 0, "calls": [call("forms", name="M3A")], "times": 2},
        {"says": "Bạn chưa có quyền.", "times": 2},
    )

    chat.ask()
    assert (forms.ran, chat.results()[0]["is_error"]) == ([], True)

    chat.scopes = frozenset({Scope.READ})
    chat.ask(turn=said("?", message_id="om_2"))
    assert len(forms.ran) == 1


def test_phones_and_addresses_of_others_are_hidden_from_the_model(chat: ModelWorld) -> None:
    rows = {"rows": ["0912345678", "+84 987 654 321", "an@example.org", {"phone": 84_900_000_001}]}
    chat.tools(ToolDouble("rows", rows))
    chat.api.write({"round": 0, "calls": [call("rows", name="M3A")]}, {"says": "Có 4 dòng."})

    chat.ask("Phụ huynh 0987 654 321 đã gửi phiếu chưa?")

    (result,) = chat.results()
    assert result["content"] == '{"rows":["•••","+84 987 654 321","•••",{"phone":•••}]}'


def test_a_result_that_is_too_long_is_said_to_be_partial(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("rows", {"rows": ["x" * 100] * 1_000}))
    chat.api.write({"round": 0, "calls": [call("rows", name="M3A")]}, {"says": "Nhiều quá."})

    chat.ask()

    (result,) = chat.results()
    assert len(result["content"]) < 31_000
    assert "partial" in result["content"][-80:]


def test_what_is_personal_is_answered_privately_and_no_group_remembers_it(chat: ModelWorld) -> None:
    chat.tools(ToolDouble("events", Result({"events": ["Khám răng"]}, personal=True)))
    chat.api.write(
        {"when": "lịch", "round": 0, "calls": [call("events", name="M3A")], "times": 2},
        {"when": "lịch", "round": 1, "says": "Bạn có lịch khám răng.", "times": 2},
        {"when": "chào", "says": "Chào bạn."},
    )
    group, alone = said_in_group("Lịch của tôi?"), said("Lịch của tôi?", message_id="om_2")

    assert chat.ask("Lịch của tôi?", group).private
    assert chat.ask("Lịch của tôi?", alone).private
    assert chat.remembered(group) == []
    assert len(chat.remembered(alone)) == 4

    assert not chat.ask("Chào bạn", said_in_group("Chào bạn", message_id="om_3")).private
    assert "răng" not in str(chat.sent[-1])
