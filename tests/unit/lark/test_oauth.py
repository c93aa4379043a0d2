"""Lark's authorisation as the client sees it: what is asked, what comes back, and what a refusal means."""

import json
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.errors import AwsUnavailableError
from larkbridge.http_client import HttpClient
from larkbridge.lark.api_error import GrantEndedError, LarkApiError
from larkbridge.lark.grant_answers import Device, NoRefreshTokenError, Waiting, Who
from larkbridge.lark.oauth import LarkOAuth
from larkbridge.work.outcome import Verdict
from tests.support.clock import SimulatedClock
from tests.support.lark import APP_ID, APP_SECRET, DOMAIN, ScriptedLark, refused

ACCOUNTS = "https://accounts.test"
REDIRECT = "https://api.test/oauth/callback"
TOKENS: dict[str, Any] = {
    "code": "0",
    "access_token": "u-1",
    "expires_in": 7200,
    "refresh_token": "ur-1",
    "refresh_token_expires_in": 604800,
    "token_type": "Bearer",
    "scope": "task:task:read offline_access",
}
ENDED = [20026, 20036, 20037, 20064, 20073, 20074]
ENDED_TOO = [20008, 20021, 20022, 20024, 20035, 20066]
"""Of a refresh: the token is not this app's or serves no more, or its person is gone."""


def oauth(
    lark: ScriptedLark,
    clock: SimulatedClock | None = None,
    app_secret: Callable[[], str | None] = lambda: APP_SECRET,
    app_id: str | None = APP_ID,
) -> LarkOAuth:
    http = HttpClient(lark.network)
    return LarkOAuth(ACCOUNTS, DOMAIN, app_id, app_secret, http, clock or SimulatedClock())


def failed(code: Any, status: int = 400) -> tuple[int, dict[str, Any], dict[str, str]]:
    document = {"code": code, "error": "invalid_grant", "error_description": "no"}
    return status, document, {"x-tt-logid": "log-9"}


def test_the_page_where_a_person_agrees_is_asked_for_the_least_and_a_refresh_token() -> None:
    url = urlsplit(oauth(ScriptedLark()).authorize_url("st.ate", ["task:task:read"], REDIRECT, "chal"))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ACCOUNTS}/open-apis/authen/v1/authorize"
    assert parse_qs(url.query) == {
        "client_id": [APP_ID],
        "response_type": ["code"],
        "redirect_uri": [REDIRECT],
        "scope": ["offline_access task:task:read"],
        "state": ["st.ate"],
        "code_challenge": ["chal"],
        "code_challenge_method": ["S256"],
    }
    assert "+" not in url.query


def test_too_many_scopes_are_never_asked_for() -> None:
    scopes = [f"scope:{number}" for number in range(50)]
    assert refused(lambda: oauth(ScriptedLark()).authorize_url("s", scopes, REDIRECT, "c")).reason == (
        "bad_parameter"
    )


@pytest.mark.parametrize("code", [0, "0"])
def test_a_code_becomes_tokens(code: Any) -> None:
    lark, clock = ScriptedLark(TOKENS | {"code": code}), SimulatedClock()
    pair = oauth(lark, clock).exchange("c-1", REDIRECT, "v" * 43)
    assert pair._asdict() == {
        "access_token": "u-1",
        "expires_at": clock.now() + timedelta(hours=2),
        "refresh_token": "ur-1",
        "refresh_expires_at": clock.now() + timedelta(days=7),
        "scopes": ("task:task:read", "offline_access"),
    }
    (request,) = lark.calls
    assert str(request.url) == f"{DOMAIN}/open-apis/authen/v2/oauth/token"
    assert "authorization" not in request.headers
    assert json.loads(request.content) == {
        "grant_type": "authorization_code",
        "client_id": APP_ID,
        "client_secret": APP_SECRET,
        "code": "c-1",
        "redirect_uri": REDIRECT,
        "code_verifier": "v" * 43,
    }


def test_no_token_is_shown_by_what_holds_it() -> None:
    client = oauth(ScriptedLark(TOKENS))
    assert "u-1" not in repr(client.exchange("c-1", REDIRECT, "v")) + repr(client.refresh("ur-0"))


def test_a_refresh_token_becomes_the_next_pair() -> None:
    lark = ScriptedLark(TOKENS)
    assert oauth(lark).refresh("ur-0").refresh_token == "ur-1"
    assert json.loads(lark.calls[0].content) == {
        "grant_type": "refresh_token",
        "client_id": APP_ID,
        "client_secret": APP_SECRET,
        "refresh_token": "ur-0",
    }


@pytest.mark.parametrize("missing", [{}, {"refresh_token": ""}, {"refresh_token": None}])
def test_a_grant_that_could_not_be_renewed_is_named(missing: dict[str, Any]) -> None:
    answer = {name: value for name, value in TOKENS.items() if not name.startswith("refresh")} | missing
    with pytest.raises(NoRefreshTokenError) as caught:
        oauth(ScriptedLark(answer)).exchange("c-1", REDIRECT, "v")
    assert caught.value.outcome.reason == "no_refresh_token"
    assert "offline_access" in caught.value.hint


def test_a_refresh_that_gives_no_further_refresh_token_loses_no_access_token() -> None:
    answer = {name: value for name, value in TOKENS.items() if not name.startswith("refresh")}
    pair = oauth(ScriptedLark(answer)).refresh("ur-0")
    assert (pair.access_token, pair.refresh_token, pair.refresh_expires_at) == ("u-1", "", None)


@pytest.mark.parametrize("said", [None, 0, -1, "soon", True])
def test_a_refresh_token_of_unknown_life_lives_as_long_as_lark_documents(said: object) -> None:
    clock = SimulatedClock()
    pair = oauth(ScriptedLark(TOKENS | {"refresh_token_expires_in": said}), clock).refresh("ur-0")
    assert pair.refresh_expires_at == clock.now() + timedelta(days=7)


@pytest.mark.parametrize("code", [*ENDED, *ENDED_TOO, *map(str, ENDED)])
def test_a_grant_that_is_over_is_told_apart(code: Any) -> None:
    with pytest.raises(GrantEndedError) as caught:
        oauth(ScriptedLark(failed(code))).refresh("ur-0")
    outcome = caught.value.outcome
    assert (outcome.verdict, outcome.lark_code, outcome.log_id) == (Verdict.REJECT, int(code), "log-9")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        (failed(20050, 500), Verdict.RETRY, "failed"),
        (failed("20072", 503), Verdict.RETRY, "failed"),
        (failed(20002), Verdict.RETRY, "bad_app_credential"),
        (failed(20010), Verdict.RETRY, "app_unavailable"),
        (failed(20070), Verdict.REJECT, "bad_parameter"),
        (failed(987654), Verdict.RETRY, "unknown_code"),
        ((400, {"error": "invalid_grant"}, {}), Verdict.REJECT, "http_400"),
        ((500, b"oops", {}), Verdict.UNKNOWN, "http_500"),
        ((502, b"", {}), Verdict.UNKNOWN, "http_502"),
        ((200, b"<html>", {}), Verdict.UNKNOWN, "incomplete_answer"),
        ({"code": 0}, Verdict.UNKNOWN, "incomplete_answer"),
        ({"code": 0, "data": TOKENS}, Verdict.UNKNOWN, "incomplete_answer"),
        (TOKENS | {"access_token": 7}, Verdict.UNKNOWN, "incomplete_answer"),
        (TOKENS | {"refresh_token": "é"}, Verdict.UNKNOWN, "incomplete_answer"),
        (httpx.ReadTimeout("slow"), Verdict.UNKNOWN, "no_answer"),
    ],
)
def test_a_refresh_that_failed_says_whether_the_token_may_be_spent(
    answer: Any, verdict: Verdict, reason: str
) -> None:
    with pytest.raises(LarkApiError) as caught:
        oauth(ScriptedLark(answer)).refresh("ur-0")
    assert not isinstance(caught.value, GrantEndedError)
    assert (caught.value.outcome.verdict, caught.value.outcome.reason) == (verdict, reason)


@pytest.mark.parametrize("code", [20003, 20004, 20035, 20049, 20065])
def test_a_code_that_does_not_serve_means_another_authorisation(code: int) -> None:
    lark = ScriptedLark(failed(code))
    outcome = refused(lambda: oauth(lark).exchange("c", REDIRECT, "v"))
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECT, "authorization_invalid")


@pytest.mark.parametrize(
    ("code", "reason"),
    [(20027, "scope_not_enabled"), (20068, "scope_not_enabled"), (20029, "redirect_not_registered")],
)
def test_what_the_admin_has_to_mend_is_told_apart_from_what_the_person_does(code: int, reason: str) -> None:
    assert refused(lambda: oauth(ScriptedLark(failed(code))).exchange("c", REDIRECT, "v")).reason == reason


def test_without_the_apps_secret_nothing_is_spent() -> None:
    def unavailable() -> str:
        raise AwsUnavailableError("down")

    lark = ScriptedLark()
    for client in (oauth(lark, app_secret=unavailable), oauth(lark, app_id=None)):
        assert refused(lambda client=client: client.refresh("ur-0")).verdict is Verdict.RETRY
    assert lark.calls == []


def test_a_token_is_revoked_at_the_accounts_domain() -> None:
    lark = ScriptedLark((200, b"", {}))
    oauth(lark).revoke("ur-1", "refresh_token")
    (request,) = lark.calls
    assert str(request.url) == f"{ACCOUNTS}/oauth/v1/revoke"
    assert parse_qs(request.content.decode()) == {
        "client_id": [APP_ID],
        "client_secret": [APP_SECRET],
        "token": ["ur-1"],
        "token_type_hint": ["refresh_token"],
    }


@pytest.mark.parametrize("answer", [(404, b"", {}), {"code": 7, "msg": "x"}, {"error": "invalid_request"}])
def test_a_revocation_that_failed_says_so(answer: Any) -> None:
    refused(lambda: oauth(ScriptedLark(answer)).revoke("ur-1"))


def test_a_device_flow_says_where_the_person_goes() -> None:
    clock = SimulatedClock()
    answer = {
        "device_code": "d-1",
        "user_code": "AB-CD",
        "verification_uri": f"{ACCOUNTS}/device",
        "verification_uri_complete": f"{ACCOUNTS}/device?code=AB-CD",
        "expires_in": 240,
        "interval": 5,
    }
    lark = ScriptedLark(answer)
    device = oauth(lark, clock).start_device(["task:task:read"])
    end = clock.now() + timedelta(seconds=240)
    assert device == Device("d-1", "AB-CD", f"{ACCOUNTS}/device?code=AB-CD", end, 5)
    (request,) = lark.calls
    assert b64decode(request.headers["authorization"].removeprefix("Basic ")).decode() == (
        f"{APP_ID}:{APP_SECRET}"
    )
    assert parse_qs(request.content.decode()) == {
        "client_id": [APP_ID],
        "scope": ["offline_access task:task:read"],
    }


def test_a_device_flow_is_asked_about_until_the_person_has_agreed() -> None:
    lark = ScriptedLark(
        (400, {"code": 20080, "error": "authorization_pending"}, {}),
        (400, {"error": "slow_down"}, {}),
        TOKENS,
    )
    client = oauth(lark)
    assert client.poll_device("d-1") is Waiting.PENDING
    assert client.poll_device("d-1") is Waiting.SLOW_DOWN
    pair = client.poll_device("d-1")
    assert not isinstance(pair, Waiting)
    assert pair.access_token == "u-1"


@pytest.mark.parametrize(
    ("error", "reason"), [("access_denied", "access_denied"), ("expired_token", "device_code_expired")]
)
def test_a_device_flow_ends_when_nobody_agrees(error: str, reason: str) -> None:
    assert refused(lambda: oauth(ScriptedLark((400, {"error": error}, {}))).poll_device("d")).reason == reason


def test_whose_token_it_is() -> None:
    person = {"open_id": "ou_1", "user_id": "an01", "union_id": "on_1", "name": "An", "tenant_key": "t1"}
    lark = ScriptedLark({"code": 0, "data": person | {"avatar_url": "x"}})
    who = oauth(lark).user_info("u-1")
    assert who == Who(**person)
    assert "An" not in repr(who)
    assert lark.calls[0].headers["authorization"] == "Bearer u-1"
    assert lark.credentials == []


@pytest.mark.parametrize("data", [{}, {"open_id": ""}, {"open_id": 7}, {"name": "An"}])
def test_nobody_is_no_person(data: dict[str, Any]) -> None:
    lark = ScriptedLark({"code": 0, "data": data})
    assert refused(lambda: oauth(lark).user_info("u-1")).reason == "incomplete_answer"


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ["code", "error", *TOKENS], st.none() | st.booleans() | st.integers() | st.text() | st.just("0")
        ),
    ),
    st.sampled_from([200, 400, 500, 503]),
)
def test_whatever_is_answered_is_a_pair_or_an_error_of_ours(document: dict[str, Any], status: int) -> None:
    with suppress(LarkApiError):
        assert oauth(ScriptedLark((status, document, {}))).refresh("ur-0").access_token
