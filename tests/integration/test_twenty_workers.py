"""Twenty workers need one token that has ended: its refresh token is spent once, whatever goes wrong."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from larkbridge.clock import SystemClock
from larkbridge.http_client import HttpClient
from larkbridge.lark.oauth import LarkOAuth
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.store.tokens import TokenStore
from larkbridge.token_pair import TokenPair
from larkbridge.vault.sealing import VaultKeys
from larkbridge.vault.token_vault import TokenVault
from sandbox.lark.openapi import OpenApi
from sandbox.routing import Router
from sandbox.transport import RouterTransport
from tests.support.histories import Step, failure_of
from tests.support.lark import APP_ID, APP_SECRET, DOMAIN
from tests.support.lark_accounts import ACCOUNTS, PERSON
from tests.support.vault import vault_key
from tests.support.vault_history import VaultHistory

WORKERS = 20


def test_threads_over_the_real_clock_get_one_pair(environ: dict[str, str]) -> None:
    clock, lark = SystemClock(), OpenApi(time.time, APP_ID, [APP_SECRET])
    owner, store = Owner(LARK_USER, PERSON), TokenStore(environ["TOKENS_TABLE"])
    lark.accounts.grants.agree(PERSON, ["offline_access"])
    issued = lark.accounts.grants.issue(PERSON, ["offline_access"])
    http = HttpClient(RouterTransport(Router(lark.routes())))
    together = Barrier(WORKERS)

    def vault() -> TokenVault:
        oauth = LarkOAuth(ACCOUNTS, DOMAIN, APP_ID, lambda: APP_SECRET, http, clock)
        return TokenVault(store, lambda: VaultKeys([vault_key()]), {LARK_USER: oauth}, clock)

    def work(_: int) -> str:
        mine = vault()
        together.wait(timeout=20)
        return mine.access_token(owner)

    ended = clock.now() - timedelta(seconds=1)
    pair = TokenPair(issued["access_token"], ended, issued["refresh_token"], ended + timedelta(days=7))
    vault().keep(owner, pair)
    with ThreadPoolExecutor(WORKERS) as threads:
        tokens = set(threads.map(work, range(WORKERS)))
    assert len(tokens) == 1
    assert lark.tokens.user_tokens.grant_of(tokens.pop())
    assert [call.answer for call in lark.accounts.calls] == [0]


@pytest.mark.parametrize("number", range(60))
def test_time_outs_and_stops_at_every_call(number: int) -> None:
    steps = [Step("storm", 3 * number), Step("storm", 3 * number + 1), Step("storm", 3 * number + 2)]
    assert failure_of(VaultHistory, number, steps) is None
