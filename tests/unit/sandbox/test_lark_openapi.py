from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.faults import Fault
from sandbox.lark.openapi import TOKEN_PATH, OpenApi
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.routing import Router
from sandbox.transport import RouterTransport
from tests.support.lark_calls import CREDENTIAL, MESSAGES, RECORD, TABLE, CalledLark, code

CONTROL = "/_sandbox/lark"


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


@pytest.mark.parametrize("secret", ["s1", "s2"])
def test_a_token_answers_flat(lark: CalledLark, secret: str) -> None:
    document = lark.http.post(TOKEN_PATH, json=CREDENTIAL | {"app_secret": secret}).json()
    token = document.pop("tenant_access_token")
    assert token.startswith("t-")
    assert document == {"code": 0, "msg": "success", "expire": 7200}


@pytest.mark.parametrize(
    ("body", "expected", "words"),
    [
        ({}, 10003, "invalid param"),
        ({"app_id": "cli_a"}, 10003, "invalid param"),
        (CREDENTIAL | {"app_id": "a"}, 10003, "invalid param"),
        (CREDENTIAL | {"app_secret": 1}, 10003, "invalid param"),
        (CREDENTIAL | {"app_secret": "s3"}, 10014, "app secret invalid"),
        (CREDENTIAL | {"app_id": "cli_b"}, 10014, "app id not exists"),
    ],
)
def test_a_wrong_credential_gets_no_token(
    lark: CalledLark, body: dict[str, str], expected: int, words: str
) -> None:
    response = lark.http.post(TOKEN_PATH, json=body)
    assert (response.status_code, response.json()) == (200, {"code": expected, "msg": words})


def test_without_a_secret_configured_no_credential_is_right() -> None:
    api = OpenApi(lambda: 0.0, "cli_a", [])
    with httpx.Client(transport=RouterTransport(Router(api.routes())), base_url="https://lark.test") as http:
        assert code(http.post(TOKEN_PATH, json=CREDENTIAL)) == 10014


def test_a_token_is_the_same_until_half_an_hour_is_left_and_then_both_are_valid(lark: CalledLark) -> None:
    first = lark.token()
    lark.clock.advance(minutes=90)
    still_first = lark.http.post(TOKEN_PATH, json=CREDENTIAL).json()
    lark.clock.advance(seconds=1)
    second = lark.token()
    assert (still_first["tenant_access_token"], still_first["expire"]) == (first, 1800)
    assert second != first
    for token in (first, second):
        lark.headers = {"Authorization": f"Bearer {token}"}
        assert code(lark.send()) == 0


def test_a_token_ends_after_two_hours(lark: CalledLark) -> None:
    lark.clock.advance(hours=2)
    assert (lark.send().status_code, code(lark.send())) == (400, 99991663)


@pytest.mark.parametrize("header", ["Bearer", "Bearer t-x", "Basic x"])
def test_a_wrong_token_is_invalid(lark: CalledLark, header: str) -> None:
    lark.headers = {"Authorization": header}
    assert (lark.call("GET", RECORD).status_code, code(lark.call("GET", RECORD))) == (400, 99991663)


def test_a_missing_token_has_a_code_of_its_own(lark: CalledLark) -> None:
    lark.headers = {}
    assert code(lark.call("PUT", RECORD, {"fields": {}})) == 99991661
    assert code(lark.send()) == 99991661


@pytest.mark.parametrize(("method", "path", "rate"), [("GET", RECORD, 20), ("PUT", RECORD, 50)])
def test_an_api_has_a_rate_of_its_own(lark: CalledLark, method: str, path: str, rate: int) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {})
    responses = [lark.call(method, path, {"fields": {}}) for _ in range(rate + 1)]
    assert [code(one) for one in responses] == [0] * rate + [99991400]
    assert (responses[-1].status_code, responses[-1].headers["x-ogw-ratelimit-reset"]) == (429, "1")
    lark.clock.advance(seconds=1)
    assert code(lark.call(method, path, {"fields": {}})) == 0


@pytest.mark.parametrize(
    ("area", "call"),
    [
        ("token", lambda lark: lark.http.post(TOKEN_PATH, json=CREDENTIAL)),
        ("base", lambda lark: lark.call("PUT", RECORD, {"fields": {}})),
        ("messages", lambda lark: lark.send()),
    ],
)
def test_an_area_fails_alone(lark: CalledLark, area: str, call: Any) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {})
    others = [switch for name, switch in lark.api.faults.items() if not name.startswith(area)]
    for switch in others:
        switch.set(Fault("down"))
    assert code(call(lark)) == 0
    lark.api.faults[area].set(Fault("error_code", code=1254291, times=1))
    assert (call(lark).status_code, code(call(lark))) == (200, 0)
    lark.api.faults[area].set(Fault("error_500", times=1))
    assert call(lark).status_code == 500


def test_every_answer_has_a_log_id_of_its_own(lark: CalledLark) -> None:
    lark.api.faults["messages"].set(Fault("error_500", times=1))
    log_ids = [lark.send().headers["X-Tt-Logid"] for _ in range(8)]
    assert len(set(log_ids)) == 8


@given(body=st.binary(max_size=50))
def test_any_body_is_answered(body: bytes) -> None:
    lark = CalledLark()
    lark.api.bases.put("app1", "tbl1", "rec1", {})
    for method, path in (
        ("POST", TOKEN_PATH),
        ("PUT", RECORD),
        ("POST", f"{TABLE}/records/batch_get"),
        ("POST", f"{TABLE}/records/search"),
        ("POST", f"{MESSAGES}?receive_id_type=open_id"),
    ):
        assert lark.http.request(method, path, content=body, headers=lark.headers).status_code in (200, 400)


def test_a_test_puts_and_reads_records_over_http(sandbox: httpx.Client) -> None:
    path = f"{CONTROL}/base/app1/tbl1/rec1"
    assert sandbox.get(path).status_code == 404
    assert sandbox.put(path, json={"fields": {"a": 1, "b": None}}).json() == {"fields": {"a": 1}}
    assert sandbox.put(path, json={"fields": {"b": 2}}).json() == {"fields": {"a": 1, "b": 2}}
    assert sandbox.put(path, json={"fields": 1}).json()["fields"] == {"fields": "must be a JSON object"}
    assert sandbox.get(path).json() == {"fields": {"a": 1, "b": 2}}


def test_a_test_sees_what_was_written_and_sent_over_http(sandbox: httpx.Client) -> None:
    credential = {"app_id": "cli_local", "app_secret": "a-secret"}
    token = sandbox.post(TOKEN_PATH, json=credential).json()["tenant_access_token"]
    sandbox.headers["Authorization"] = f"Bearer {token}"
    sandbox.put(f"{CONTROL}/base/app1/tbl1/rec1", json={"fields": {"a": None}})
    sandbox.put(RECORD, json={"fields": {"a": "x"}})
    message = {"receive_id": "ou_1", "msg_type": "text", "content": '{"text":"hi"}'}
    sandbox.post(MESSAGES, params={"receive_id_type": "open_id"}, json=message)

    (write,) = sandbox.get(f"{CONTROL}/base/writes").json()["items"]
    assert (write["appToken"], write["tableId"], write["recordId"], write["fields"]) == (
        "app1",
        "tbl1",
        "rec1",
        {"a": "x"},
    )
    (sent,) = sandbox.get(f"{CONTROL}/messages/sent").json()["items"]
    assert (sent["receiveId"], sent["content"]) == ("ou_1", {"text": "hi"})
    for path in ("base/writes", "messages/sent"):
        assert sandbox.delete(f"{CONTROL}/{path}").status_code == 204
        assert sandbox.get(f"{CONTROL}/{path}").json() == {"items": []}


@pytest.mark.parametrize("area", ["token", "base", "messages"])
def test_a_test_switches_each_areas_faults_over_http(sandbox: httpx.Client, area: str) -> None:
    paths = {"token": TOKEN_PATH, "base": f"{TABLE}/records/search", "messages": MESSAGES}
    assert sandbox.put(f"{CONTROL}/{area}/fault", json={"kind": "error_500"}).status_code == 200
    statuses = {name: sandbox.post(path).status_code for name, path in paths.items()}
    assert [name for name, status in statuses.items() if status == 500] == [area]
    assert sandbox.delete(f"{CONTROL}/{area}/fault").status_code == 204
    assert sandbox.post(paths[area]).status_code != 500


def test_a_users_token_is_good_where_an_api_takes_it_and_nowhere_else(lark: CalledLark) -> None:
    token = lark.api.tokens.user_tokens.issue("ou_1", EVERY_SCOPE)
    lark.headers = {"Authorization": f"Bearer {token}"}
    assert code(lark.call("GET", "/open-apis/task/v2/tasks")) == 0
    assert code(lark.send()) == 99991663
    lark.headers = {"Authorization": "Bearer u-2"}
    assert code(lark.call("GET", "/open-apis/task/v2/tasks")) == 99991668


def test_an_error_code_comes_with_larks_words_and_the_status_that_is_asked_for(lark: CalledLark) -> None:
    lark.api.faults["messages"].set(Fault("error_code", code=1254607, status=400, times=1))
    refused = lark.send()
    words = "Data not ready, please try again later"
    assert (refused.status_code, refused.json()) == (400, {"code": 1254607, "msg": words})
    lark.api.faults["messages"].set(Fault("error_code", code=987654))
    assert lark.send().json() == {"code": 987654, "msg": "error"}
