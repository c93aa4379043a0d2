"""The one table of Lark's error codes, its reasons and what a person is told."""

import pytest

from larkbridge.lark import errors
from larkbridge.lark.codes import CODES, HTTP_STATUSES, ROW_REASONS, Meaning
from larkbridge.lark.errors import LarkApiError, error_of, meaning_of
from larkbridge.lark.hints import HINTS
from larkbridge.outcome import Outcome, Verdict

OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN

PASSING = {"being_sent", "data_not_ready", "failed", "rate_limited", "unknown_code"}
"""What needs only patience."""

OURS = {
    "bad_body",
    "bad_card",
    "bad_client_token",
    "bad_field_names",
    "bad_filter",
    "bad_parameter",
    "batch_too_large",
    "body_not_json",
    "body_too_large",
    "card_token_invalid",
    "card_token_spent",
    "client_token_conflict",
    "message_recalled",
    "message_too_long",
    "self_call_loop",
}
"""What no setting in Lark changes."""

MADE_BEFORE_A_CALL = {"app_not_set", "url_not_set"}

MADE_BY_TABLE_SYNC = {"columns_drifted", "creation_doubtful", "nothing_visible", "place_changed"}

KNOWN = [meaning for table in (CODES, HTTP_STATUSES) for meaning in table.values()]


def test_every_reason_that_a_person_can_mend_has_a_hint_and_no_other() -> None:
    failed = {
        meaning.reason
        for meaning in KNOWN
        if meaning.verdict in (RETRY, REJECT) and not meaning.reason.startswith("http_")
    }
    assert set(HINTS) == failed - PASSING - OURS | MADE_BEFORE_A_CALL | MADE_BY_TABLE_SYNC


@pytest.mark.parametrize("hint", HINTS.values())
def test_a_hint_is_a_sentence(hint: str) -> None:
    assert hint[0].isupper()
    assert hint.endswith(".")


def test_an_error_has_the_hint_of_its_reason() -> None:
    outcome = Outcome(verdict=REJECT, reason="no_permission")
    assert "scope" in error_of(outcome).hint
    assert LarkApiError(Outcome(verdict=RETRY, reason="http_502")).hint == ""


def test_every_reason_with_a_name_is_in_the_table() -> None:
    named = [
        value for name, value in vars(errors).items() if name.isupper() and type(value) in (str, frozenset)
    ]
    reasons = {one for value in named for one in ([value] if isinstance(value, str) else value)}
    assert reasons <= {meaning.reason for meaning in KNOWN}


def test_only_a_refusal_is_the_fault_of_one_row() -> None:
    assert {meaning.verdict for meaning in KNOWN if meaning.reason in ROW_REASONS} == {REJECT}


@pytest.mark.parametrize("code", [20064, 20073, 20026, 20037, 99991669])
def test_a_refresh_token_that_has_ended_is_never_tried_again(code: int) -> None:
    assert meaning_of(400, code).verdict is REJECT
    assert meaning_of(400, code).reason == "refresh_token_invalid"


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        (1254002, RETRY, "failed"),
        (1254608, RETRY, "write_conflict"),
        (1254303, REJECT, "wrong_field_type"),
        (1254106, REJECT, "cell_too_large"),
        (1254073, REJECT, "wrong_field_type"),
        (1255003, UNKNOWN, "internal_error"),
        (1069601, UNKNOWN, "internal_error"),
        (1069603, REJECT, "no_permission"),
        (1069604, REJECT, "base_not_found"),
        (190004, RETRY, "rate_limited"),
        (190005, RETRY, "rate_limited"),
        (190010, RETRY, "rate_limited"),
        (191000, REJECT, "calendar_not_found"),
        (191002, REJECT, "no_permission"),
        (1470404, REJECT, "task_not_found"),
        (1470500, UNKNOWN, "internal_error"),
        (300030, REJECT, "card_token_spent"),
        (300040, REJECT, "card_token_spent"),
        (200310, REJECT, "card_of_another_app"),
        (20050, RETRY, "failed"),
        (20074, RETRY, "refresh_disabled"),
    ],
)
def test_codes_of_every_area_are_known(code: int, verdict: Verdict, reason: str) -> None:
    meaning = meaning_of(200, code)
    assert (meaning.verdict, meaning.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (200, 0, Meaning(OK, "accepted")),
        (500, 0, Meaning(UNKNOWN, "http_500")),
        (400, 0, Meaning(REJECT, "http_400")),
        (404, None, Meaning(RETRY, "http_404")),
        (200, None, Meaning(UNKNOWN, "http_200")),
        (504, None, Meaning(UNKNOWN, "http_504")),
        (400, 7, Meaning(RETRY, "unknown_code")),
    ],
)
def test_without_a_code_the_status_decides(status: int, code: int | None, meaning: Meaning) -> None:
    assert meaning_of(status, code) == meaning
