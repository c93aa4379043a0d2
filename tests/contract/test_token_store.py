"""What the vault may rely on of the Tokens table."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from larkbridge.clock import to_text
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.grants import Failure, Owner, SealedPair, StoredGrant
from larkbridge.store.tokens import RENEWED_BEFORE, TokenStore
from larkbridge.token_pair import TokenPair
from tests.support.clock import START
from tests.support.vault import AN, REFRESH_LIFE

PAIR = TokenPair("u-1", START + timedelta(hours=2), "ur-1", START + REFRESH_LIFE, ("task:task:read",))
SEALED = SealedPair("key-1", b"\x00access", b"\xffrefresh")
NEXT = SealedPair("key-2", b"next access", b"next refresh")
LEASE = START + timedelta(seconds=30)
ENTRY = AuditEntry(at=START, who="ou_an", what="disconnect", subject=AN.key, failure="no_answer")
FAILURE = Failure(at=to_text(START), reason="failed", http_status=500, lark_code=20050, log_id="log")
DUE = START + REFRESH_LIFE - RENEWED_BEFORE


@pytest.fixture
def store(tables: dict[str, str]) -> TokenStore:
    return TokenStore(tables["TOKENS_TABLE"])


@pytest.fixture
def audit(tables: dict[str, str]) -> AuditStore:
    return AuditStore(tables["AUDIT_TABLE"])


def new_id() -> str:
    return uuid.uuid4().hex


def kept(store: TokenStore, owner: Owner = AN, sealed: SealedPair = SEALED) -> StoredGrant:
    assert store.keep(owner, PAIR, sealed, START, "u1", new_id())
    grant = store.get(owner)
    assert grant
    return grant


def claimed(store: TokenStore, by: str = "first") -> StoredGrant:
    grant = store.claim(kept(store), by, START, LEASE, None)
    assert grant
    return grant


def test_nothing_is_there_at_first(store: TokenStore) -> None:
    assert store.get(AN) is None
    assert store.begin_disconnecting(AN, START, START) is None
    assert list(store.due(START)) == list(store.under_key("key-1")) == []


def test_what_is_kept_is_read(store: TokenStore) -> None:
    grant = kept(store)
    assert (grant.owner, grant.sealed, grant.scopes, grant.user_id) == (AN, SEALED, PAIR.scopes, "u1")
    assert (grant.ends, grant.refresh_ends) == (PAIR.expires_at, PAIR.refresh_expires_at)
    assert kept(store).version == grant.version + 1


def test_one_renewal_spends_a_version(store: TokenStore) -> None:
    grant = kept(store)
    first = store.claim(grant, "first", START, LEASE, START)
    assert first
    assert (first.spending_by, first.spending_until) == ("first", to_text(LEASE))
    assert store.claim(grant, "second", START, LEASE, None) is None
    assert store.claim(grant, "first", START, LEASE, None) == first


def test_what_is_saved_is_the_next_version_and_repeats_itself(store: TokenStore) -> None:
    grant = claimed(store)
    saved = store.save(grant, PAIR, NEXT, START)
    assert saved
    assert (saved.version, saved.sealed, saved.spending_by) == (grant.version + 1, NEXT, None)
    assert store.save(grant, PAIR, NEXT, START) == saved
    assert store.claim(grant, "late", START, LEASE, None) is None


def test_what_was_not_spent_may_be_claimed_again(store: TokenStore) -> None:
    grant = store.release(claimed(store), FAILURE)
    assert grant
    assert (grant.failure, grant.spending_by) == (FAILURE, None)
    assert store.claim(grant, "second", START, LEASE, None)


def test_what_has_ended_is_asked_for_once_and_may_come_late(store: TokenStore) -> None:
    grant = claimed(store)
    ended = store.end(grant, FAILURE, START)
    assert ended
    assert ended.ended_for == "failed"
    assert store.end(grant, FAILURE, START) is None
    assert store.claim(grant, "second", START, LEASE, None) is None
    assert [*store.due(START + timedelta(seconds=1))] == [AN]
    assert [store.claim_asking(ended, asker) for asker in ("a", "b", "a")] == [True, False, True]
    store.leave(grant)
    assert [*store.due(START + timedelta(days=99))] == []
    saved = store.save(grant, PAIR, NEXT, START)
    assert saved
    assert (saved.ended_for, saved.asked_by) == ("", "")


def test_a_new_grant_is_never_touched_by_what_belongs_to_the_one_before(store: TokenStore) -> None:
    old = claimed(store)
    store.keep(AN, PAIR, SEALED, START + timedelta(seconds=1), "", new_id())
    new = store.get(AN)
    assert new
    assert store.save(old, PAIR, NEXT, START) == new
    assert store.end(old, FAILURE, START) is None
    assert store.release(old, FAILURE) is None
    assert store.reseal(old, NEXT) is False
    assert store.claim_asking(old, "turn") is False
    for change in (lambda: store.note_use(old, START), lambda: store.leave(old)):
        change()
    assert store.get(AN) == new


def test_the_keeper_finds_what_is_due(store: TokenStore) -> None:
    grant = kept(store)
    assert [*store.due(DUE)] == []
    assert [*store.due(DUE + timedelta(seconds=1))] == [AN]
    store.leave(grant)
    assert [*store.due(DUE + timedelta(days=9))] == []
    store.look_again(grant, START)
    assert [*store.due(DUE + timedelta(seconds=1))] == [AN]


def test_tokens_are_found_by_their_key_and_sealed_anew(store: TokenStore) -> None:
    binh = Owner(AN.kind, "ou_binh")
    grant = kept(store)
    kept(store, binh)
    assert [*store.under_key("key-1")] == [AN, binh]
    assert store.reseal(grant, NEXT) is True
    assert store.reseal(grant, SEALED) is False
    assert ([*store.under_key("key-1")], [*store.under_key("key-2")]) == ([binh], [AN])


def test_a_calendar_is_noted_of_whom_there_is(store: TokenStore) -> None:
    store.note_calendar(AN, "calendar")
    assert store.get(AN) is None
    kept(store)
    store.note_calendar(AN, "calendar")
    grant = store.get(AN)
    assert grant
    assert grant.primary_calendar_id == "calendar"


def test_a_newer_consent_stays(store: TokenStore) -> None:
    first = kept(store)
    later = START + timedelta(seconds=1)
    assert store.keep(AN, PAIR, NEXT, later, "", new_id()) is True
    assert store.keep(AN, PAIR, SEALED, START, "", new_id()) is False
    grant = store.get(AN)
    assert grant
    assert (grant.sealed, grant.granted_at, grant.version) == (NEXT, to_text(later), first.version + 1)


def test_whoever_disconnects_is_only_waited_for(store: TokenStore, audit: AuditStore) -> None:
    old = claimed(store)
    later = START + timedelta(hours=1)
    grant = store.begin_disconnecting(AN, START, START)
    assert grant
    assert grant.disconnecting_at == to_text(START)
    assert store.begin_disconnecting(AN, later, START) == grant
    assert store.save(old, PAIR, NEXT, START) is None
    assert store.end(old, FAILURE, START) is None
    assert store.claim(grant, "second", START, LEASE, None) is None
    store.leave(grant)
    store.put_behind(grant, later)
    assert [*store.due(START + timedelta(seconds=1))] == [AN]
    for _ in range(2):
        store.remove(grant, audit.add_action(ENTRY))
        assert store.get(AN) is None
    assert audit.add(replace(ENTRY, failure="x")) == ENTRY


def test_a_consent_anew_is_not_removed_with_the_old_one(store: TokenStore, audit: AuditStore) -> None:
    kept(store)
    grant = store.begin_disconnecting(AN, START, START)
    assert grant
    new = kept(store)
    store.remove(grant, audit.add_action(ENTRY))
    assert store.get(AN) == new
    assert new.disconnecting_at is None
    assert audit.add(ENTRY) == ENTRY
