"""What an answer of Lark means, and what a person is told of it."""

import pytest

from larkbridge.lark.api_error import LarkApiError, error_of
from larkbridge.lark.error_codes import HTTP_STATUSES, ROW_REASONS, Meaning, known_codes, meaning_of
from larkbridge.lark.hints import HINTS
from larkbridge.work.outcome import Outcome, Verdict

OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN
UNLISTED = 987_654


def hint(reason: str, code: int | None = None, log_id: str | None = None) -> str:
    return LarkApiError(Outcome(verdict=RETRY, reason=reason, lark_code=code, log_id=log_id)).hint


@pytest.mark.parametrize("text", HINTS.values())
def test_a_hint_is_a_sentence(text: str) -> None:
    assert text[0].isupper()
    assert text.endswith(".")


def test_an_error_has_the_hint_of_its_reason() -> None:
    assert "scope" in error_of(Outcome(verdict=REJECT, reason="no_permission")).hint
    assert "passes" in hint("http_502")


def test_a_list_of_addresses_is_told_what_lambda_can_do() -> None:
    assert "no fixed addresses" in hint("ip_not_allowed")
    assert "Elastic IP" in hint("ip_not_allowed")


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 429, 500, 503])
def test_a_code_in_no_list_has_a_hint_that_names_it(status: int) -> None:
    reason = meaning_of(status, UNLISTED).reason
    assert str(UNLISTED) in hint(reason, UNLISTED, "log-7")
    assert "log-7" in hint(reason, UNLISTED, "log-7")
    assert str(UNLISTED) not in hint(reason)


def test_a_listed_code_is_not_to_be_looked_up() -> None:
    assert hint("no_permission", 91403, "log-7") == HINTS["no_permission"]


def test_only_a_refusal_is_the_fault_of_one_row() -> None:
    known = [*known_codes().values(), *HTTP_STATUSES.values()]
    assert {meaning.verdict for meaning in known if meaning.reason in ROW_REASONS} == {REJECT}


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
        (20074, REJECT, "refresh_disabled"),
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
        (200, UNLISTED, Meaning(RETRY, "unknown_code")),
        (400, UNLISTED, Meaning(RETRY, "unknown_code")),
        (401, UNLISTED, Meaning(RETRY, "http_401")),
        (403, UNLISTED, Meaning(RETRY, "http_403")),
        (404, UNLISTED, Meaning(RETRY, "http_404")),
        (413, UNLISTED, Meaning(REJECT, "body_too_large")),
        (429, UNLISTED, Meaning(RETRY, "rate_limited")),
        (500, UNLISTED, Meaning(UNKNOWN, "http_500")),
        (503, UNLISTED, Meaning(RETRY, "http_503")),
    ],
)
def test_without_a_listed_code_the_status_decides(status: int, code: int | None, meaning: Meaning) -> None:
    assert meaning_of(status, code) == meaning
