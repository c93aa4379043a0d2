"""Cloudflare Turnstile's siteverify, and the tokens that a widget would give a page.

Documented, and so here: a token is good for five minutes and for one validation, which the same
`idempotency_key` may repeat; the dummy secrets know only the dummy token. Assumed: HTTP 200 also for a no.
"""

import json
import secrets as tokens
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qsl

from sandbox.faults import Fault, FaultSwitch, fault_routes
from sandbox.routing import Reply, Request, Route, json_reply

SITEVERIFY = "/turnstile/v0/siteverify"
TURNSTILE_CONTROL = "/_sandbox/turnstile"
DUMMY_TOKEN = "XXXX.DUMMY.TOKEN.XXXX"  # noqa: S105 - published
ALWAYS_PASSES = "1x0000000000000000000000000000000AA"
ALWAYS_FAILS = "2x0000000000000000000000000000000AA"
ALREADY_SPENT = "3x0000000000000000000000000000000AA"
TOKEN_SECONDS = 300
_DUMMIES: dict[str, list[str]] = {
    ALWAYS_PASSES: [],
    ALWAYS_FAILS: ["invalid-input-response"],
    ALREADY_SPENT: ["timeout-or-duplicate"],
}


class TurnstileSiteverify:
    """Validates tokens that it has made.

    Attributes
    ----------
    requests
        Every validation that was asked for, without the secret, oldest first.
    faults
        What goes wrong at it.
    """

    def __init__(self, now: Callable[[], float], secrets: Collection[str]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.faults = FaultSwitch()
        self._now = now
        self._made: dict[str, float] = {}
        self._spent: dict[str, str | None] = {}
        self.accept(secrets)

    def accept(self, secrets: Collection[str]) -> None:
        """Take these secrets from now on."""
        self._secrets = {*secrets}

    def token(self) -> str:
        """Return what a widget gives a page once it takes its visitor for a person."""
        token = f"0.{tokens.token_urlsafe(32)}"
        self._made[token] = self._now()
        return token

    def routes(self) -> list[Route]:
        """Return siteverify and its control routes."""
        return [
            Route("POST", SITEVERIFY, self._receive),
            Route("POST", f"{TURNSTILE_CONTROL}/tokens", lambda _: json_reply(201, {"token": self.token()})),
            *fault_routes(TURNSTILE_CONTROL, lambda _: self.faults),
        ]

    def _receive(self, request: Request) -> Reply:
        def process(fault: Fault | None) -> Reply:
            if fault is not None and fault.kind == "error_500":
                return Reply(500, b"<html>upstream</html>", {"Content-Type": "text/html"})
            asked = _fields(request)
            self.requests.append({name: value for name, value in asked.items() if name != "secret"})
            codes = ["internal-error"] if fault and fault.kind == "error_code" else self._refusal(asked)
            return json_reply(200, {"success": not codes, "error-codes": codes})

        return self.faults.answer(request.on_arrival, process)

    def _refusal(self, asked: dict[str, Any]) -> list[str]:
        """Return why a token is refused, nothing for a good one."""
        secret, token, key = (asked.get(name) for name in ("secret", "response", "idempotency_key"))
        if not secret or not token:
            return [f"missing-input-{'response' if secret else 'secret'}"]
        if secret in _DUMMIES:
            return _DUMMIES[secret] if token == DUMMY_TOKEN else ["invalid-input-response"]
        if secret not in self._secrets:
            return ["invalid-input-secret"]
        if token not in self._made:
            return ["invalid-input-response"]
        if token in self._spent and (key is None or self._spent[token] != key):
            return ["timeout-or-duplicate"]
        if self._now() > self._made[token] + TOKEN_SECONDS:
            return ["timeout-or-duplicate"]
        self._spent[token] = key
        return []


def _fields(request: Request) -> dict[str, Any]:
    if request.header("Content-Type").startswith("application/json"):
        try:
            document = json.loads(request.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace")))
