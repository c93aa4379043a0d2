"""Calls of Lark's open platform: what is asked, and what each answer means."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.client import LarkClient
from larkbridge.work.outcome import Outcome, Verdict
from sandbox.faults import Fault
from tests.support.lark import APP_SECRET, DOMAIN, Platform, ScriptedLark, lark_client, refused

OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN


def outcome_of(answer: Any) -> Outcome:
    """Return what a call that Lark answers so fails with."""
    return refused(lambda: lark_client(ScriptedLark(answer).network).call("GET", "/x"))


def call(client: LarkClient) -> dict[str, Any]:
    return client.call("GET", "/x")


def test_a_call_is_json_under_open_apis_with_the_apps_token() -> None:
    lark = ScriptedLark({"code": 0, "msg": "success", "data": {"message_id": "om_1"}})
    body = {"text": "Nguyễn & “An”"}
    data = lark_client(lark.network).call("POST", "/im/v1/messages", query={"type": "a b&c"}, body=body)
    assert data == {"message_id": "om_1"}
    (request,) = lark.calls
    assert (request.method, str(request.url)) == ("POST", f"{DOMAIN}/open-apis/im/v1/messages?type=a+b%26c")
    assert request.headers["authorization"] == "Bearer t-1"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(request.content) == body


def test_a_call_without_body_sends_none() -> None:
    lark = ScriptedLark()
    call(lark_client(lark.network))
    assert lark.calls[0].content == b""


def test_a_domain_may_end_in_a_slash() -> None:
    lark = ScriptedLark()
    call(lark_client(lark.network, domain=f"{DOMAIN}/"))
    assert str(lark.calls[0].url) == f"{DOMAIN}/open-apis/x"


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        (99991400, RETRY, "rate_limited"),
        (99991401, RETRY, "ip_not_allowed"),
        (99991662, RETRY, "app_disabled"),
        (99991672, REJECT, "no_permission"),
        (99991679, REJECT, "no_permission"),
        (99992402, REJECT, "bad_parameter"),
        (1254000, REJECT, "bad_body"),
        (1254036, RETRY, "base_copying"),
        (1254040, REJECT, "base_not_found"),
        (1254041, REJECT, "table_not_found"),
        (1254043, REJECT, "record_not_found"),
        (1254045, REJECT, "field_not_found"),
        (1254060, REJECT, "wrong_field_type"),
        (1254069, REJECT, "wrong_field_type"),
        (1254030, REJECT, "answer_too_large"),
        (1254103, REJECT, "table_full"),
        (1254104, REJECT, "batch_too_large"),
        (1254290, RETRY, "rate_limited"),
        (1254291, RETRY, "write_conflict"),
        (1254302, REJECT, "no_permission"),
        (1254607, RETRY, "data_not_ready"),
        (1255002, UNKNOWN, "internal_error"),
        (1255006, REJECT, "client_token_conflict"),
        (1255040, UNKNOWN, "timed_out"),
        (230006, RETRY, "bot_disabled"),
        (230020, RETRY, "rate_limited"),
        (230049, RETRY, "being_sent"),
        (230099, REJECT, "bad_card"),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_the_code_decides_whatever_the_status(code: int, verdict: Verdict, reason: str, status: int) -> None:
    outcome = outcome_of((status, {"code": code, "msg": "why"}, {"X-Tt-Logid": "log-1"}))
    assert (outcome.verdict, outcome.reason, outcome.lark_code) == (verdict, reason, code)
    assert (outcome.http_status, outcome.message, outcome.log_id) == (status, "why", "log-1")


@pytest.mark.parametrize("status", [201, 400, 500])
def test_code_0_without_200_is_no_success(status: int) -> None:
    assert outcome_of((status, {"code": 0}, {})).verdict != OK


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"code":"0"}', b"[]", b'{"code":0'])
def test_200_without_larks_envelope_is_unknown(body: bytes) -> None:
    assert outcome_of((200, body, {})).verdict == UNKNOWN


@pytest.mark.parametrize(("headers", "seconds"), [({"x-ogw-ratelimit-reset": "7"}, 7), ({}, None)])
def test_the_wait_that_lark_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    outcome = outcome_of((429, {"code": 99991400}, headers))
    assert (outcome.throttled, outcome.retry_after) == (True, seconds)


@pytest.mark.parametrize(
    ("error", "verdict", "reason"),
    [
        (httpx.ReadTimeout("slow"), UNKNOWN, "no_answer"),
        (httpx.RemoteProtocolError("closed"), UNKNOWN, "no_answer"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_call_without_an_answer_is_unknown_and_not_repeated(
    method: str, error: Exception, verdict: Verdict, reason: str
) -> None:
    lark = ScriptedLark(error)
    outcome = refused(lambda: lark_client(lark.network).call(method, "/x"))
    assert (outcome.verdict, outcome.reason, len(lark.calls)) == (verdict, reason, 1)


def test_a_call_that_never_left_may_be_made_later() -> None:
    lark = Platform()
    lark.api.faults["messages"].set(Fault("down"))
    outcome = refused(lambda: lark.client.call("POST", "/im/v1/messages"))
    assert (outcome.verdict, outcome.reason) == (RETRY, "not_connected")


@pytest.mark.parametrize("data", [None, [], "x", 7])
def test_an_answer_without_data_is_empty(data: Any) -> None:
    assert call(lark_client(ScriptedLark({"code": 0, "data": data}).network)) == {}


def test_an_answer_is_read_up_to_20_megabytes() -> None:
    lark = ScriptedLark(answer_of(20_000_000))
    assert len(call(lark_client(lark.network))["text"]) > 19_999_000


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_is_longer_is_refused_as_too_large(status: int) -> None:
    outcome = outcome_of((status, answer_of(20_000_001), {"X-Tt-Logid": "log-1"}))
    assert (outcome.verdict, outcome.reason, outcome.log_id) == (REJECT, "answer_too_large", "log-1")
    assert (outcome.http_status, outcome.lark_code) == (status, None)
    assert "20000000" in outcome.message


def test_where_lark_gives_no_words_its_documentation_does() -> None:
    assert outcome_of({"code": 1254045, "msg": ""}).message == "FieldNameNotFound"


def test_the_log_id_is_kept_from_wherever_lark_puts_it() -> None:
    document = {"code": 99991679, "msg": "why", "error": {"log_id": "log-2"}}
    assert outcome_of(document).log_id == "log-2"
    assert outcome_of((400, document, {"X-Tt-Logid": "log-1"})).log_id == "log-1"
    assert outcome_of({"code": 7, "error": "log-3"}).log_id is None


def test_a_call_as_a_user_needs_no_credential_of_the_app() -> None:
    lark = ScriptedLark({"code": 0, "data": {"items": []}})
    client = lark_client(lark.network, app_id=None)
    assert client.call("GET", "/task/v2/tasks", user_token="u-1") == {"items": []}
    assert [request.headers["authorization"] for request in lark.calls] == ["Bearer u-1"]
    assert lark.credentials == []


def test_a_users_token_that_lark_refuses_is_the_callers_to_renew() -> None:
    lark = ScriptedLark({"code": 0}, {"code": 99991668, "msg": "token invalid"}, {"code": 0})
    client = lark_client(lark.network)
    call(client)
    assert refused(lambda: client.call("GET", "/x", user_token="u-1")).reason == "token_invalid"
    call(client)
    assert [request.headers["authorization"] for request in lark.calls] == [
        "Bearer t-1",
        "Bearer u-1",
        "Bearer t-1",
    ]


def answer_of(length: int) -> bytes:
    start, end = b'{"code": 0, "data": {"text": "', b'"}}'
    return start + b"a" * (length - len(start) - len(end)) + end


@given(body=st.binary(max_size=100), status=st.integers(200, 599))
@settings(deadline=None, max_examples=100)
def test_any_answer_has_a_verdict_and_only_code_0_is_ok(body: bytes, status: int) -> None:
    assert outcome_of((status, body, {})).verdict in (RETRY, REJECT, UNKNOWN)


@pytest.mark.parametrize(
    "text", ["\ud800", "\0", '"', "\\", "\u2028", "𝒜", "ế"], ids=lambda text: ascii(text)
)
def test_any_text_can_be_sent(text: str) -> None:
    lark = ScriptedLark()
    lark_client(lark.network).call("POST", "/x", body={"text": text})
    assert json.loads(lark.calls[0].content) == {"text": text}


def test_no_secret_and_no_token_is_in_an_error() -> None:
    for answer in ({"code": 99991663}, httpx.ReadTimeout("slow"), (200, b"", {})):
        lark = ScriptedLark(answer)
        with pytest.raises(LarkApiError) as caught:
            call(lark_client(lark.network))
        text = repr(caught.value) + repr(caught.value.outcome)
        assert APP_SECRET not in text
        assert "t-1" not in text
