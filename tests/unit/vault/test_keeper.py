"""The keeper renews what would die, warns of what ends, asks once, seals anew, and leaves the rest alone."""

from datetime import timedelta
from itertools import pairwise

import pytest

from larkbridge.clock import to_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.api_error import error_of
from larkbridge.store.codec import from_item
from larkbridge.store.grants import GRANTED_FOR, LARK_USER, Owner
from larkbridge.token_pair import TokenPair
from larkbridge.vault.keeper import Kept
from larkbridge.vault.refusals import ReconnectError
from larkbridge.vault.sealing import VaultKeys
from larkbridge.work.outcome import Verdict
from tests.support.aws_faults import aws_fails
from tests.support.calls import Calls
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.output import captured
from tests.support.vault import (
    ACCESS_LIFE,
    AN,
    NO_ANSWER,
    NOT_SENT,
    SERVER_ERROR,
    KeptWorld,
    refusal,
    vault_key,
)

BINH, OA = Owner(LARK_USER, "ou_binh"), Owner("zalo", "oa-1")


@pytest.fixture
def world(environ: dict[str, str]) -> KeptWorld:
    return KeptWorld(environ)


def use(world: KeptWorld, owner: Owner = AN) -> None:
    world.vault.access_token(owner)


def test_a_run_with_nothing_due_costs_one_request(world: KeptWorld) -> None:
    for number in range(50):
        world.connect(Owner(LARK_USER, f"ou_{number}"))
    calls = Calls()
    with calls.watch_aws():
        assert world.keep() == Kept()
    assert calls.made == ["dynamodb Query"]


def test_what_is_used_now_and_then_never_dies(world: KeptWorld) -> None:
    world.connect()
    for day in range(120):
        world.clock.advance(days=1)
        world.keep()
        if day % 29 == 0:
            use(world)
    use(world)
    assert max(world.grants.presented.values()) == 1
    assert not world.asked


def test_what_nobody_uses_is_left_to_die_and_looked_at_no_more(world: KeptWorld) -> None:
    world.connect()
    renewed = 0
    for _ in range(60):
        world.clock.advance(days=1)
        renewed += world.keep().renewed
    assert renewed == 4
    assert world.keep() == Kept()
    with pytest.raises(ReconnectError, match="refresh_token_expired"):
        use(world)


def test_what_was_left_is_kept_again_when_it_is_used_in_time(world: KeptWorld) -> None:
    world.connect()
    while world.keep().left == 0:
        world.clock.advance(days=1)
    use(world)
    for _ in range(20):
        world.clock.advance(days=1)
        world.keep()
    use(world)


def test_a_services_grant_is_kept_without_any_use(world: KeptWorld) -> None:
    world.connect(OA)
    for _ in range(100):
        world.clock.advance(days=1)
        world.keep()
    use(world, OA)


def test_a_night_on_which_lark_is_down_costs_nothing(world: KeptWorld) -> None:
    world.connect()
    world.clock.advance(days=5, hours=1)
    world.grants.before.append(NOT_SENT)
    with captured() as output:
        assert world.keep().failed == 1
    assert output.logged("grant not kept")
    world.clock.advance(days=1)
    assert world.keep().renewed == 1
    use(world)


def test_a_run_gives_up_when_everything_fails(world: KeptWorld) -> None:
    for number in range(20):
        world.connect(Owner(LARK_USER, f"ou_{number}"))
    world.clock.advance(days=5, hours=1)
    world.grants.before += [SERVER_ERROR] * 20
    kept = world.keep()
    assert (kept.failed, kept.stopped) == (3, "failing")
    world.grants.before.clear()
    world.clock.advance(minutes=1)
    assert world.keep().renewed == 20


def test_people_whom_lark_refuses_for_now_hold_up_nobody_else(world: KeptWorld) -> None:
    refused = {world.connect(Owner(LARK_USER, f"ou_out_{number}")).refresh_token for number in range(3)}
    world.clock.advance(minutes=1)
    for number in range(5):
        world.connect(Owner(LARK_USER, f"ou_{number}"))
    world.clock.advance(days=5, hours=1)
    renew = world.grants.refresh

    def refresh(token: str) -> TokenPair:
        if token in refused:
            raise error_of(refusal(20010, "app_unavailable", Verdict.RETRY))
        return renew(token)

    world.grants.refresh = refresh  # pyright: ignore[reportAttributeAccessIssue]
    kept = world.keep()
    assert (kept.failed, kept.renewed, kept.stopped) == (3, 5, "nothing_due")


def test_what_failed_is_looked_at_behind_the_others(world: KeptWorld) -> None:
    first = world.connect(AN)
    world.clock.advance(minutes=1)
    for number in range(5):
        world.connect(Owner(LARK_USER, f"ou_{number}"))
    world.clock.advance(days=5, hours=1)
    world.grants.before += [refusal(20010, "app_unavailable", Verdict.RETRY), *[SERVER_ERROR] * 3]
    assert world.keep().stopped == "failing"
    world.clock.advance(minutes=10)
    order: list[str] = []
    renew = world.grants.refresh

    def refresh(token: str) -> TokenPair:
        order.append(token)
        return renew(token)

    world.grants.refresh = refresh  # pyright: ignore[reportAttributeAccessIssue]
    assert world.keep().renewed == 6
    assert order.index(first.refresh_token) >= 2


def test_grants_that_others_renew_just_now_stop_no_run(world: KeptWorld) -> None:
    for number in range(4):
        world.connect(Owner(LARK_USER, f"ou_{number}"))
    world.clock.advance(minutes=1)
    world.connect(AN)
    world.clock.advance(days=5, hours=1)
    now = world.clock.now()
    for number in range(4):
        grant = world.store.get(Owner(LARK_USER, f"ou_{number}"))
        assert grant
        world.store.claim(grant, "another", now, now + timedelta(minutes=1), None)
    kept = world.keep()
    assert (kept.failed, kept.renewed) == (4, 1)


def test_one_grant_that_fails_costs_the_others_nothing(world: KeptWorld) -> None:
    world.keys = [vault_key("x")]
    world.connect()
    world.keys = [vault_key()]
    world.connect(Owner("unknown", "kind"))
    world.connect(BINH)
    world.clock.advance(days=5, hours=1)
    kept = world.keep()
    assert (kept.renewed, kept.failed) == (1, 2)


def test_grants_that_cannot_be_opened_hold_up_none_that_follow(world: KeptWorld) -> None:
    world.keys = [vault_key("l")]
    for number in range(5):
        world.connect(Owner(LARK_USER, f"ou_{number}"))
    world.keys = [vault_key()]
    world.clock.advance(seconds=1)
    world.connect(AN)
    world.clock.advance(days=5, hours=1)
    kept = world.keep()
    assert (kept.renewed, kept.failed, kept.stopped) == (1, 5, "nothing_due")


def test_a_token_that_was_tampered_with_keeps_no_other_from_being_sealed_anew(world: KeptWorld) -> None:
    world.keys = [vault_key("o")]
    world.connect()
    world.connect(BINH)
    grant = world.store.get(AN)
    assert grant
    world.store.reseal(grant, grant.sealed._replace(access_token=grant.sealed.access_token[::-1]))
    world.keys = [vault_key("n"), vault_key("o")]
    kept = world.keep()
    assert (kept.resealed, kept.failed) == (1, 1)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(NO_ANSWER, "answer_lost"), (refusal(20064, "refresh_token_invalid"), "refresh_token_invalid")],
    ids=["lost", "revoked"],
)
def test_the_owner_of_a_lost_grant_is_asked_once_and_told_why(
    world: KeptWorld, outcome: object, reason: str
) -> None:
    world.connect()
    world.clock.advance(days=5, hours=1)
    world.grants.after.append(outcome)  # pyright: ignore[reportArgumentType]
    for _ in range(4):
        world.keep()
        world.clock.advance(days=1)
    assert world.asked == [(AN, reason)]
    assert world.vault.claim_asking(AN, "turn") is False


def test_who_was_asked_in_a_chat_is_not_asked_again(world: KeptWorld) -> None:
    world.connect()
    world.clock.advance(hours=3)
    world.grants.after.append(NO_ANSWER)
    with pytest.raises(ReconnectError):
        use(world)
    assert world.vault.claim_asking(AN, "turn") is True
    for _ in range(8):
        world.clock.advance(days=1)
        world.keep()
    assert world.asked == []


def test_who_was_not_asked_in_the_chat_after_all_is_asked_by_night(world: KeptWorld) -> None:
    world.connect()
    world.clock.advance(hours=3)
    world.grants.after.append(NO_ANSWER)
    with pytest.raises(ReconnectError):
        use(world)
    world.clock.advance(hours=12)
    world.keep()
    assert world.asked == [(AN, "answer_lost")]


def test_an_ask_that_is_not_stored_is_repeated(world: KeptWorld) -> None:
    world.connect()
    world.clock.advance(days=5, hours=1)
    world.grants.after.append(NO_ANSWER)
    world.asking.append(AwsUnavailableError("down"))
    with pytest.raises(AwsUnavailableError):
        world.keep()
    for _ in range(2):
        world.clock.advance(days=1)
        world.keep()
    assert world.asked == [(AN, "answer_lost")]


def test_a_grant_that_ends_within_a_week_rings_every_day(world: KeptWorld) -> None:
    world.connect()
    rung: list[int] = []
    for day in range(1, GRANTED_FOR.days):
        world.clock.advance(days=1)
        if world.keep().ending:
            rung.append(day)
        if day % 20 == 0:
            use(world)
    assert rung == [358, 359, 360, 361, 362, 363, 364]
    world.connect()
    world.clock.advance(days=1)
    assert world.keep().ending == 0


def test_a_disconnection_that_nobody_finished_is_finished_by_night(
    world: KeptWorld, account: MemoryAccount
) -> None:
    pair, at = world.connect(), world.clock.now()
    world.connect(BINH)
    world.clock.advance(hours=1)
    world.store.begin_disconnecting(AN, at, world.clock.now())
    world.clock.advance(hours=1)
    with aws_fails("dynamodb", "TransactWriteItems"):
        assert world.keep().failed == 1
    assert world.vault.grant(AN) is None
    world.clock.advance(days=1)
    assert world.keep() == Kept(disconnected=1)
    assert {*world.grants.revoked} == {(pair.refresh_token, "refresh_token")}
    (entry,) = map(from_item, account.dynamo.items("AuditTable"))
    assert (entry["who"], entry["what"], entry["at"]) == (AN.id, "disconnect", to_text(at))
    assert world.store.get(AN) is None
    assert world.store.get(BINH)
    assert world.keep() == Kept()


def test_tokens_are_sealed_with_the_newest_key(world: KeptWorld) -> None:
    world.keys = [vault_key("o")]
    owners = [AN, BINH, OA]
    for owner in owners:
        world.connect(owner)
    world.keys = [vault_key("n"), vault_key("o")]
    assert world.keep().resealed == 3
    assert world.keep().resealed == 0
    world.keys = [vault_key("n")]
    for owner in owners:
        use(world, owner)
    assert not world.grants.presented


def test_processes_that_are_one_step_of_a_rotation_apart_open_each_others_tokens(world: KeptWorld) -> None:
    """The steps are those of docs/operations.md."""
    old, new = vault_key("o"), vault_key("n")
    for before, after in pairwise(([old], [old, new], [new, old], [new])):
        for first, second in ((before, after), (after, before)):
            world.keys = first
            world.connect()
            world.keys = [new, old]
            if [new] in (before, after):
                world.keep()
            world.keys = second
            use(world)


def test_a_lost_grant_is_sealed_anew_too_so_that_the_old_key_can_go(world: KeptWorld) -> None:
    world.keys = [vault_key("o")]
    world.connect()
    world.expire()
    world.grants.after.append(NO_ANSWER)
    with pytest.raises(ReconnectError):
        use(world)
    world.keys = [vault_key("n"), vault_key("o")]
    assert world.keep().resealed == 1
    assert [*world.store.under_key(VaultKeys([vault_key("o")]).ids[0])] == []


def test_without_a_key_a_deployment_that_nobody_is_connected_to_is_well(world: KeptWorld) -> None:
    world.keys = []
    assert world.keep() == Kept()


def test_a_run_stops_in_time_and_the_next_one_goes_on(world: KeptWorld) -> None:
    for number in range(30):
        world.connect(Owner(LARK_USER, f"ou_{number}"))
    world.clock.advance(days=5, hours=1)
    world.grants.before += [lambda: world.clock.advance(seconds=5)] * 30
    first = world.keep(seconds=80)
    assert first.stopped == "time_up"
    assert 5 < first.renewed < 30
    assert first.renewed + world.keep(seconds=800).renewed == 30


def test_two_keepers_at_once_renew_each_grant_once(world: KeptWorld) -> None:
    for number in range(10):
        world.connect(Owner(LARK_USER, f"ou_{number}"))
    world.clock.advance(days=5, hours=1)
    world.grants.before.append(lambda: world.keep())
    kept = world.keep()
    assert set(world.grants.presented.values()) == {1}
    assert kept.failed == 0
    assert not world.asked


def test_aws_down_ends_the_run(world: KeptWorld) -> None:
    with aws_fails("dynamodb", "Query"), pytest.raises(AwsUnavailableError):
        world.keep()


def test_keeping_is_no_use(world: KeptWorld) -> None:
    world.connect()
    before = world.vault.grant(AN)
    world.clock.advance(days=5, hours=1)
    world.keep()
    after = world.vault.grant(AN)
    assert before
    assert after
    assert after.used_at == before.used_at
    assert after.expires_at == world.clock.now() + ACCESS_LIFE
    assert timedelta(0) < after.expires_at - world.clock.now()
