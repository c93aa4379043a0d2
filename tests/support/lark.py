"""Lark's open platform in this process, and a client of it."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from larkbridge.http_client import HttpClient
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.client import LarkClient
from larkbridge.work.outcome import Outcome
from sandbox.lark.openapi import TOKEN_PATH, OpenApi
from sandbox.routing import Router
from sandbox.transport import RouterTransport
from tests.support.clock import SimulatedClock

DOMAIN = "https://lark.test"
APP_ID = "cli_test"
APP_SECRET = "app-secret-1"


def lark_client(
    network: httpx.BaseTransport,
    clock: SimulatedClock | None = None,
    *,
    domain: str = DOMAIN,
    app_id: str | None = APP_ID,
    app_secret: Callable[[], str | None] = lambda: APP_SECRET,
) -> LarkClient:
    return LarkClient(domain, app_id, app_secret, HttpClient(network), clock or SimulatedClock())


class Platform:
    """The simulated platform, a client of it, and their clock."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.api = OpenApi(self.clock.timestamp, APP_ID, [APP_SECRET])
        self.client = lark_client(RouterTransport(Router(self.api.routes())), self.clock)


def refused(call: Callable[[], object]) -> Outcome:
    """Return the outcome that a call fails with."""
    with pytest.raises(LarkApiError) as caught:
        call()
    return caught.value.outcome


class ScriptedLark:
    """A platform that gives the answers it is told, the last one for ever, and keeps what it was asked.

    Each answer is a document, or a status, a document or raw body, and headers; or an error that the network
    raises; or what returns one of these for a request.
    """

    def __init__(self, *answers: Any, token_answer: Any = None) -> None:
        self._answers = list(answers or [{"code": 0}])
        self._token_answer = token_answer
        self.calls: list[httpx.Request] = []
        self.credentials: list[httpx.Request] = []
        self.network = httpx.MockTransport(self._respond)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == TOKEN_PATH:
            self.credentials.append(request)
            number = len(self.credentials)
            token = {"code": 0, "msg": "ok", "tenant_access_token": f"t-{number}", "expire": 7200}
            return _response(request, self._token_answer or token)
        self.calls.append(request)
        return _response(request, self._answers[min(len(self.calls), len(self._answers)) - 1])


def _response(request: httpx.Request, answer: Any) -> httpx.Response:
    if callable(answer):
        answer = answer(request)
    if isinstance(answer, Exception):
        request.extensions["trace"]("http11.send_request_headers.started", {})
        raise answer
    status, body, headers = answer if isinstance(answer, tuple) else (200, answer, {})
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers=headers)
