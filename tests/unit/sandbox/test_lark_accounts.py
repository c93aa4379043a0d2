"""The accounts site: what a person sees and presses, and every way in which tokens are refused."""

import pytest

from larkbridge.lark.api_error import GrantEndedError, LarkApiError
from larkbridge.lark.grant_answers import Device, NoRefreshTokenError, Waiting
from larkbridge.token_pair import TokenPair
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from sandbox.lark.contacts import PEOPLE
from tests.support.lark import APP_ID, refused
from tests.support.lark_accounts import (
    ACCOUNTS,
    MANAGER,
    PERSON,
    READ_TASKS,
    REDIRECT,
    VERIFIER,
    AccountsWorld,
    opened,
    press,
    sent_back,
)

WRITE_TASKS = "task:task:write"


@pytest.fixture
def world() -> AccountsWorld:
    return AccountsWorld()


def ended(world: AccountsWorld, token: str) -> int | None:
    with pytest.raises(GrantEndedError) as caught:
        world.oauth.refresh(token)
    return caught.value.outcome.lark_code


def test_the_page_says_what_is_asked_for_and_who_may_answer(world: AccountsWorld) -> None:
    html = world.ask(READ_TASKS).body.decode()
    assert READ_TASKS in html
    assert all(person.email in html for person in PEOPLE)


def test_a_person_who_agrees_comes_back_with_a_code_and_the_state(world: AccountsWorld) -> None:
    back = sent_back(press(world.router, world.ask(READ_TASKS, state="s&=1"), PERSON))
    assert back.keys() == {"code", "state"}
    assert back["state"] == "s&=1"


def test_a_person_who_refuses_comes_back_with_nothing_else(world: AccountsWorld) -> None:
    back = sent_back(press(world.router, world.ask(READ_TASKS), PERSON, "refuse"))
    assert back == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize("redirect_uri", [f"{REDIRECT}/", REDIRECT.upper(), "https://evil.test/", ""])
def test_nobody_is_led_to_where_the_app_has_not_registered(world: AccountsWorld, redirect_uri: str) -> None:
    page = world.ask(READ_TASKS, redirect_uri=redirect_uri)
    assert (page.status, b"20029" in page.body) == (400, True)
    world.accounts.redirect_uris.clear()


def test_a_scope_that_is_not_switched_on_is_named(world: AccountsWorld) -> None:
    world.api.tokens.user_tokens.app_scopes.discard(READ_TASKS)
    page = world.ask(READ_TASKS)
    assert page.status == 400
    assert b"20027" in page.body
    assert READ_TASKS.encode() in page.body


def test_tokens_are_the_persons(world: AccountsWorld) -> None:
    pair = world.connected(READ_TASKS, open_id=MANAGER)
    assert pair.scopes == ("offline_access", READ_TASKS)
    who = world.oauth.user_info(pair.access_token)
    assert (who.open_id, who.user_id, who.name) == (MANAGER, "huong01", "Phạm Thu Hương")
    assert (pair.expires_at - world.clock.now()).total_seconds() == 7200
    assert pair.refresh_expires_at is not None
    assert (pair.refresh_expires_at - world.clock.now()).days == 7


def test_scopes_gather_and_the_newest_token_has_them_all(world: AccountsWorld) -> None:
    world.connected(READ_TASKS)
    assert world.connected(WRITE_TASKS).scopes == ("offline_access", READ_TASKS, WRITE_TASKS)
    assert world.connected(WRITE_TASKS, open_id=MANAGER).scopes == ("offline_access", WRITE_TASKS)


@pytest.mark.parametrize(
    ("minutes", "redirect_uri", "verifier", "code"),
    [
        (5, REDIRECT, VERIFIER, 20004),
        (0, f"{REDIRECT}/", VERIFIER, 20071),
        (0, REDIRECT, "w" * 43, 20049),
        (0, REDIRECT, "", 20049),
    ],
)
def test_a_code_serves_whom_it_was_given_for_and_for_five_minutes(
    world: AccountsWorld, minutes: int, redirect_uri: str, verifier: str, code: int
) -> None:
    given = world.code()
    world.clock.advance(minutes=minutes)
    outcome = refused(lambda: world.oauth.exchange(given, redirect_uri, verifier))
    assert (outcome.http_status, outcome.lark_code) == (400, code)
    assert refused(lambda: world.oauth.exchange(given, REDIRECT, VERIFIER)).lark_code == 20065


def test_a_code_serves_once(world: AccountsWorld) -> None:
    code = world.code()
    world.oauth.exchange(code, REDIRECT, VERIFIER)
    assert refused(lambda: world.oauth.exchange(code, REDIRECT, VERIFIER)).lark_code == 20065
    assert refused(lambda: world.oauth.exchange("made-up", REDIRECT, VERIFIER)).lark_code == 20003


def test_a_refresh_token_serves_once_and_the_old_access_token_for_another_minute(
    world: AccountsWorld,
) -> None:
    first = world.connected()
    second = world.oauth.refresh(first.refresh_token)
    assert ended(world, first.refresh_token) == 20073
    assert world.oauth.user_info(first.access_token).open_id == PERSON
    world.clock.advance(seconds=60)
    assert refused(lambda: world.oauth.user_info(first.access_token)).lark_code == 99991668
    assert world.oauth.user_info(second.access_token).open_id == PERSON
    assert [call.answer for call in world.accounts.calls] == [0, 0, 20073]


def test_a_refresh_token_is_dead_also_when_its_answer_was_lost(world: AccountsWorld) -> None:
    pair = world.connected()
    world.accounts.faults["token"].set(Fault("answer_lost", times=1))
    assert refused(lambda: world.oauth.refresh(pair.refresh_token)).verdict is Verdict.UNKNOWN
    assert ended(world, pair.refresh_token) == 20073


def test_a_refresh_token_dies_of_idleness_in_seven_days(world: AccountsWorld) -> None:
    pair = world.connected()
    world.clock.advance(days=6, hours=23)
    pair = world.oauth.refresh(pair.refresh_token)
    world.clock.advance(days=7)
    assert ended(world, pair.refresh_token) == 20037


def test_a_consent_ends_after_a_year_however_it_was_used(world: AccountsWorld) -> None:
    pair = world.connected()
    for _ in range(60):
        world.clock.advance(days=6)
        pair = world.oauth.refresh(pair.refresh_token)
    assert pair.refresh_expires_at is not None
    assert (pair.refresh_expires_at - world.clock.now()).days == 5
    world.clock.advance(days=5)
    assert ended(world, pair.refresh_token) == 20037


def test_without_the_refresh_switched_on_there_is_no_refresh_token(world: AccountsWorld) -> None:
    pair = world.connected()
    world.accounts.grants.refresh_allowed = False
    assert ended(world, pair.refresh_token) == 20074
    with pytest.raises(NoRefreshTokenError):
        world.connected()


def test_whom_the_app_is_not_available_to_gets_no_token(world: AccountsWorld) -> None:
    pair = world.connected()
    world.accounts.grants.unavailable.add(PERSON)
    assert refused(lambda: world.connected()).lark_code == 20010
    assert refused(lambda: world.oauth.refresh(pair.refresh_token)).lark_code == 20010
    world.accounts.grants.unavailable.clear()
    assert world.oauth.refresh(pair.refresh_token).access_token


@pytest.mark.parametrize("hint", ["refresh_token", "access_token"])
def test_a_revoked_token_is_dead(world: AccountsWorld, hint: str) -> None:
    pair = world.connected()
    world.oauth.revoke(pair.refresh_token if hint == "refresh_token" else pair.access_token, hint)
    assert refused(lambda: world.oauth.user_info(pair.access_token)).lark_code == 99991668
    if hint == "refresh_token":
        assert ended(world, pair.refresh_token) == 20064
    world.oauth.revoke("unknown")


def test_a_consent_that_is_taken_back_ends_everything(world: AccountsWorld) -> None:
    pair = world.connected()
    world.accounts.grants.forget(PERSON)
    assert ended(world, pair.refresh_token) == 20064
    assert refused(lambda: world.oauth.user_info(pair.access_token)).lark_code == 99991668
    assert world.connected(WRITE_TASKS).scopes == ("offline_access", WRITE_TASKS)


def device_of(world: AccountsWorld) -> Device:
    return world.oauth.start_device([READ_TASKS])


def test_a_device_is_connected_by_a_person_elsewhere(world: AccountsWorld) -> None:
    device = device_of(world)
    assert world.oauth.poll_device(device.device_code) is Waiting.PENDING
    world.clock.advance(seconds=4)
    assert world.oauth.poll_device(device.device_code) is Waiting.SLOW_DOWN
    world.clock.advance(seconds=9)
    assert world.oauth.poll_device(device.device_code) is Waiting.SLOW_DOWN
    page = opened(world.router, device.url)
    assert READ_TASKS in page.body.decode()
    assert press(world.router, page, MANAGER).status == 200
    pair = world.oauth.poll_device(device.device_code)
    assert isinstance(pair, TokenPair)
    assert world.oauth.user_info(pair.access_token).open_id == MANAGER
    assert opened(world.router, device.url).status == 404
    with pytest.raises(LarkApiError):
        world.oauth.poll_device(device.device_code)


def test_a_device_is_refused_or_forgotten(world: AccountsWorld) -> None:
    device, other = device_of(world), device_of(world)
    press(world.router, opened(world.router, device.url), PERSON, "refuse")
    assert refused(lambda: world.oauth.poll_device(device.device_code)).reason == "access_denied"
    world.clock.advance(seconds=240)
    assert refused(lambda: world.oauth.poll_device(other.device_code)).reason == "device_code_expired"
    assert opened(world.router, other.url).status == 404


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        (Fault("error_code", 20072, status=503, times=1), Verdict.RETRY, "failed"),
        (Fault("error_code", 20050, status=500, times=1), Verdict.RETRY, "failed"),
        (Fault("error_500", times=1), Verdict.UNKNOWN, "http_500"),
        (Fault("down", times=1), Verdict.RETRY, "not_connected"),
        (Fault("slow", delay_seconds=60, times=1), Verdict.UNKNOWN, "no_answer"),
    ],
)
def test_faults_of_the_token_api(world: AccountsWorld, fault: Fault, verdict: Verdict, reason: str) -> None:
    pair = world.connected()
    world.accounts.faults["token"].set(fault)
    outcome = refused(lambda: world.oauth.refresh(pair.refresh_token))
    assert (outcome.verdict, outcome.reason) == (verdict, reason)


def test_the_apps_credential_is_checked(world: AccountsWorld) -> None:
    pair = world.connected()
    world.api.accept(["another"])
    outcome = refused(lambda: world.oauth.refresh(pair.refresh_token))
    assert (outcome.lark_code, outcome.reason) == (20002, "bad_app_credential")
    assert refused(lambda: world.oauth.revoke(pair.refresh_token)).lark_code == 20002
    assert refused(lambda: device_of(world)).lark_code == 20002


def test_a_credential_comes_in_one_way(world: AccountsWorld) -> None:
    reply = world.http.request(
        "POST",
        f"{ACCOUNTS}/oauth/v3/token",
        headers={
            "Authorization": "Basic eDp5",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        body=f"grant_type=refresh_token&client_id={APP_ID}&client_secret=x".encode(),
    )
    assert b"20070" in reply.body
