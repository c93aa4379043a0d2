"""Refusals that say whose turn it is: the administrator's, the person's, or the token's keeper's."""

from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.client import LarkClient
from larkbridge.lark.permissions import (
    AppScopeMissingError,
    NotAgreedError,
    UserTokenInvalidError,
    console_url,
)
from larkbridge.work.outcome import Verdict
from tests.support.lark import Platform, ScriptedLark, lark_client

TASKS = "/task/v2/tasks"
READ = ("task:task:read", "task:task:write")


def answered(code: int, *, as_user: bool = True, error: Any = None) -> LarkApiError:
    document = {"code": code, "msg": "no"} | ({} if error is None else {"error": error})
    lark = ScriptedLark((400, document, {}))
    return failure(lark_client(lark.network), "u-1" if as_user else None)


def failure(client: LarkClient, user_token: str | None) -> LarkApiError:
    with pytest.raises(LarkApiError) as caught:
        client.call("GET", TASKS, user_token=user_token)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        None,
        "x",
        {},
        {"permission_violations": None},
        {"permission_violations": "ab"},
        {"permission_violations": [None, {}, {"subject": 7}, {"subject": "a b"}, {"subject": "<a href=x>"}]},
        {"permission_violations": [{"subject": "x" * 101}]},
    ],
)
def test_scopes_that_are_not_named_are_none(error: Any) -> None:
    denied = answered(99991679, error=error)
    assert isinstance(denied, NotAgreedError)
    assert denied.scopes == ()


def test_scopes_are_named_once_and_not_without_end() -> None:
    subjects = ["task:task:read", "task:task:read", *(f"a:{number}" for number in range(100))]
    violations = [{"subject": subject} for subject in subjects]
    denied = answered(99991679, error={"permission_violations": violations})
    assert isinstance(denied, NotAgreedError)
    assert (denied.scopes[:2], len(denied.scopes)) == (("task:task:read", "a:0"), 50)


@pytest.mark.parametrize("code", [99991663, 99991668, 99991677])
def test_a_persons_token_that_has_ended_is_told_apart_from_the_apps(code: int) -> None:
    assert isinstance(answered(code), UserTokenInvalidError)
    as_app = answered(code, as_user=False)
    assert type(as_app) is LarkApiError
    assert as_app.outcome.verdict is Verdict.RETRY


def test_another_refusal_is_nobodys_turn() -> None:
    assert type(answered(1470403)) is LarkApiError


def test_a_scope_that_is_not_enabled_is_the_administrators_turn() -> None:
    assert isinstance(answered(20027), AppScopeMissingError)


def test_the_administrator_is_sent_to_the_console_of_the_same_domain() -> None:
    lark = Platform()
    token = lark.api.tokens.user_tokens.issue("ou_1", READ)
    lark.api.tokens.user_tokens.app_scopes.difference_update(READ)
    denied = failure(lark.client, token)
    assert isinstance(denied, AppScopeMissingError)
    assert denied.scopes == READ
    url = "https://lark.test/app/cli_test/auth?q=task:task:read,task:task:write&token_type=user"
    assert denied.console_url == url
    assert url in denied.hint
    assert denied.outcome.verdict is Verdict.REJECT


def test_a_person_who_has_not_agreed_is_asked_for_the_scopes() -> None:
    lark = Platform()
    denied = failure(lark.client, lark.api.tokens.user_tokens.issue("ou_1", ["offline_access"]))
    assert isinstance(denied, NotAgreedError)
    assert denied.scopes == READ
    assert (denied.outcome.verdict, denied.outcome.reason) == (Verdict.REJECT, "no_permission")


def test_a_token_is_good_until_it_ends() -> None:
    lark = Platform()
    token = lark.api.tokens.user_tokens.issue("ou_1", READ, 7200)
    assert lark.client.call("GET", TASKS, user_token=token)["items"] == []
    lark.clock.advance(hours=2)
    assert isinstance(failure(lark.client, token), UserTokenInvalidError)


def test_an_app_is_sent_to_its_own_scopes() -> None:
    url = console_url("https://open.feishu.cn/", "cli_a/b", ["im:message"], as_user=False)
    assert url == "https://open.feishu.cn/app/cli_a%2Fb/auth?q=im:message&token_type=tenant"
