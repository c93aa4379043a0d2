"""What Lark is sent, and what each of its answers means for a submission."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.http_client import HttpClient
from larkbridge.targets.lark_form import LarkForm
from larkbridge.work.outcome import Outcome, Verdict
from sandbox.faults import Fault
from sandbox.lark.transport import WorkflowTransport
from sandbox.lark.workflow import ErrorCode, WorkflowTrigger
from tests.support.clock import SimulatedClock
from tests.support.submissions import submission_at

CLOCK = SimulatedClock()
URL = "http://lark.test/base/automation/webhook/event/forms"
PAYLOAD = '{"formType":"hold","studentName":"Nguyễn Minh An"}'
SUBMISSION = replace(submission_at(0), payload=PAYLOAD, client_token="token-1")
OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN


class Lark:
    """A workflow that gives one answer, and what it was asked."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._answer = (status, headers or {}, body)
        self.requests: list[httpx.Request] = []

    def send(self, bearer_token: Callable[[], str | None] = lambda: None) -> Outcome:
        poster = HttpClient(httpx.MockTransport(self._respond))
        return LarkForm(URL, bearer_token, poster, CLOCK, str).send(SUBMISSION)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, headers, body = self._answer
        return httpx.Response(status, headers=headers, content=body)


def answer_to(status: int, body: Any, **headers: str) -> Outcome:
    """Return what becomes of a submission when Lark answers so; an underscore stands for a dash."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Lark(status, sent, named).send()


def failing(error: Exception) -> Callable[[], str | None]:
    def raise_it() -> str | None:
        raise error

    return raise_it


def test_request_is_the_payload_with_token_and_bearer() -> None:
    lark = Lark(200, b'{"code":0}')
    lark.send(lambda: "bearer-1")
    (request,) = lark.requests
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.content == PAYLOAD.encode()
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["client-token"] == "token-1"
    assert request.headers["authorization"] == "Bearer bearer-1"


def test_without_a_bearer_token_no_credential_is_sent() -> None:
    lark = Lark(200, b'{"code":0}')
    lark.send()
    assert "authorization" not in lark.requests[0].headers


def test_current_bearer_token_is_asked_for_each_time() -> None:
    tokens: Iterator[str] = iter(["old", "new"])
    lark = Lark(200, b'{"code":0}')
    for _ in range(2):
        lark.send(lambda: next(tokens))
    assert [one.headers["authorization"] for one in lark.requests] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize(("token", "rate"), [("bearer", 5), ("", 1), (None, 1)])
def test_rate_is_larks_published_one(token: str | None, rate: int) -> None:
    assert LarkForm(URL, lambda: token, HttpClient(), CLOCK, str).requests_per_second() == rate


@pytest.mark.parametrize("url", ["", None])
def test_without_a_url_it_waits(url: str | None) -> None:
    outcome = LarkForm(url, lambda: None, HttpClient(), CLOCK, str).send(SUBMISSION)
    assert (outcome.verdict, outcome.reason) == (RETRY, "url_not_set")
    assert "LARK_FORM_WEBHOOK_URL" in outcome.message


@pytest.mark.parametrize(
    "error", [AwsUnavailableError("secretsmanager: down"), MissingSettingError("no JSON")]
)
def test_without_secrets_it_waits_and_sends_nothing(error: Exception) -> None:
    lark = Lark(200, b'{"code":0}')
    outcome = lark.send(failing(error))
    assert (outcome.verdict, outcome.reason, outcome.message) == (RETRY, "secrets_unavailable", str(error))
    assert lark.requests == []


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        (Fault("down"), RETRY, "not_connected"),
        (Fault("answer_lost"), UNKNOWN, "no_answer"),
        (Fault("slow", delay_seconds=6), UNKNOWN, "no_answer"),
        (Fault("slow", delay_seconds=4), OK, "accepted"),
        (Fault("error_500"), UNKNOWN, "http_500"),
    ],
)
def test_what_never_left_may_go_again_and_what_left_is_unknown(
    fault: Fault, verdict: Verdict, reason: str
) -> None:
    lark = WorkflowTrigger(now=lambda: 0.0)
    lark.faults.set(fault)
    outcome = LarkForm(URL, lambda: None, HttpClient(WorkflowTransport(lark)), CLOCK, str).send(SUBMISSION)
    assert (outcome.verdict, outcome.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        (0, OK, "accepted"),
        (ErrorCode.WORKFLOW_DISABLED, RETRY, "workflow_disabled"),
        (ErrorCode.SELF_CALL_LOOP, REJECT, "self_call_loop"),
        (ErrorCode.BODY_TOO_LARGE, REJECT, "body_too_large"),
        (ErrorCode.BAD_CREDENTIAL, RETRY, "bad_credential"),
        (ErrorCode.IP_NOT_ALLOWED, RETRY, "ip_not_allowed"),
        (ErrorCode.RATE_LIMITED, RETRY, "rate_limited"),
        (ErrorCode.BODY_NOT_JSON, REJECT, "body_not_json"),
        (1, RETRY, "unknown_code"),
        (-1, RETRY, "unknown_code"),
    ],
)
def test_code_decides(code: int, verdict: Verdict, reason: str) -> None:
    outcome = answer_to(200, {"code": code, "msg": "why", "data": {}})
    assert (outcome.verdict, outcome.reason, outcome.lark_code) == (verdict, reason, code)
    assert outcome.message == "why"


@pytest.mark.parametrize("body", [b"", {"code": 1, "msg": "busy"}])
def test_a_503_that_asks_to_wait_is_too_fast_and_any_other_is_not(body: Any) -> None:
    outcome = answer_to(503, body, retry_after="30")
    assert (outcome.verdict, outcome.reason, outcome.retry_after) == (RETRY, "rate_limited", 30)
    assert answer_to(503, body).reason == "http_503"


@pytest.mark.parametrize("code", list(ErrorCode))
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_error_code_counts_whatever_the_status(status: int, code: ErrorCode) -> None:
    with_200, with_status = (answer_to(one, {"code": code, "msg": ""}) for one in (200, status))
    assert with_status.verdict == with_200.verdict != OK
    assert with_status.reason == with_200.reason
    assert with_status.http_status == status


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, UNKNOWN),
        (201, UNKNOWN),
        (204, UNKNOWN),
        (302, RETRY),
        (400, REJECT),
        (401, RETRY),
        (403, RETRY),
        (404, RETRY),
        (405, RETRY),
        (408, RETRY),
        (413, REJECT),
        (415, REJECT),
        (429, RETRY),
        (500, UNKNOWN),
        (502, UNKNOWN),
        (503, RETRY),
        (504, UNKNOWN),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>gateway</html>", b"{}"])
def test_status_decides_where_there_is_no_code(status: int, verdict: Verdict, body: bytes) -> None:
    outcome = answer_to(status, body)
    assert (outcome.verdict, outcome.http_status, outcome.lark_code) == (verdict, status, None)


@pytest.mark.parametrize("status", [201, 302, 400, 404, 429, 500, 503])
def test_code_0_without_200_is_no_success(status: int) -> None:
    assert answer_to(status, {"code": 0, "msg": ""}).verdict != OK


@pytest.mark.parametrize(
    "body",
    [
        {"msg": "no code"},
        {"code": "0"},
        {"code": False},
        {"code": 0.0},
        {"code": None},
        {"code": [0]},
        [{"code": 0}],
        "code 0",
        0,
        None,
        b'{"code":0',
        b'\xff{"code":0}',
        b'{"data":"' + b"a" * 20_000 + b'","code":0}',
        b"[" * 20_000,
        b'{"code":' + b"1" * 5000 + b"}",
    ],
    ids=lambda body: repr(body)[:20],
)
def test_200_without_larks_envelope_is_unknown(body: Any) -> None:
    assert answer_to(200, body).verdict == UNKNOWN


@given(body=st.binary(max_size=100), status=st.integers(200, 599))
@settings(deadline=None, max_examples=100)
def test_any_answer_has_a_verdict_and_only_code_0_is_ok(body: bytes, status: int) -> None:
    assert answer_to(status, body).verdict in (RETRY, REJECT, UNKNOWN)


@pytest.mark.parametrize(("message", "kept"), [("ễ" * 400, "ễ" * 300), (None, ""), (7, "7"), ("", "")])
def test_message_is_kept_and_bounded(message: Any, kept: str) -> None:
    assert answer_to(200, {"code": 1, "msg": message}).message == kept


def test_larks_log_id_is_kept() -> None:
    assert answer_to(200, {"code": 1}, X_Tt_Logid="log-1").log_id == "log-1"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "30"}, 30),
        ({"x_ogw_ratelimit_reset": "7"}, 7),
        ({"Retry_After": "30", "X_Ogw_Ratelimit_Reset": "7"}, 7),
        ({"Retry_After": "30", "x_ogw_ratelimit_reset": ""}, 30),
        ({"Retry_After": "0"}, 0),
        ({}, None),
        ({"Retry_After": "Wed, 21 Oct 2026 07:28:00 GMT", "Date": "Wed, 21 Oct 2026 07:27:55 GMT"}, 5),
        ({"Retry_After": "1.2"}, 2),
        ({"Retry_After": "-1"}, None),
        ({"Retry_After": "1e9"}, None),
        ({"Retry_After": "soon"}, None),
    ],
)
def test_wait_that_lark_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert answer_to(429, b"", **headers).retry_after == seconds
