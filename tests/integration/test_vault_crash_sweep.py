"""A renewal that stops or fails at any call: nothing is spent twice, and who lost a grant is asked once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import httpx
import pytest

from larkbridge.errors import AwsUnavailableError
from larkbridge.http_client import HttpClient
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.oauth import LarkOAuth
from larkbridge.people.disconnecting import Disconnecting
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.grants import LARK_USER, Owner, StoredGrant
from larkbridge.store.tokens import TokenStore
from larkbridge.vault.keeper import Keeper
from larkbridge.vault.refusals import ReconnectError
from larkbridge.vault.sealing import VaultKeys
from larkbridge.vault.token_vault import TokenVault
from sandbox.transport import RouterTransport
from tests.support.aws import create_tables
from tests.support.aws_faults import no_answer, service_error
from tests.support.calls import Calls, ProcessStoppedError, WatchedTransport
from tests.support.connecting import question
from tests.support.lark import APP_ID, APP_SECRET, DOMAIN
from tests.support.lark_accounts import ACCOUNTS, PERSON, AccountsWorld
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.vault import vault_key

SIDES: tuple[Literal["before", "after"], ...] = ("before", "after")
OWNER = Owner(LARK_USER, PERSON)
LEAVING = ["dynamodb UpdateItem", "POST", "dynamodb TransactWriteItems"]
ON_THE_WAY = ["dynamodb GetItem", "dynamodb UpdateItem", "POST", "dynamodb UpdateItem"]


class Connected:
    """A person who is connected, and whose access token has just ended."""

    def __init__(self, tables: dict[str, str]) -> None:
        self.lark = AccountsWorld()
        self.clock = self.lark.clock
        self.transport = WatchedTransport(RouterTransport(self.lark.router))
        self.store = TokenStore(tables["TOKENS_TABLE"])
        self.audit = AuditStore(tables["AUDIT_TABLE"])
        self.asked = set[tuple[str, str]]()
        self.vault().keep(OWNER, self.lark.connected())
        self.clock.advance(hours=2)

    def vault(self) -> TokenVault:
        """Return the vault of another process."""
        http = HttpClient(self.transport)
        lark = LarkOAuth(ACCOUNTS, DOMAIN, APP_ID, lambda: APP_SECRET, http, self.clock)
        return TokenVault(self.store, self.keys, {LARK_USER: lark}, self.clock)

    def keys(self) -> VaultKeys:
        return VaultKeys([vault_key()])

    @contextmanager
    def watch(self, calls: Calls) -> Iterator[Calls]:
        self.transport.calls = calls
        try:
            with calls.watch_aws():
                yield calls
        finally:
            self.transport.calls = Calls()

    def ask(self) -> str:
        """Return what a worker gets."""
        try:
            token = self.vault().access_token(OWNER)
        except ReconnectError as error:
            return error.reason
        except LarkApiError:
            return "later"
        except AwsUnavailableError:
            return "down"
        return "a token" if self.lark.api.tokens.user_tokens.grant_of(token) else "a dead token"

    def refreshed(self) -> list[int | str]:
        """Return what each request to refresh was answered."""
        return [call.answer for call in self.lark.accounts.calls if call.grant_type == "refresh_token"]

    def go_on(self) -> str:
        """Let a turn ask, hand it over again, and the keeper run for two nights; return the end's reason."""
        for _ in range(2):
            try:
                token = self.vault().access_token(OWNER)
                assert self.lark.api.tokens.user_tokens.grant_of(token)
            except ReconnectError as error:
                if self.vault().claim_asking(OWNER, "turn"):
                    self.asked.add(("turn", error.reason))
        for _ in range(2):
            self.clock.advance(days=1)
            finish = Disconnecting(self.vault(), self.audit).finish
            Keeper(self.vault(), self.store, self.keys, self._ask, finish, self.clock).run(seconds=80)
        grant = self.vault().grant(OWNER)
        assert grant
        return grant.reason

    def _ask(self, _: StoredGrant, reason: str) -> None:
        self.asked.add(("keeper", reason))


def test_a_renewal_makes_these_calls(environ: dict[str, str]) -> None:
    person = Connected(environ)
    with person.watch(Calls()) as calls:
        person.vault().access_token(OWNER)
    assert calls.made == ON_THE_WAY


@pytest.mark.parametrize("number", range(len(ON_THE_WAY)))
@pytest.mark.parametrize("side", SIDES)
def test_a_worker_that_stops_costs_a_question_at_most(
    environ: dict[str, str], number: int, side: Literal["before", "after"]
) -> None:
    person = Connected(environ)
    with person.watch(Calls(stop_at=(number, side))), pytest.raises(ProcessStoppedError):
        person.vault().access_token(OWNER)
    is_lost = (number, side) in {(1, "after"), (2, "before"), (2, "after"), (3, "before")}
    reason = person.go_on()
    assert reason == ("answer_lost" if is_lost else "")
    assert len(person.asked) == is_lost
    assert person.refreshed() == ([] if (number, side) in {(1, "after"), (2, "before")} else [0])


@dataclass
class FailingCalls(Calls):
    """Lets one call fail, before it is made or when its answer comes."""

    at: int = 0
    side: str = "before"
    aws_error: Callable[[], Exception] = no_answer

    def before(self, name: str) -> None:
        super().before(name)
        if self.side == "before" and len(self.made) == self.at + 1:
            raise httpx.ConnectError("down") if name == "POST" else self.aws_error()

    def after(self) -> None:
        if self.side == "after" and len(self.made) == self.at + 1:
            raise httpx.ReadTimeout("late") if self.made[-1] == "POST" else self.aws_error()


@pytest.mark.parametrize("number", range(len(ON_THE_WAY)))
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("aws_error", [no_answer, service_error])
def test_a_call_that_fails_costs_nothing_but_where_larks_answer_is_lost(
    environ: dict[str, str], number: int, side: str, aws_error: Callable[[], Exception]
) -> None:
    person = Connected(environ)
    with person.watch(FailingCalls(at=number, side=side, aws_error=aws_error)):
        heard = person.ask()
    is_lost = (number, side) == (2, "after")
    assert heard == {0: "down", 2: "answer_lost" if is_lost else "later"}.get(number, "a token")
    assert person.go_on() == ("answer_lost" if is_lost else "")
    assert len(person.asked) == is_lost
    assert person.refreshed() == [0]


@pytest.mark.parametrize("number", range(len(ON_THE_WAY)))
def test_another_worker_at_any_call_takes_nothing_from_the_first(
    environ: dict[str, str], number: int
) -> None:
    person = Connected(environ | create_tables())
    seen: list[str] = []

    @dataclass
    class Meanwhile(Calls):
        """Lets another worker ask before one of the calls, which ends when that has waited for the lease."""

        def before(self, name: str) -> None:
            if len(self.made) == number and not seen:
                seen.append("")
                seen[0] = person.ask()
            super().before(name)

    with person.watch(Meanwhile()):
        token = person.vault().access_token(OWNER)
    assert person.lark.api.tokens.user_tokens.grant_of(token)
    assert person.vault().access_token(OWNER) == token
    assert person.refreshed() == [0]
    assert not person.asked
    assert seen == ["a token" if number < 2 else "answer_lost"]


def test_a_disconnection_makes_these_calls(environ: dict[str, str]) -> None:
    person = Connected(environ)
    with person.watch(Calls()) as calls:
        assert Disconnecting(person.vault(), person.audit).disconnect(question(person.clock)).revoked
    assert calls.made == LEAVING


@pytest.mark.parametrize("number", range(len(LEAVING)))
@pytest.mark.parametrize("side", SIDES)
def test_a_disconnection_that_nobody_repeats_is_finished_by_the_keeper(
    environ: dict[str, str], account: MemoryAccount, number: int, side: Literal["before", "after"]
) -> None:
    person = Connected(environ)
    disconnecting = Disconnecting(person.vault(), person.audit)
    with person.watch(Calls(stop_at=(number, side))), pytest.raises(ProcessStoppedError):
        disconnecting.disconnect(question(person.clock))
    begun = (number, side) != (0, "before")
    assert (person.vault().grant(OWNER) is None) == begun
    person.clock.advance(days=1)
    Keeper(person.vault(), person.store, person.keys, person._ask, disconnecting.finish, person.clock).run(
        seconds=80
    )
    assert (person.store.get(OWNER) is None) == begun
    refusals = [one.refusal for one in person.lark.accounts.grants._refresh.values()]
    assert refusals == [20064 if begun else None]
    assert len(account.dynamo.items("AuditTable")) == begun
    assert not person.asked
