"""What an answer of somebody's endpoint means for a delivery."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.http_client import NoAnswerError, NotSentError, Reply
from larkbridge.public_http_client import ForbiddenAddressError
from larkbridge.targets.http_outcome import outcome_of, outcome_of_call
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.clock import SimulatedClock

NOW = SimulatedClock().now()
OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN


def outcome(status: int, body: Any = b"", **headers: str) -> Outcome:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return outcome_of(
        Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, sent), NOW
    )


def outcome_when(error: Exception) -> Outcome:
    def call() -> Reply:
        raise error

    return outcome_of_call(call, SimulatedClock(), forbidden="callback_not_allowed")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, OK) for status in (200, 201, 202, 204)),
        *((status, REJECT) for status in (400, 413, 415)),
        *((status, RETRY) for status in (404, 410, 422)),
        *((status, RETRY) for status in (301, 302, 307, 401, 403, 405, 408, 409, 425, 429)),
        *((status, RETRY) for status in (500, 501, 502, 503, 504, 599)),
    ],
)
def test_status_decides(status: int, verdict: Verdict) -> None:
    assert (outcome(status).verdict, outcome(status).http_status) == (verdict, status)


def test_what_a_receiver_also_answers_while_it_is_deployed_is_a_refusal() -> None:
    refused = {status for status in range(200, 600) if outcome(status).refused}
    assert refused == {404, 410, 422}


def test_only_429_and_a_503_that_asks_to_wait_throttle() -> None:
    assert outcome(429).throttled
    assert outcome(503, retry_after="30").throttled
    assert not outcome(500, retry_after="30").throttled
    assert not any(outcome(status).throttled for status in (200, 400, 500, 503))


@pytest.mark.parametrize(
    ("error", "verdict", "reason"),
    [
        (NotSentError("no route"), RETRY, "not_connected"),
        (NoAnswerError("deadline"), UNKNOWN, "no_answer"),
        (ForbiddenAddressError("is not a public address"), REJECT, "callback_not_allowed"),
        (AwsUnavailableError("secretsmanager: down"), RETRY, "secrets_unavailable"),
        (MissingSettingError("MODELRIVER_API_KEY is not set"), RETRY, "secrets_unavailable"),
    ],
)
def test_what_never_left_may_go_again_and_what_left_is_unknown(
    error: Exception, verdict: Verdict, reason: str
) -> None:
    result = outcome_when(error)
    assert (result.verdict, result.reason, result.http_status) == (verdict, reason, None)
    assert str(error) in result.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "Đã tạo đơn 7"}, "Đã tạo đơn 7"),
        ({"message": "ễ" * 400}, "ễ" * 300),
        ({"message": ["no", "text"]}, ""),
        ({"message": None}, ""),
        (["message"], ""),
        ("message", ""),
        (b"<html>", ""),
        (b"\xff", ""),
        (b"[" * 20_000, ""),
        (b'{"message":"\\ud83d"}', "?"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_message_is_kept_and_bounded(body: Any, message: str) -> None:
    assert outcome(200, body).message == message


@pytest.mark.parametrize(
    ("value", "seconds"), [("30", 30), ("0", 0), ("", None), ("-1", None), ("1e9", None), ("٣", None)]
)
def test_wait_that_is_asked_for_is_read(value: str, seconds: float | None) -> None:
    assert outcome(429, retry_after=value).retry_after == seconds


@given(status=st.integers(200, 599), body=st.binary(max_size=100))
def test_any_answer_has_a_verdict_and_only_2xx_is_ok(status: int, body: bytes) -> None:
    assert (outcome(status, body).verdict == OK) == (200 <= status < 300)
