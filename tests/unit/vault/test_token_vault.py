"""Whoever asks for a token gets one that works, or hears why not; nothing is lost on the way."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.api_error import GrantEndedError, LarkApiError
from larkbridge.store.grants import Failure, Owner
from larkbridge.token_pair import TokenPair
from larkbridge.vault.refusals import NotConnectedError, ReconnectError, VaultKeyError
from larkbridge.vault.renewal import LEASE
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.aws_faults import answers_lost, aws_fails, no_answer
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.output import captured
from tests.support.vault import (
    AN,
    GATEWAY_ERROR,
    NO_ANSWER,
    NOT_SENT,
    SCOPES,
    SERVER_ERROR,
    UNCLASSIFIED,
    VaultWorld,
    refusal,
    vault_key,
)

BINH = Owner(AN.kind, "ou_binh")
RETRYABLE = [SERVER_ERROR, GATEWAY_ERROR, NOT_SENT, UNCLASSIFIED]
ENDING = [
    refusal(20026, "refresh_token_invalid"),
    refusal(20037, "refresh_token_invalid"),
    refusal(20064, "refresh_token_invalid"),
    refusal(20073, "refresh_token_invalid"),
    refusal(20074, "refresh_disabled"),
]


@pytest.fixture
def world(environ: dict[str, str]) -> VaultWorld:
    return VaultWorld(environ)


def test_nobody_is_connected_at_first(world: VaultWorld) -> None:
    for ask in (world.vault.access_token, world.vault.keep_alive):
        with pytest.raises(NotConnectedError):
            ask(AN)
    with pytest.raises(NotConnectedError):
        world.vault.renewed(AN, "u-0")
    assert world.vault.grant(AN) is None
    assert world.vault.claim_asking(AN, "turn") is False


def test_a_token_that_lives_costs_one_request(world: VaultWorld) -> None:
    pair = world.connect()
    world.connect(BINH)
    calls = Calls()
    with calls.watch_aws():
        assert world.vault.access_token(AN) == pair.access_token
    assert calls.made == ["dynamodb GetItem"]


def test_a_token_is_renewed_five_minutes_before_its_end(world: VaultWorld) -> None:
    pair = world.connect()
    world.expire(minutes=5, seconds=1)
    assert world.vault.access_token(AN) == pair.access_token
    world.clock.advance(seconds=1)
    renewed = world.vault.access_token(AN)
    assert renewed == world.grants.spent[pair.refresh_token] != pair.access_token
    assert world.another_process().access_token(AN) == renewed
    assert world.grants.presented == {pair.refresh_token: 1}


def test_a_grant_is_told_without_a_key(world: VaultWorld) -> None:
    pair = world.connect()
    world.vault.note_calendar(AN, "feishu.cn_an@group.calendar.feishu.cn")
    world.keys = []
    grant = world.vault.grant(AN)
    assert grant is not None
    assert grant._replace(key_id="") == (
        SCOPES,
        "u1",
        "feishu.cn_an@group.calendar.feishu.cn",
        pair.expires_at,
        pair.refresh_expires_at,
        world.clock.now(),
        world.clock.now(),
        "",
        None,
        "",
    )


def test_a_renewal_keeps_what_is_known_of_the_person(world: VaultWorld) -> None:
    world.connect()
    world.vault.note_calendar(AN, "calendar")
    before = world.vault.grant(AN)
    world.expire()
    world.vault.access_token(AN)
    after = world.vault.grant(AN)
    assert before
    assert after
    kept = ("scopes", "user_id", "primary_calendar_id", "granted_at", "reason", "key_id")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert after.expires_at > before.expires_at


def test_a_calendar_of_somebody_who_is_not_connected_is_not_noted(world: VaultWorld) -> None:
    world.vault.note_calendar(AN, "calendar")
    assert world.vault.grant(AN) is None


def test_a_refused_token_is_renewed_once_for_all_who_had_it(world: VaultWorld) -> None:
    pair = world.connect()
    another = world.vault.renewed(AN, pair.access_token)
    assert another != pair.access_token
    assert world.another_process().renewed(AN, pair.access_token) == another
    assert world.grants.presented == {pair.refresh_token: 1}
    assert world.vault.renewed(AN, another) != another


@pytest.mark.parametrize("outcome", RETRYABLE, ids=lambda one: one.reason)
def test_what_may_pass_deletes_nothing_and_is_tried_again(world: VaultWorld, outcome: Outcome) -> None:
    world.connect()
    world.expire()
    world.grants.before.append(outcome)
    with pytest.raises(LarkApiError) as caught:
        world.vault.access_token(AN)
    assert caught.value.outcome == outcome
    grant = world.vault.grant(AN)
    assert grant
    assert (grant.reason, grant.log_id) == ("", outcome.log_id)
    assert world.vault.access_token(AN)
    assert world.vault.grant(AN)._replace(log_id=None) == world.vault.grant(AN)  # pyright: ignore


@pytest.mark.parametrize(
    "outcome", [*RETRYABLE, *ENDING, NO_ANSWER], ids=lambda one: str(one.lark_code or one.reason)
)
def test_a_token_serves_as_long_as_it_lives_whatever_becomes_of_its_renewal(
    world: VaultWorld, outcome: Outcome
) -> None:
    pair = world.connect()
    world.expire(minutes=4)
    world.grants.before.append(outcome)
    assert world.vault.access_token(AN) == pair.access_token
    assert sum(world.grants.presented.values()) == 1


@pytest.mark.parametrize("outcome", ENDING, ids=lambda one: str(one.lark_code))
def test_a_grant_that_has_ended_is_to_be_given_again(world: VaultWorld, outcome: Outcome) -> None:
    world.connect()
    world.expire()
    world.grants.before.append(outcome)
    for _ in range(3):
        with pytest.raises(ReconnectError) as caught:
            world.vault.access_token(AN)
        assert caught.value.reason == outcome.reason
    assert sum(world.grants.presented.values()) == 1
    grant = world.vault.grant(AN)
    assert grant
    assert (grant.reason, grant.log_id) == (outcome.reason, "log-1")
    pair = world.connect()
    assert world.vault.access_token(AN) == pair.access_token
    assert world.vault.grant(AN)._replace(reason="") == world.vault.grant(AN)  # pyright: ignore


def test_a_lost_answer_ends_the_grant_and_says_so(world: VaultWorld) -> None:
    pair = world.connect()
    world.expire()
    world.grants.after.append(NO_ANSWER)
    for _ in range(3):
        with pytest.raises(ReconnectError) as caught:
            world.vault.access_token(AN)
        assert caught.value.reason == "answer_lost"
    assert world.grants.presented == {pair.refresh_token: 1}


def test_an_answer_without_tokens_is_lost_too(world: VaultWorld) -> None:
    world.connect()
    world.expire()
    world.grants.after.append(Outcome(verdict=Verdict.UNKNOWN, reason="incomplete_answer", http_status=200))
    with pytest.raises(ReconnectError, match="answer_lost"):
        world.vault.access_token(AN)


def test_a_grant_that_cannot_be_renewed_ends_with_its_token(world: VaultWorld) -> None:
    pair = world.grants.pair()._replace(refresh_token="", refresh_expires_at=None)
    world.vault.keep(AN, pair)
    world.expire(seconds=1)
    assert world.vault.access_token(AN) == "u-0"
    world.clock.advance(seconds=1)
    with pytest.raises(ReconnectError, match="no_refresh_token"):
        world.vault.access_token(AN)


def test_a_refresh_token_that_has_ended_is_not_sent(world: VaultWorld) -> None:
    world.connect()
    world.clock.advance(days=7)
    with pytest.raises(ReconnectError, match="refresh_token_expired"):
        world.vault.access_token(AN)
    assert not world.grants.presented


@pytest.mark.parametrize("wrong", [[], ["short"], [vault_key("x")], [vault_key("x"), "nonsense"]], ids=len)
def test_a_missing_or_wrong_key_is_refused_and_nothing_is_overwritten(
    world: VaultWorld, wrong: list[str]
) -> None:
    world.connect()
    world.expire()
    stored, good, world.keys = world.store.get(AN), world.keys, wrong
    for ask in (world.vault.access_token, world.vault.keep_alive):
        with pytest.raises(VaultKeyError):
            ask(AN)
    with pytest.raises(VaultKeyError):
        world.vault.renewed(AN, "u-0")
    if wrong != [vault_key("x")]:
        with pytest.raises(VaultKeyError):
            world.vault.keep(AN, world.grants.pair())
    assert world.store.get(AN) == stored
    assert not world.grants.presented
    world.keys = good
    assert world.vault.access_token(AN)


def test_a_renewal_that_stops_in_the_middle_is_never_repeated(world: VaultWorld) -> None:
    pair = world.connect()
    world.expire()

    def stop() -> None:
        raise ProcessStoppedError

    world.grants.after.append(stop)
    with pytest.raises(ProcessStoppedError):
        world.vault.access_token(AN)
    began = world.clock.now()
    with pytest.raises(ReconnectError, match="answer_lost"):
        world.another_process().access_token(AN)
    assert LEASE < world.clock.now() - began < LEASE + timedelta(seconds=1)
    assert world.grants.presented == {pair.refresh_token: 1}


def test_nobody_waits_for_a_renewal_while_the_token_lives(world: VaultWorld) -> None:
    pair = world.connect()
    world.expire(minutes=3)
    seen: list[str] = []
    world.grants.after.append(lambda: seen.append(world.another_process().access_token(AN)))
    renewed = world.vault.access_token(AN)
    assert seen == [pair.access_token]
    assert renewed != pair.access_token


def test_whoever_waits_for_a_renewal_gets_what_it_gave(world: VaultWorld) -> None:
    world.connect()
    world.expire()
    grant = world.store.get(AN)
    assert grant
    now = world.clock.now()
    claimed = world.store.claim(grant, "another", now, now + LEASE, None)
    assert claimed
    pair = world.grants.pair()

    def save_meanwhile(seconds: float) -> None:
        world.clock.sleeper = None
        world.clock.advance(seconds=seconds)
        sealed = world.vault._keys().seal(AN, pair)
        assert world.store.save(claimed, pair, sealed, world.clock.now())

    world.clock.sleeper = save_meanwhile
    assert world.vault.access_token(AN) == pair.access_token
    assert not world.grants.presented


def test_whoever_waits_for_a_renewal_that_fails_fails_with_it(world: VaultWorld) -> None:
    world.connect()
    world.expire()
    world.grants.before += [lambda: world.clock.advance(seconds=1), SERVER_ERROR]
    heard: list[Any] = []

    def ask_too() -> None:
        def fail_meanwhile(seconds: float) -> None:
            world.clock.sleeper = None
            world.clock.advance(seconds=seconds)
            grant = world.store.get(AN)
            assert grant
            assert world.store.release(grant, Failure(at=to_text(world.clock.now()), reason="failed"))

        world.clock.sleeper = fail_meanwhile
        with pytest.raises(LarkApiError, match="failed") as caught:
            world.another_process().access_token(AN)
        heard.append(caught.value.outcome.verdict)

    world.grants.before[:] = [ask_too]
    world.vault.access_token(AN)
    assert heard == [Verdict.RETRY]
    assert sum(world.grants.presented.values()) == 1


def test_a_pair_that_comes_late_heals_what_was_taken_for_lost(world: VaultWorld) -> None:
    world.connect()
    world.expire()

    def slow() -> None:
        world.clock.advance(seconds=40)
        with pytest.raises(ReconnectError, match="answer_lost"):
            world.another_process().access_token(AN)

    world.grants.after.append(slow)
    token = world.vault.access_token(AN)
    grant = world.vault.grant(AN)
    assert grant
    assert grant.reason == ""
    assert world.another_process().access_token(AN) == token


def test_a_late_pair_does_not_take_the_place_of_a_new_grant(world: VaultWorld) -> None:
    world.connect()
    world.expire()
    new: list[TokenPair] = []
    world.grants.after.append(lambda: new.append(world.connect()))
    assert world.vault.access_token(AN) == new[0].access_token
    assert world.another_process().access_token(AN) == new[0].access_token


@pytest.mark.parametrize("outcome", [*ENDING, NO_ANSWER], ids=lambda one: str(one.lark_code or one.reason))
def test_whose_owner_has_consented_meanwhile_is_not_to_be_connected_again(
    world: VaultWorld, outcome: Outcome
) -> None:
    world.connect()
    world.expire()
    new: list[TokenPair] = []

    def consent_and_fail() -> None:
        new.append(world.connect())
        raise (GrantEndedError if outcome in ENDING else LarkApiError)(outcome)

    world.grants.after.append(consent_and_fail)
    assert world.vault.access_token(AN) == new[0].access_token
    assert world.vault.claim_asking(AN, "turn") is False


@pytest.mark.parametrize("fault", [aws_fails, answers_lost])
def test_a_pair_that_reached_us_is_saved_although_aws_falters(
    world: VaultWorld, fault: Callable[..., Any]
) -> None:
    pair = world.connect()
    world.expire()
    broken: list[Any] = []

    def break_aws() -> None:
        broken.append(fault("dynamodb", "UpdateItem"))
        broken[0].__enter__()

    def mend(seconds: float) -> None:
        world.clock.sleeper = None
        world.clock.advance(seconds=seconds)
        broken[0].__exit__(None, None, None)

    world.grants.after.append(break_aws)
    world.clock.sleeper = mend
    token = world.vault.access_token(AN)
    assert token == world.grants.spent[pair.refresh_token]
    assert world.another_process().access_token(AN) == token


def test_a_pair_that_cannot_be_saved_is_not_used(world: VaultWorld) -> None:
    world.connect()
    world.expire()
    with aws_fails("dynamodb", "UpdateItem", no_answer, after=1), pytest.raises(AwsUnavailableError):
        world.vault.access_token(AN)


def test_of_all_who_meet_a_lost_grant_one_asks_however_often(world: VaultWorld) -> None:
    world.connect()
    assert world.vault.claim_asking(AN, "turn-1") is False
    world.expire()
    world.grants.after.append(NO_ANSWER)
    with pytest.raises(ReconnectError):
        world.vault.access_token(AN)
    assert [world.vault.claim_asking(AN, f"turn-{number}") for number in (1, 2, 1, 3)] == [
        True,
        False,
        True,
        False,
    ]
    world.connect()
    assert world.vault.claim_asking(AN, "turn-1") is False


def test_use_is_noted_once_a_day(world: VaultWorld) -> None:
    world.connect()
    noted = set[Any]()
    for _ in range(3 * 24):
        world.clock.advance(hours=1)
        world.vault.access_token(AN)
        grant = world.vault.grant(AN)
        assert grant
        noted.add(grant.used_at)
    assert len(noted) == 4
    before = max(noted)
    world.clock.advance(hours=30)
    world.vault.keep_alive(AN)
    grant = world.vault.grant(AN)
    assert grant
    assert grant.used_at == before


def test_disconnecting_deletes_here_and_revokes_there(world: VaultWorld) -> None:
    pair = world.connect()
    world.connect(BINH)
    assert world.disconnect() == (True, True, "")
    assert world.grants.revoked == [(pair.refresh_token, "refresh_token")]
    assert world.vault.grant(AN) is None
    assert world.vault.access_token(BINH)
    assert world.disconnect() == (False, False, "")


def test_from_the_moment_that_somebody_disconnects_nobody_uses_their_grant(world: VaultWorld) -> None:
    world.connect()
    heard: list[object] = []

    def meanwhile() -> None:
        heard.append(world.vault.grant(AN))
        for use in (world.vault.access_token, world.vault.keep_alive):
            with pytest.raises(NotConnectedError):
                use(AN)
        assert world.vault.claim_asking(AN, "turn") is False

    world.grants.revoking.append(meanwhile)
    assert world.disconnect().revoked
    assert heard == [None]


def test_whoever_connects_again_while_they_are_disconnected_stays_connected(
    world: VaultWorld, account: MemoryAccount
) -> None:
    world.connect()
    world.grants.revoking.append(lambda: (world.clock.advance(seconds=1), world.connect()))
    assert world.disconnect() == (True, True, "")
    assert world.vault.access_token(AN) == "u-1"
    assert len(account.dynamo.items("AuditTable")) == 1


def test_a_newer_consent_is_never_replaced_by_an_older_one(world: VaultWorld) -> None:
    older, first = world.grants.pair(), world.clock.now()
    world.clock.advance(seconds=2)
    world.connect()
    assert world.vault.keep(AN, older, granted_at=first) is False
    assert world.vault.access_token(AN) == "u-1"
    assert world.grants.revoked == []


def test_a_consent_that_is_kept_again_brings_back_nothing_that_was_deleted_meanwhile(
    world: VaultWorld,
) -> None:
    with ExitStack() as lost:

        def meanwhile(_: float) -> None:
            lost.close()
            world.disconnect()

        lost.enter_context(answers_lost("dynamodb", "TransactWriteItems"))
        world.clock.sleeper = meanwhile
        world.connect()
    assert world.vault.grant(AN) is None


def test_what_cannot_be_revoked_is_deleted_all_the_same(world: VaultWorld) -> None:
    world.connect()
    world.grants.revoking.append(NO_ANSWER)
    assert world.disconnect() == (True, False, "no_answer")
    assert world.vault.grant(AN) is None
    world.connect()
    world.keys = [vault_key("x")]
    done = world.disconnect()
    assert (done.was_connected, done.revoked) == (True, False)
    assert "TOKEN_VAULT_KEY does not have" in done.failure
    assert world.vault.grant(AN) is None


def test_a_grant_without_a_refresh_token_is_revoked_by_its_access_token(world: VaultWorld) -> None:
    world.vault.keep(AN, world.grants.pair()._replace(refresh_token=""))
    world.disconnect()
    assert world.grants.revoked == [("u-0", "access_token")]


def test_who_disconnects_during_a_renewal_stays_disconnected(world: VaultWorld) -> None:
    world.connect()
    world.expire()
    world.grants.after.append(world.disconnect)
    with pytest.raises(NotConnectedError):
        world.vault.access_token(AN)
    assert world.vault.grant(AN) is None
    assert world.grants.revoked == [("ur-0", "refresh_token"), ("ur-1", "refresh_token")]
    assert not world.grants.living


def test_no_token_is_logged(world: VaultWorld) -> None:
    world.keys = [vault_key()]
    with captured() as output:
        world.connect()
        for outcome in (SERVER_ERROR, ENDING[0]):
            world.expire()
            world.grants.before.append(outcome)
            with pytest.raises((LarkApiError, ReconnectError)):
                world.vault.access_token(AN)
        world.disconnect()
    assert output.lines
    assert "u-0" not in output.text
    assert "ur-0" not in output.text
    assert vault_key() not in output.text
