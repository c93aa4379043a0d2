"""Weeks in which people use what they have granted, disconnect and connect again, with a keeper by night.

Whatever goes wrong: no refresh token is spent twice, no pair that reached a worker which lived on is lost,
and whose grant is lost is asked once, and nobody else is.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from larkbridge.clock import from_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.oauth import LarkOAuth
from larkbridge.people.disconnecting import Disconnecting
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.codec import decode, from_item
from larkbridge.store.grants import LARK_USER, Owner, StoredGrant
from larkbridge.store.tokens import TokenStore
from larkbridge.token_pair import TokenPair
from larkbridge.vault.keeper import Keeper
from larkbridge.vault.refusals import NotConnectedError, ReconnectError
from larkbridge.vault.sealing import VaultKeys
from larkbridge.vault.token_vault import TokenVault
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.openapi import OpenApi
from tests.support.clock import SimulatedClock
from tests.support.connecting import question
from tests.support.histories import Step
from tests.support.lark import APP_ID, APP_SECRET, DOMAIN
from tests.support.lark_accounts import ACCOUNTS
from tests.support.memory_dynamo.aws import SETTINGS
from tests.support.memory_dynamo.client import MemoryDynamo
from tests.support.vault import vault_key
from tests.support.vault_trouble import NOT_SPENT, Crowd, WatchedLark, Worker

OWNERS = [Owner(LARK_USER, person.open_id) for person in PEOPLE]
SCOPES = ["offline_access", "task:task:read"]


class Work(NamedTuple):
    """What a worker does, and whether it is handed to it again when it stops."""

    worker: Worker
    do: Callable[[], object]
    again: bool = False


class VaultHistory:
    """One vault, three people, Lark, and trouble."""

    WEIGHTS: ClassVar[dict[str, int]] = {
        "use": 10,
        "use_together": 6,
        "storm": 1,
        "night": 10,
        "days": 4,
        "hours": 8,
        "connect": 4,
        "disconnect": 1,
        "revoke": 1,
        "new_key": 1,
    }

    def __init__(self, dynamo: MemoryDynamo, rng: random.Random) -> None:
        self.dynamo = dynamo
        self.clock = SimulatedClock()
        self.crowd = Crowd(self.clock)
        dynamo.interference = self.crowd
        self.lark = OpenApi(self.clock.timestamp, APP_ID, [APP_SECRET])
        self.accounts = self.lark.accounts
        self.http = WatchedLark(self.lark, self.crowd)
        self.store = TokenStore(SETTINGS["TOKENS_TABLE"])
        self.audit = AuditStore(SETTINGS["AUDIT_TABLE"])
        self.keys = [vault_key("a")]
        self.chance = rng.choice([0.0, 0.05, 0.2, 0.4])
        self.calm = not self.chance
        self.may_stop = rng.random() < 0.5
        self.asks = defaultdict[tuple[str, tuple[str, int]], set[str]](set)
        self.used = dict[Owner, datetime]()
        self.doubtful, self.left = set[Owner](), set[Owner]()
        self._turns = 0
        for owner in OWNERS:
            self._connect(owner, Worker(rng))

    @staticmethod
    def limits() -> AbstractContextManager[None]:
        return nullcontext()

    def vault(self) -> TokenVault:
        """Return the vault of another process."""
        lark = LarkOAuth(ACCOUNTS, DOMAIN, APP_ID, lambda: APP_SECRET, self.http, self.clock)
        return TokenVault(self.store, self.vault_keys, {LARK_USER: lark}, self.clock)

    def play(self, step: Step) -> None:
        """Let one thing happen; raises AssertionError for what must never be."""
        rng = random.Random(step.seed)
        self.clock.advance(seconds=rng.choice([0, 1, 20, 90]))
        getattr(self, step.kind)(rng)

    def use(self, rng: random.Random) -> None:
        self.run([self.turn(rng, rng.choice(OWNERS))])

    def use_together(self, rng: random.Random) -> None:
        """Let several turns of one person run side by side, sometimes with the keeper or a disconnection."""
        owner = rng.choice(OWNERS)
        works = [self.turn(rng, owner) for _ in range(rng.randint(2, 5))]
        if rng.random() < 0.3:
            works.append(self.keeping(rng))
        if rng.random() < 0.1:
            works.append(self.disconnecting(rng, owner))
        if rng.random() < 0.15:
            works.append(self.consenting(rng, owner))
        rng.shuffle(works)
        self.run(works)

    def storm(self, rng: random.Random) -> None:
        """Let 20 workers ask for one token that has ended."""
        owner = rng.choice(OWNERS)
        self.clock.advance(hours=3)
        self.run([self.turn(rng, owner) for _ in range(20)])

    def night(self, rng: random.Random) -> None:
        """Let a day pass, and the keeper run."""
        self.clock.advance(days=1)
        self.run([self.keeping(rng)])

    def days(self, rng: random.Random) -> None:
        for _ in range(rng.randint(2, 12)):
            self.night(rng)

    def hours(self, rng: random.Random) -> None:
        self.clock.advance(hours=rng.choice([1, 1.93, 2, 5]))

    def connect(self, rng: random.Random) -> None:
        """Let a person consent, mostly one who has to."""
        owner = rng.choice(OWNERS)
        grant = self.stored(owner)
        if grant is None or grant.asked_by or rng.random() < 0.1:
            self._connect(owner, self.worker(rng))

    def disconnect(self, rng: random.Random) -> None:
        self.run([self.disconnecting(rng, rng.choice(OWNERS))])

    def revoke(self, rng: random.Random) -> None:
        """Let a person take back in Lark what they agreed to."""
        owner = rng.choice(OWNERS)
        self.accounts.grants.forget(owner.id)
        self.doubtful.add(owner)

    def new_key(self, rng: random.Random) -> None:
        """Rotate the key; the oldest goes when nothing is sealed with it any more."""
        in_use = {from_item(item)["keyId"] for item in self.dynamo.items(SETTINGS["TOKENS_TABLE"])}
        self.keys = [key for key in self.keys if VaultKeys([key]).ids[0] in in_use]
        self.keys.insert(0, vault_key(chr(rng.randrange(33, 127))))
        self.keys = list(dict.fromkeys(self.keys))

    def settle(self) -> None:
        """End all trouble: who is not connected any more was asked once, and nobody else was."""
        self.chance = 0.0
        self.clock.advance(minutes=2)
        for owner in OWNERS:
            before = self.stored(owner)
            if before is None or before.disconnecting_at:
                self.night(random.Random(0))
                assert self.stored(owner) is None, "a disconnection that nobody finishes"
                continue
            could_live = self._is_alive(before) and not before.ended_for and before.spending_by is None
            self.run([self.turn(random.Random(0), owner)])
            for _ in range(2):
                self.night(random.Random(0))
            grant = self.vault().grant(owner)
            assert grant
            asked = len(self._asks_of(owner))
            assert asked == bool(grant.reason), f"asked {asked} times, {grant.reason or 'connected'}"
            assert not (could_live and grant.reason), f"lost without need: {grant.reason}"
            needless = self._is_alive(before) and grant.reason
            assert self.may_stop or not needless, "a refresh token that nobody has spent is given up"
            assert not (self.calm and grant.reason == "answer_lost")

    def stored(self, owner: Owner) -> StoredGrant | None:
        """Return a grant as it is stored; no request."""
        records = map(from_item, self.dynamo.items(SETTINGS["TOKENS_TABLE"]))
        return next((decode(StoredGrant, one) for one in records if one["ownerId"] == owner.key), None)

    def worker(self, rng: random.Random) -> Worker:
        return Worker(random.Random(rng.getrandbits(32)), self.chance, self.may_stop)

    def turn(self, rng: random.Random, owner: Owner) -> Work:
        """Return a chat turn that needs a token; one that stops is handed over again until it ends."""
        self._turns += 1
        turn = f"turn-{self._turns}"
        return Work(self.worker(rng), lambda: self._turn(owner, turn), again=True)

    def keeping(self, rng: random.Random) -> Work:
        finish = Disconnecting(self.vault(), self.audit).finish
        keeper = Keeper(self.vault(), self.store, self.vault_keys, self._ask_again, finish, self.clock)
        return Work(self.worker(rng), lambda: _unless_down(lambda: keeper.run(seconds=80)))

    def disconnecting(self, rng: random.Random, owner: Owner) -> Work:
        self.left.add(owner)
        turn = question(self.clock, owner.id)
        disconnect = Disconnecting(self.vault(), self.audit).disconnect
        return Work(self.worker(rng), lambda: _unless_down(lambda: disconnect(turn)))

    def consenting(self, rng: random.Random, owner: Owner) -> Work:
        self.doubtful.add(owner)
        pair = self._consent(owner)
        return Work(self.worker(rng), lambda: _unless_down(lambda: self.vault().keep(owner, pair)))

    def vault_keys(self) -> VaultKeys:
        return VaultKeys(self.keys)

    def run(self, works: Sequence[Work]) -> None:
        """Let workers run side by side; turns that stop run again until they end."""
        while works:
            self.crowd.run([(work.worker, work.do) for work in works])
            for work in works:
                if not work.worker.stopped:
                    self._check_kept(work.worker)
            works = [work._replace(worker=self._next(work.worker)) for work in works if _goes_on(work)]
            self.clock.advance(seconds=1)

    def _next(self, stopped: Worker) -> Worker:
        return Worker(stopped.rng, stopped.chance / 2, self.may_stop)

    def _turn(self, owner: Owner, turn: str) -> None:
        """Do what a turn does, again when AWS falters, as a queue hands it over again."""
        while True:
            try:
                self._use(owner)
            except NotConnectedError:
                assert owner in self.left
            except LarkApiError:
                pass
            except AwsUnavailableError:
                continue
            except ReconnectError as error:
                self._check_reason(owner, error.reason)
                asks = _unless_down(lambda: self.vault().claim_asking(owner, turn))
                if asks is None:
                    continue
                if asks:
                    self._note_ask(owner, turn)
            return

    def _use(self, owner: Owner) -> None:
        vault, tokens = self.vault(), self.lark.tokens.user_tokens
        token = vault.access_token(owner)
        if tokens.grant_of(token) is None:
            token = vault.renewed(owner, token)
        assert tokens.grant_of(token), "a token that is dead"
        self.used[owner] = self.clock.now()

    def _check_reason(self, owner: Owner, reason: str) -> None:
        """Without trouble a grant ends for want of use, after a year, or in Lark, and for nothing else."""
        grant, now = self.stored(owner), self.clock.now()
        if reason == "answer_lost" and grant and grant.ended_for == reason and not self.may_stop:
            assert not NOT_SPENT.issuperset(self.http.fates[self._refresh_token(grant)]), "an answer came"
        if not self.calm or owner in self.doubtful:
            return
        assert reason in ("refresh_token_expired", "refresh_token_invalid")
        unused = now - self.used[owner] > timedelta(days=29)
        assert unused or (grant and now > from_text(grant.granted_at) + timedelta(days=358))

    def _ask_again(self, grant: StoredGrant, _: str) -> None:
        """Store a delivery, whose id is the grant's: one however often."""
        self.asks[grant.owner_id, grant.pair_id].add("keeper")

    def _note_ask(self, owner: Owner, asker: str) -> None:
        grant = self.stored(owner)
        if grant and grant.asked_by == asker:  # or they have consented since
            self.asks[grant.owner_id, grant.pair_id].add(asker)

    def _asks_of(self, owner: Owner) -> set[str]:
        grant = self.stored(owner)
        return self.asks[grant.owner_id, grant.pair_id] if grant else set()

    def _connect(self, owner: Owner, worker: Worker) -> None:
        """Let a person consent, again if the process stops before it is stored."""
        stored = self.stored(owner)
        while (now := self.stored(owner)) is None or now == stored:
            pair = self._consent(owner)
            self.run([Work(worker, lambda pair=pair: self.vault().keep(owner, pair))])
            worker = self._next(worker)
        self.doubtful.discard(owner)
        self.used[owner] = self.clock.now()

    def _consent(self, owner: Owner) -> TokenPair:
        """Let a person agree in Lark; return what that gives."""
        self.accounts.grants.agree(owner.id, SCOPES)
        issued, now = self.accounts.grants.issue(owner.id, SCOPES), self.clock.now()
        return TokenPair(
            issued["access_token"],
            now + timedelta(seconds=issued["expires_in"]),
            issued["refresh_token"],
            now + timedelta(seconds=issued["refresh_token_expires_in"]),
            tuple(SCOPES),
        )

    def _check_kept(self, worker: Worker) -> None:
        """Assert that what reached a worker which lives is stored, or something newer is."""
        order = list(self._issued)
        for token in worker.got:
            got = self._issued[token]
            grant = self.stored(Owner(LARK_USER, got.open_id))
            if grant and not grant.disconnecting_at:
                kept = self._refresh_token(grant)
                is_replaced = self._issued[kept].consent_end != got.consent_end
                assert is_replaced or order.index(kept) >= order.index(token), "a pair is lost"
        worker.got.clear()

    def _is_alive(self, grant: StoredGrant) -> bool:
        """Tell whether Lark would still take the refresh token."""
        known, now = self._issued[self._refresh_token(grant)], self.clock.timestamp()
        return known.refusal is None and now < min(known.end, known.consent_end)

    def _refresh_token(self, grant: StoredGrant) -> str:
        return self.vault_keys().open(grant.owner, grant.sealed)[1]

    @property
    def _issued(self) -> Mapping[str, Any]:
        """Every refresh token of Lark's, in order."""
        return self.accounts.grants._refresh


def _goes_on(work: Work) -> bool:
    return work.again and work.worker.stopped


def _unless_down[T](do: Callable[[], T]) -> T | None:
    """Return what comes of it, None when AWS did not let it be done."""
    try:
        return do()
    except AwsUnavailableError:
        return None
