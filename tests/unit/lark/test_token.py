"""The app's tenant token: asked for when it is needed, kept, shared and replaced."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest

from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.lark.base import Base
from larkbridge.lark.client import LarkClient
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from tests.support.clock import SimulatedClock
from tests.support.lark import APP_ID, APP_SECRET, DOMAIN, Platform, ScriptedLark, lark_client, refused

RETRY = Verdict.RETRY
TOKEN_CODES = [99991661, 99991663, 99991664, 99991665, 99991668, 99991671, 99991677]


def call(client: LarkClient) -> dict[str, Any]:
    return client.call("GET", "/x")


def bearers(lark: ScriptedLark) -> list[str]:
    return [request.headers["authorization"] for request in lark.calls]


def test_a_token_is_asked_for_with_the_apps_credential() -> None:
    lark = ScriptedLark()
    call(lark_client(lark.network))
    (request,) = lark.credentials
    assert (request.method, str(request.url)) == (
        "POST",
        f"{DOMAIN}/open-apis/auth/v3/tenant_access_token/internal",
    )
    assert json.loads(request.content) == {"app_id": APP_ID, "app_secret": APP_SECRET}
    assert "authorization" not in request.headers


def test_a_token_is_kept_until_ten_minutes_before_its_end() -> None:
    lark, clock = ScriptedLark(), SimulatedClock()
    client = lark_client(lark.network, clock)
    for seconds in (0, 6599, 1, 6599):
        clock.advance(seconds=seconds)
        call(client)
    assert bearers(lark) == ["Bearer t-1", "Bearer t-1", "Bearer t-2", "Bearer t-2"]
    assert len(lark.credentials) == 2


@pytest.mark.parametrize("expire", [600, 0, -1, -(10**30)])
def test_a_token_that_is_about_to_end_is_used_once(expire: int) -> None:
    lark = ScriptedLark(token_answer={"code": 0, "tenant_access_token": "t-x", "expire": expire})
    client = lark_client(lark.network)
    call(client)
    call(client)
    assert len(lark.credentials) == 2


def test_a_token_is_never_kept_longer_than_lark_keeps_any() -> None:
    lark = ScriptedLark(token_answer={"code": 0, "tenant_access_token": "t-x", "expire": 10**30})
    clock = SimulatedClock()
    client = lark_client(lark.network, clock)
    call(client)
    clock.advance(seconds=6600)
    call(client)
    assert len(lark.credentials) == 2


@pytest.mark.parametrize("code", TOKEN_CODES)
def test_a_call_refused_for_its_token_is_made_again_with_a_new_one(code: int) -> None:
    lark = ScriptedLark((400, {"code": code, "msg": "token"}, {}), {"code": 0, "data": {"a": 1}})
    assert call(lark_client(lark.network)) == {"a": 1}
    assert bearers(lark) == ["Bearer t-1", "Bearer t-2"]


@pytest.mark.parametrize("code", TOKEN_CODES)
def test_a_call_refused_for_two_tokens_waits(code: int) -> None:
    lark = ScriptedLark({"code": code, "msg": "token"})
    outcome = refused(lambda: call(lark_client(lark.network)))
    assert (outcome.verdict, outcome.reason) == (RETRY, "token_invalid")
    assert (len(lark.calls), len(lark.credentials)) == (2, 2)


@pytest.mark.parametrize("code", [99991672, 99991676, 99991679, 99991400, 1254291, 7])
def test_a_call_refused_for_anything_else_is_made_once(code: int) -> None:
    lark = ScriptedLark({"code": code})
    refused(lambda: call(lark_client(lark.network)))
    assert (len(lark.calls), len(lark.credentials)) == (1, 1)


def test_a_token_that_lark_takes_back_is_replaced() -> None:
    lark = Platform()
    lark.api.bases.put("app1", "tbl1", "rec1", {"Tên": "An"})
    table = Base(lark.client).table("app1", "tbl1")
    before = table.get_one("rec1")
    lark.api.tokens.revoke()
    assert table.get_one("rec1") == before
    assert before.fields == {"Tên": "An"}


def test_calls_at_once_share_one_token() -> None:
    lark = ScriptedLark()
    client = lark_client(lark.network)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: call(client), range(24)))
    assert (len(lark.calls), len(lark.credentials)) == (24, 1)


def test_calls_at_once_replace_a_refused_token_once() -> None:
    all_refused = Barrier(4, timeout=5)

    def answer(request: httpx.Request) -> dict[str, Any]:
        if request.headers["authorization"] != "Bearer t-1":
            return {"code": 0}
        all_refused.wait()
        return {"code": 99991663}

    lark = ScriptedLark(answer)
    client = lark_client(lark.network)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: call(client), range(4)))
    assert (len(lark.calls), len(lark.credentials)) == (8, 2)


@pytest.mark.parametrize(("app_id", "app_secret"), [(None, "s"), ("", "s"), ("a", None), ("a", "")])
def test_without_the_apps_credential_it_waits_and_asks_nothing(
    app_id: str | None, app_secret: str | None
) -> None:
    lark = ScriptedLark()
    client = lark_client(lark.network, app_id=app_id, app_secret=lambda: app_secret)
    outcome = refused(lambda: call(client))
    assert (outcome.verdict, outcome.reason) == (RETRY, "app_not_set")
    assert "LARK_APP_ID" in outcome.message
    assert lark.calls == lark.credentials == []


@pytest.mark.parametrize("error", [AwsUnavailableError("down"), MissingSettingError("no JSON")])
def test_without_secrets_it_waits_and_asks_nothing(error: Exception) -> None:
    def unavailable() -> str:
        raise error

    lark = ScriptedLark()
    outcome = refused(lambda: call(lark_client(lark.network, app_secret=unavailable)))
    assert (outcome.verdict, outcome.reason, outcome.message) == (RETRY, "secrets_unavailable", str(error))
    assert lark.calls == lark.credentials == []


@pytest.mark.parametrize(
    ("token_answer", "reason"),
    [
        ({"code": 99991543, "msg": "app_id or app_secret is invalid"}, "bad_app_credential"),
        ({"code": 10003, "msg": "invalid param"}, "bad_app_credential"),
        ({"code": 10014, "msg": "app secret invalid"}, "bad_app_credential"),
        ((429, {"code": 99991400}, {}), "rate_limited"),
        ((400, b"", {}), "http_400"),
        ((500, b"", {}), "http_500"),
        (httpx.ReadTimeout("slow"), "no_answer"),
        ({"code": 0}, "no_token"),
        ({"code": 0, "tenant_access_token": "", "expire": 7200}, "no_token"),
        ({"code": 0, "tenant_access_token": "t-é", "expire": 7200}, "no_token"),
        ({"code": 0, "tenant_access_token": 7, "expire": 7200}, "no_token"),
        ({"code": 0, "tenant_access_token": "t-1", "expire": "7200"}, "no_token"),
        ({"code": 0, "data": {"tenant_access_token": "t-1", "expire": 7200}}, "no_token"),
    ],
)
def test_without_a_token_the_call_is_not_made_and_may_be_made_later(token_answer: Any, reason: str) -> None:
    lark = ScriptedLark(token_answer=token_answer)
    outcome = refused(lambda: call(lark_client(lark.network)))
    assert (outcome.verdict, outcome.reason) == (RETRY, reason)
    assert lark.calls == []


def test_a_failed_token_is_asked_for_again() -> None:
    lark = Platform()
    lark.api.faults["token"].set(Fault("error_500", times=1))
    assert refused(lambda: call(lark.client)).reason == "http_500"
    assert refused(lambda: call(lark.client)).reason == "http_404"
