"""Addresses that the bundle calls when it hands something on: generic receivers, and ModelRiver's callback.

Source for ModelRiver: its sample applications. POST /v1/callback/{channel_id} with the API key as bearer
token. Not confirmed by its documentation, and assumed here: the answers' status and body.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sandbox.credentials import matches
from sandbox.faults import Fault, FaultSwitch, fault_routes
from sandbox.records import record_routes
from sandbox.routing import ANY_METHOD, Reply, Request, Route, json_reply

HOOK_PATH = "/hooks/{name}"
HOOK_CONTROL = "/_sandbox/hooks/{name}"
CALLBACK_PATH = "/v1/callback/{channel_id}"
MODELRIVER_CONTROL = "/_sandbox/modelriver"


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A request that arrived, and the status it was answered with; `headers` by lower-case name."""

    time: float
    method: str
    headers: dict[str, str]
    body: str
    status: int


class Hooks:
    """Receivers of any name, each with requests and faults of its own."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._requests = defaultdict[str, list[HookRequest]](list)
        self._faults = defaultdict[str, FaultSwitch](FaultSwitch)

    def requests(self, name: str) -> list[HookRequest]:
        """Return every request that arrived at a receiver, oldest first."""
        return self._requests[name]

    def faults(self, name: str) -> FaultSwitch:
        """Return a receiver's faults; ``error_code`` answers the HTTP status `code`."""
        return self._faults[name]

    def routes(self) -> list[Route]:
        """Return the receivers and their control routes."""
        return [
            Route(ANY_METHOD, HOOK_PATH, self._receive),
            *record_routes(f"{HOOK_CONTROL}/requests", lambda request: self.requests(request.params["name"])),
            *fault_routes(HOOK_CONTROL, lambda request: self.faults(request.params["name"])),
        ]

    def _receive(self, request: Request) -> Reply:
        name = request.params["name"]

        def process(fault: Fault | None) -> Reply:
            reply = _failure(fault) or json_reply(200, {"ok": True})
            headers = {header.lower(): value for header, value in request.headers.items()}
            body = request.body.decode("utf-8", "replace")
            self._requests[name].append(HookRequest(self._now(), request.method, headers, body, reply.status))
            return reply

        return self._faults[name].answer(request.on_arrival, process)


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that ModelRiver took."""

    time: float
    channel_id: str
    body: Any


class ModelRiver:
    """ModelRiver's callback address; it takes none without an API key to compare with.

    Attributes
    ----------
    callbacks
        Every callback that was taken, oldest first.
    faults
        What goes wrong at it; ``error_code`` answers the HTTP status `code`.
    """

    def __init__(self, now: Callable[[], float], api_keys: Collection[str]) -> None:
        self.callbacks: list[Callback] = []
        self.faults = FaultSwitch()
        self._now = now
        self.accept(api_keys)

    def accept(self, api_keys: Collection[str]) -> None:
        """Take these keys from now on."""
        self._credentials = [f"Bearer {key}" for key in api_keys]

    def routes(self) -> list[Route]:
        """Return the callback address and its control routes."""
        return [
            Route("POST", CALLBACK_PATH, self._receive),
            *record_routes(f"{MODELRIVER_CONTROL}/callbacks", lambda _: self.callbacks),
            *fault_routes(MODELRIVER_CONTROL, lambda _: self.faults),
        ]

    def _receive(self, request: Request) -> Reply:
        def process(fault: Fault | None) -> Reply:
            return _failure(fault) or self._take(request)

        return self.faults.answer(request.on_arrival, process)

    def _take(self, request: Request) -> Reply:
        if not matches(request.header("Authorization"), self._credentials):
            return json_reply(401, {"error": "unauthorized"})
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            return json_reply(400, {"error": "invalid_json"})
        self.callbacks.append(Callback(self._now(), request.params["channel_id"], body))
        return json_reply(200, {"status": "ok"})


def _failure(fault: Fault | None) -> Reply | None:
    if fault is not None and fault.kind == "error_500":
        return Reply(500)
    if fault is not None and fault.kind == "error_code":
        return Reply(fault.code or 500)
    return None
