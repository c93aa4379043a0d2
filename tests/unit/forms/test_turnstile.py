"""Turnstile holds what it says no to, whoever posts it; when it cannot say, a form is a normal form."""

from typing import Any

import pytest

from larkbridge.forms.turnstile import read_answer
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from sandbox.siteverify import ALREADY_SPENT, ALWAYS_FAILS, ALWAYS_PASSES, DUMMY_TOKEN, TurnstileSiteverify
from tests.support.aws import SECRETS
from tests.support.forms import FORMS, html_form_event
from tests.support.output import captured
from tests.support.world import Answer, World
from tests.unit.pages.test_posting import HOLD, TYPED

FORM = FORMS[FormType.STUDENT_INFO]
MISSING, REFUSED = ["turnstile_missing"], ["turnstile_refused"]


@pytest.fixture
def guarded(world: World) -> World:
    """A world in which Turnstile is switched on."""
    world.restart(TURNSTILE_SITE_KEY="0x4AAAAAAAlocal")
    return world


@pytest.fixture
def turnstile(guarded: World) -> TurnstileSiteverify:
    return guarded.simulators.turnstile


def post(world: World, token: Any = None, key: str = "") -> Answer:
    return world.post(fields=FORM | {"cf-turnstile-response": token, "submissionKey": key})


def held_for(world: World, answer: Answer) -> list[str] | None:
    assert answer.status == 200
    return world.stored(answer.body["submissionId"]).held_for


def test_person_is_sent(guarded: World, turnstile: TurnstileSiteverify) -> None:
    assert post(guarded, turnstile.token()).body["larkStatus"] == "sent"


@pytest.mark.parametrize("none", [None, "", "  "])
def test_no_token_holds_whoever_posts(guarded: World, none: Any) -> None:
    assert held_for(guarded, post(guarded, none)) == MISSING
    assert held_for(guarded, guarded.send(FormType.STUDENT_INFO, html_form_event(FORM))) == MISSING
    assert guarded.browse(HOLD, TYPED).status == 303
    assert [run.payload for run in guarded.lark.runs] == []
    assert guarded.simulators.turnstile.requests == []


def test_token_of_a_page_is_read(guarded: World, turnstile: TurnstileSiteverify) -> None:
    answer = guarded.browse(HOLD, TYPED | {"cf-turnstile-response": turnstile.token()})
    assert (answer.status, len(guarded.lark.runs)) == (303, 1)


@pytest.mark.parametrize("forged", ["0.forged", DUMMY_TOKEN, "x" * 3000])
def test_cloudflares_no_holds(guarded: World, forged: str) -> None:
    assert held_for(guarded, post(guarded, forged)) == REFUSED


@pytest.mark.parametrize("odd", [1, True, ["0.x"], {"a": 1}])
def test_what_is_no_token_is_none(guarded: World, odd: Any) -> None:
    assert held_for(guarded, post(guarded, odd)) == MISSING


def test_token_serves_once(guarded: World, turnstile: TurnstileSiteverify) -> None:
    token = turnstile.token()
    assert held_for(guarded, post(guarded, token, key="one")) is None
    assert held_for(guarded, post(guarded, token, key="two")) == REFUSED


def test_double_click_is_one_person(guarded: World, turnstile: TurnstileSiteverify) -> None:
    token = turnstile.token()
    answers = [post(guarded, token, key="one") for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert {request["idempotency_key"] for request in turnstile.requests} == {answers[0].body["submissionId"]}


def test_token_is_too_old_after_five_minutes(guarded: World, turnstile: TurnstileSiteverify) -> None:
    token = turnstile.token()
    guarded.clock.advance(seconds=301)
    assert held_for(guarded, post(guarded, token)) == REFUSED


@pytest.mark.parametrize(
    "fault",
    [
        Fault("down"),
        Fault("error_500"),
        Fault("error_code", code=1),
        Fault("slow", delay_seconds=30),
        Fault("answer_lost"),
    ],
    ids=lambda fault: fault.kind,
)
def test_cloudflare_that_cannot_say_holds_nobody(
    guarded: World, turnstile: TurnstileSiteverify, fault: Fault
) -> None:
    turnstile.faults.set(fault)
    with captured() as output:
        assert post(guarded, "0.any").body["larkStatus"] == "sent"
    assert output.metrics["TurnstileUnavailable"] == [1]


def secrets(value: Any) -> dict[str, Any]:
    rest = {name: secret for name, secret in SECRETS.items() if name != "TURNSTILE_SECRET"}
    return rest if value is None else rest | {"TURNSTILE_SECRET": value}


@pytest.mark.parametrize("wrong", ["another", None, {"no": "text"}])
def test_wrong_secret_holds_nobody_and_somebody_hears_of_it(guarded: World, wrong: Any) -> None:
    guarded.put_secrets(secrets(wrong))
    guarded.restart(TURNSTILE_SITE_KEY="0x4AAAAAAAlocal")
    with captured() as output:
        assert post(guarded, "0.any").body["larkStatus"] == "sent"
    assert output.metrics["TurnstileMisconfigured"] == [1]
    assert "another" not in output.text


@pytest.mark.parametrize(
    ("secret", "expected"), [(ALWAYS_PASSES, None), (ALWAYS_FAILS, REFUSED), (ALREADY_SPENT, REFUSED)]
)
def test_cloudflares_dummy_keys_work(guarded: World, secret: str, expected: list[str] | None) -> None:
    guarded.put_secrets(secrets(secret))
    guarded.restart(TURNSTILE_SITE_KEY="1x00000000000000000000AA")
    assert held_for(guarded, post(guarded, DUMMY_TOKEN)) == expected


def test_switched_off_it_is_never_asked(world: World) -> None:
    assert held_for(world, post(world, "0.any")) is None
    assert world.simulators.turnstile.requests == []


def test_robot_that_is_known_by_other_signs_costs_no_question(
    guarded: World, turnstile: TurnstileSiteverify
) -> None:
    answer = guarded.post(fields=FORM | {"phu_luc": "x", "cf-turnstile-response": turnstile.token()})
    assert held_for(guarded, answer) == ["honeypot"]
    assert turnstile.requests == []


NO_ANSWERS = [
    b"",
    b"[]",
    b"null",
    b"{}",
    b"\xff",
    b'{"success": "true"}',
    b'{"success": false}',
    b"[" * 20_000,
]
NO_ANSWERS += [b'{"success": false, "error-codes": 5}', b'{"success": false, "error-codes": null}']


@pytest.mark.parametrize("body", NO_ANSWERS, ids=lambda body: body[:30].decode("latin-1"))
def test_answer_that_makes_no_sense_holds_nobody(body: bytes) -> None:
    assert read_answer(body) is None
