"""The simulated siteverify does what Cloudflare documents."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.routing import Request, Router
from sandbox.siteverify import ALWAYS_PASSES, DUMMY_TOKEN, SITEVERIFY, TurnstileSiteverify

SECRET = "turnstile-secret"


class Turnstile:
    """The simulator, its clock and its HTTP side."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.simulator = TurnstileSiteverify(lambda: self.now, [SECRET])
        self._router = Router(self.simulator.routes())

    def ask(self, path: str, body: bytes = b"", content_type: str = "", method: str = "POST") -> Any:
        reply = self._router.dispatch(Request(method, path, {"content-type": content_type}, body))
        return json.loads(reply.body) if reply.body else reply.status

    def verify(self, token: str, secret: str = SECRET, **more: str) -> list[str]:
        """Return why a token is refused."""
        fields = {"secret": secret, "response": token} | more
        answer = self.ask(SITEVERIFY, json.dumps(fields).encode(), "application/json")
        assert answer["success"] == (not answer["error-codes"])
        return answer["error-codes"]


@pytest.fixture
def turnstile() -> Turnstile:
    return Turnstile()


def test_token_is_good_once(turnstile: Turnstile) -> None:
    token = turnstile.ask("/_sandbox/turnstile/tokens")["token"]
    assert [turnstile.verify(token) for _ in range(2)] == [[], ["timeout-or-duplicate"]]


def test_form_encoding_is_taken_too(turnstile: Turnstile) -> None:
    body = urlencode({"secret": SECRET, "response": turnstile.simulator.token()}).encode()
    assert turnstile.ask(SITEVERIFY, body, "application/x-www-form-urlencoded")["success"] is True


def test_same_idempotency_key_is_answered_again_and_another_is_not(turnstile: Turnstile) -> None:
    token = turnstile.simulator.token()
    asked = [turnstile.verify(token, idempotency_key=key) for key in ("a", "a", "b")]
    assert asked == [[], [], ["timeout-or-duplicate"]]


def test_token_lasts_five_minutes(turnstile: Turnstile) -> None:
    token = turnstile.simulator.token()
    turnstile.now += 301
    assert turnstile.verify(token) == ["timeout-or-duplicate"]


@pytest.mark.parametrize(
    ("token", "secret", "code"),
    [
        ("", SECRET, "missing-input-response"),
        ("x", "", "missing-input-secret"),
        ("x", "another", "invalid-input-secret"),
        ("x", SECRET, "invalid-input-response"),
        (DUMMY_TOKEN, SECRET, "invalid-input-response"),
        ("x", ALWAYS_PASSES, "invalid-input-response"),
    ],
)
def test_each_mistake_has_cloudflares_code(turnstile: Turnstile, token: str, secret: str, code: str) -> None:
    assert turnstile.verify(token, secret) == [code]


def test_no_record_has_the_secret(turnstile: Turnstile) -> None:
    turnstile.verify("x")
    assert turnstile.simulator.requests == [{"response": "x"}]


def test_faults_are_switched_by_the_control_route(turnstile: Turnstile) -> None:
    turnstile.ask("/_sandbox/turnstile/fault", b'{"kind": "error_code", "code": 1}', method="PUT")
    assert turnstile.verify(turnstile.simulator.token()) == ["internal-error"]
