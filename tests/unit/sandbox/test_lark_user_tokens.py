from typing import Any

import httpx
import pytest

from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.lark.user_tokens import UserTokens
from tests.support.clock import SimulatedClock
from tests.support.lark_calls import CalledLark, code

CONTROL = "/_sandbox/lark"
TASKS = "/open-apis/task/v2/tasks"


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def tokens(clock: SimulatedClock) -> UserTokens:
    return UserTokens(clock.timestamp)


def as_person(lark: CalledLark, *scopes: str) -> httpx.Response:
    token = lark.api.tokens.user_tokens.issue("ou_1", scopes)
    return lark.http.get(TASKS, headers={"Authorization": f"Bearer {token}"})


def test_a_token_that_never_was_belongs_to_nobody(tokens: UserTokens) -> None:
    assert tokens.grant_of("u-x") is None
    tokens.revoke("u-x")


def test_a_token_is_its_owners_until_its_end(tokens: UserTokens, clock: SimulatedClock) -> None:
    token = tokens.issue("ou_1", frozenset({"task:task:read"}), 7200)
    assert token.startswith("u-")
    clock.advance(seconds=7199)
    assert tokens.grant_of(token) == ("ou_1", frozenset({"task:task:read"}))
    clock.advance(seconds=1)
    assert tokens.grant_of(token) is None


def test_a_token_ends_when_it_is_revoked_or_a_while_later(tokens: UserTokens, clock: SimulatedClock) -> None:
    token, replaced = (tokens.issue("ou_1", frozenset(), 7200) for _ in range(2))
    tokens.revoke(token)
    tokens.revoke(replaced, after=60)
    assert tokens.grant_of(token) is None
    assert tokens.grant_of(replaced) is not None
    clock.advance(seconds=60)
    assert tokens.grant_of(replaced) is None


def test_all_tokens_of_a_person_end_together_and_nobody_elses(tokens: UserTokens) -> None:
    first, second, other = (tokens.issue(owner, frozenset()) for owner in ("ou_1", "ou_1", "ou_2"))
    tokens.revoke_all("ou_1")
    assert [tokens.grant_of(token) is None for token in (first, second, other)] == [True, True, False]


def test_one_of_the_scopes_of_an_api_is_enough() -> None:
    lark = CalledLark()
    assert [code(as_person(lark, scope)) for scope in ("task:task:read", "task:task:write")] == [0, 0]


def test_a_person_who_has_not_agreed_is_told_apart_from_an_app_without_the_scope() -> None:
    lark = CalledLark()
    refused = as_person(lark, "offline_access")
    assert (refused.status_code, code(refused)) == (400, 99991679)
    violations = refused.json()["error"]["permission_violations"]
    assert [one["subject"] for one in violations] == ["task:task:read", "task:task:write"]
    lark.api.tokens.user_tokens.app_scopes -= {"task:task:read", "task:task:write"}
    refused = as_person(lark, "task:task:read")
    assert (refused.status_code, code(refused)) == (400, 99991672)
    violations = refused.json()["error"]["permission_violations"]
    assert [one["subject"] for one in violations] == ["task:task:read", "task:task:write"]


def test_tokens_and_scopes_are_handed_out_over_http(sandbox: httpx.Client) -> None:
    body = {"openId": "ou_1", "scopes": ["task:task:read"], "seconds": 60}
    token = sandbox.put(f"{CONTROL}/user-tokens", json=body).json()["accessToken"]
    headers = {"Authorization": f"Bearer {token}"}
    assert code(sandbox.get(TASKS, headers=headers)) == 0
    sandbox.put(f"{CONTROL}/app-scopes", json={"scopes": []})
    assert sandbox.get(f"{CONTROL}/app-scopes").json() == {"items": []}
    assert code(sandbox.get(TASKS, headers=headers)) == 99991672
    sandbox.delete(f"{CONTROL}/app-scopes")
    assert set(sandbox.get(f"{CONTROL}/app-scopes").json()["items"]) == EVERY_SCOPE
    assert code(sandbox.get(TASKS, headers=headers)) == 0
    assert sandbox.delete(f"{CONTROL}/user-tokens/ou_1").status_code == 204
    assert code(sandbox.get(TASKS, headers=headers)) == 99991668


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("user-tokens", {}, "openId"),
        ("user-tokens", {"openId": "ou_1", "seconds": "x"}, "seconds"),
        ("user-tokens", {"openId": "ou_1", "scopes": "x"}, "scopes"),
        ("app-scopes", {"scopes": [1]}, "scopes"),
    ],
)
def test_a_control_request_that_is_wrong_is_refused(
    sandbox: httpx.Client, path: str, body: Any, field: str
) -> None:
    response = sandbox.put(f"{CONTROL}/{path}", json=body)
    assert (response.status_code, list(response.json()["fields"])) == (400, [field])


def test_two_of_the_people_have_one_name(sandbox: httpx.Client) -> None:
    people = sandbox.get(f"{CONTROL}/people").json()["items"]
    assert len({person["openId"] for person in people}) == len(people) >= 3
    assert len({person["name"] for person in people}) < len(people)
