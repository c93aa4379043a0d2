"""The accounts site under our client and Lark's own SDK, which judges the token API's answers.

lark-oapi has calls for the token API and for user_info; it has none for the authorize page, the device flow
and the revocation, which our client alone is held to in tests/unit/sandbox/test_lark_accounts.py.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.server import SandboxServer
from tests.support.lark import APP_ID, APP_SECRET
from tests.support.lark_accounts import PERSON, READ_TASKS, REDIRECT, VERIFIER, AccountsWorld


@pytest.fixture(scope="module")
def sdk() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lark_oapi

        return lark_oapi


@pytest.fixture
def world() -> AccountsWorld:
    return AccountsWorld()


@pytest.fixture
def client(sdk: Any, world: AccountsWorld) -> Iterator[Any]:
    with SandboxServer("127.0.0.1", 0, world.router).running() as url:
        builder = sdk.Client.builder().app_id(APP_ID).app_secret(APP_SECRET)
        yield builder.domain(url).oauth_base_url(url).build()


def test_the_sdk_takes_a_code_and_a_refresh_token(client: Any, world: AccountsWorld) -> None:
    first = client.access_token.retrieve_by_authorization_code(world.code(), REDIRECT, VERIFIER)
    assert (first.token_type, first.expires_in, first.scope) == (
        "Bearer",
        7200,
        f"offline_access {READ_TASKS}",
    )
    second = client.access_token.refresh(first.refresh_token)
    assert second.refresh_token not in ("", None, first.refresh_token)
    assert second.refresh_token_expires_in == 7 * 24 * 3600
    assert world.oauth.refresh(second.refresh_token).access_token


@pytest.mark.parametrize(("token", "code"), [("spent", 20073), ("made-up", 20026), ("revoked", 20064)])
def test_the_sdk_understands_a_refusal(
    sdk: Any, client: Any, world: AccountsWorld, token: str, code: int
) -> None:
    pair = world.connected()
    if token == "spent":
        world.oauth.refresh(pair.refresh_token)
    if token == "revoked":
        world.oauth.revoke(pair.refresh_token)
    given = "made-up" if token == "made-up" else pair.refresh_token
    with pytest.raises(sdk.core.exception.AccessTokenException) as caught:
        client.access_token.refresh(given)
    assert str(code) in str(vars(caught.value))


def test_the_sdk_reads_whose_token_it_is(sdk: Any, client: Any, world: AccountsWorld) -> None:
    pair = world.connected()
    option = sdk.RequestOption.builder().user_access_token(pair.access_token).build()
    user_client = sdk.Client.builder().domain(client._config.domain).enable_set_token(True).build()
    request = sdk.api.authen.v1.GetUserInfoRequest.builder().build()
    answer = user_client.authen.v1.user_info.get(request, option)
    assert answer.success()
    assert (answer.data.open_id, answer.data.tenant_key) == (PERSON, "sandbox-tenant")
