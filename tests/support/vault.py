"""A token vault, and the other side of its grants, where a refresh token serves once."""

import base64
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from larkbridge.http_client import NoAnswerError, NotSentError
from larkbridge.lark.answers import unanswered
from larkbridge.lark.api_error import GrantEndedError, error_of
from larkbridge.people.disconnecting import Disconnecting
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.grants import LARK_USER, Owner, StoredGrant
from larkbridge.store.table import Action
from larkbridge.store.tokens import TokenStore
from larkbridge.token_pair import TokenPair
from larkbridge.vault.keeper import Keeper, Kept
from larkbridge.vault.known import Disconnected
from larkbridge.vault.sealing import VaultKeys
from larkbridge.vault.token_vault import TokenVault
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.clock import SimulatedClock

AN = Owner(LARK_USER, "ou_an")
ACCESS_LIFE, REFRESH_LIFE, GRACE = timedelta(hours=2), timedelta(days=7), timedelta(minutes=1)
SCOPES = ("calendar:calendar:read", "offline_access")


def vault_key(letter: str = "k") -> str:
    """Return a key as it stands in the secret."""
    return base64.b64encode(letter.encode() * 32).decode()


def refusal(code: int, reason: str, verdict: Verdict = Verdict.REJECT) -> Outcome:
    """Return what an answer with a code of the token API means."""
    return Outcome(verdict=verdict, reason=reason, http_status=400, lark_code=code, log_id="log-1")


SERVER_ERROR = Outcome(
    verdict=Verdict.RETRY, reason="failed", http_status=500, lark_code=20050, log_id="log-2"
)
GATEWAY_ERROR = Outcome(verdict=Verdict.UNKNOWN, reason="http_502", http_status=502)
NO_ANSWER = unanswered(NoAnswerError("ReadTimeout"))
NOT_SENT = unanswered(NotSentError("ConnectError"))
UNCLASSIFIED = Outcome(verdict=Verdict.REJECT, reason="http_400", http_status=400, log_id="log-3")


@dataclass
class FakeGrants:
    """What has been granted, on the other side.

    Attributes
    ----------
    before, after, revoking
        What happens to the next calls before the token is looked at, when it is spent, and before one is
        revoked: an outcome is what the caller hears, anything else is called.
    presented
        How often each refresh token came, `spent` by which access token each was answered.
    """

    clock: SimulatedClock
    before: list[Outcome | Callable[[], object]] = field(default_factory=list)
    after: list[Outcome | Callable[[], object]] = field(default_factory=list)
    presented: Counter[str] = field(default_factory=Counter)
    spent: dict[str, str] = field(default_factory=dict)
    revoked: list[tuple[str, str]] = field(default_factory=list)
    revoking: list[Outcome | Callable[[], object]] = field(default_factory=list)
    living: dict[str, TokenPair] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def pair(self) -> TokenPair:
        """Grant anew."""
        number, now = next(self.numbers), self.clock.now()
        pair = TokenPair(f"u-{number}", now + ACCESS_LIFE, f"ur-{number}", now + REFRESH_LIFE, SCOPES)
        self.living[pair.refresh_token] = pair
        return pair

    def refresh(self, refresh_token: str) -> TokenPair:
        self.presented[refresh_token] += 1
        _happen(self.before)
        if refresh_token in self.spent:
            raise GrantEndedError(refusal(20073, "refresh_token_invalid"))
        known = self.living.pop(refresh_token, None)
        if known is None:
            raise GrantEndedError(refusal(20026, "refresh_token_invalid"))
        if known.refresh_expires_at and self.clock.now() >= known.refresh_expires_at:
            raise GrantEndedError(refusal(20037, "refresh_token_invalid"))
        pair = self.pair()
        self.spent[refresh_token] = pair.access_token
        _happen(self.after)
        return pair

    def revoke(self, token: str, hint: str = "refresh_token") -> None:
        _happen(self.revoking)
        self.revoked.append((token, hint))
        self.living.pop(token, None)


def _happen(todo: list) -> None:
    if not todo:
        return
    what = todo.pop(0)
    if not isinstance(what, Outcome):
        what()
        return
    ended = what.reason in ("refresh_token_invalid", "refresh_disabled")
    raise (GrantEndedError if ended else error_of)(what)


class VaultWorld:
    """A vault with simulated time and grants of its own.

    Parameters
    ----------
    environ
        The settings, as `tests.support.aws` yields them.
    """

    def __init__(self, environ: dict[str, str]) -> None:
        self.clock = SimulatedClock()
        self.grants = FakeGrants(self.clock)
        self.store = TokenStore(environ["TOKENS_TABLE"])
        self.audit = AuditStore(environ["AUDIT_TABLE"])
        self.keys: Sequence[str] = [vault_key()]
        self.vault = self.another_process()

    def another_process(self) -> TokenVault:
        """Return the vault of a process that shares nothing with the others."""
        return TokenVault(
            self.store,
            lambda: VaultKeys(self.keys),
            {LARK_USER: self.grants, "zalo": self.grants},
            self.clock,
        )

    def disconnect(self, owner: Owner = AN) -> Disconnected:
        """Have an owner disconnect, in a process of its own."""
        return self.another_process().disconnect(owner, self.clock.now(), self.record)

    def record(self, at: datetime, failure: str) -> Action:
        """Return the write that records a disconnection."""
        entry = AuditEntry(at=at, who="somebody", what="disconnect", subject="a grant", failure=failure)
        return self.audit.add_action(entry)

    def connect(self, owner: Owner = AN) -> TokenPair:
        """Have an owner consent."""
        pair = self.grants.pair()
        self.vault.keep(owner, pair, user_id="u1")
        return pair

    def expire(self, **left: float) -> None:
        """Let the access token of one who has just connected end, but for the time that is `left` of it."""
        self.clock.advance(seconds=(ACCESS_LIFE - timedelta(**left)).total_seconds())


class KeptWorld(VaultWorld):
    """A vault with its keeper.

    Attributes
    ----------
    asked
        Whom the keeper has asked, and why, each ask counted once as a delivery is.
    asking
        Errors that the next asks meet.
    """

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__(environ)
        self.asking: list[Exception] = []
        self._asks: dict[tuple[str, tuple[str, int]], tuple[Owner, str]] = {}

    @property
    def asked(self) -> list[tuple[Owner, str]]:
        return list(self._asks.values())

    def keep(self, seconds: float = 80) -> Kept:
        """Let the keeper run, in a process of its own."""
        vault = self.another_process()
        keeper = Keeper(
            vault,
            self.store,
            lambda: VaultKeys(self.keys),
            self._ask_again,
            Disconnecting(vault, self.audit).finish,
            self.clock,
        )
        return keeper.run(seconds=seconds)

    def _ask_again(self, grant: StoredGrant, reason: str) -> None:
        if self.asking:
            raise self.asking.pop(0)
        self._asks.setdefault((grant.owner_id, grant.pair_id), (grant.owner, reason))
