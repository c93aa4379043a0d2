"""What every API of Lark's open platform shares: tenant token, rate, envelope and faults.

Sources: open platform documentation, "Get custom app tenant_access_token", "Server error codes" and "Rate
limits". What they leave open, and is assumed here:

* the platform's own errors come with HTTP 400 (429 for the rate), an API's own mostly with HTTP 200;
* the token API answers as public reports show (github.com/excitedjs/dreamux/issues/417), with HTTP 200:
  10003 to what can be no app id or secret, 10014 to an unknown id and to a wrong secret;
* the checks run in the order token, rate, request;
* a token of the wrong kind, a user's or the app's, is invalid, as one that nobody was given;
* scopes are looked at when the token is good: the app's first, then those of the token;
* a refused request does not count towards a rate, and the wait it is told is one second.
"""

import itertools
from collections.abc import Callable, Collection
from dataclasses import replace
from threading import Lock
from typing import Any, override

from sandbox.faults import Fault, FaultSwitch
from sandbox.lark.envelope import RATE_LIMITED, RefusedError
from sandbox.lark.tenant_tokens import TenantTokens
from sandbox.lark.words import words_of
from sandbox.rate import RateWindow
from sandbox.routing import Handler, Reply, Request, Route, json_reply

type Process = Callable[[Request], dict[str, Any]]
"""Returns what stands in the envelope beside `code` and `msg`, or raises `RefusedError`."""


class PartSwitch(FaultSwitch):
    """The faults of one part of an area; one that is on for the whole area goes first."""

    def __init__(self, area: FaultSwitch) -> None:
        super().__init__()
        self._area = area

    @override
    def _take(self) -> Fault | None:
        return self._area._take() or super()._take()


def _no_time() -> float:
    return 0.0


class Platform:
    """The gate in front of the APIs; it lets one request at a time through."""

    def __init__(self, now: Callable[[], float], tokens: TenantTokens) -> None:
        self._now = now
        self._tokens = tokens
        self._lock = Lock()
        self._log_numbers = itertools.count(1)

    def open_route(self, path: str, faults: FaultSwitch, process: Process) -> Route:
        """Return the route of a POST that needs no token."""
        return Route("POST", path, self._handler(faults, process, _no_time))

    def control(self, method: str, path: str, handler: Handler) -> Route:
        """Return the route of a control request, which no API call comes in the middle of."""

        def handle(request: Request) -> Reply:
            with self._lock:
                return handler(request)

        return Route(method, path, handle)

    def route(
        self,
        method: str,
        path: str,
        faults: FaultSwitch,
        rate: int,
        process: Process,
        *,
        app: bool = True,
        user: bool = False,
        scopes: Collection[str] = (),
        flat: bool = False,
        takes: Callable[[], float] = _no_time,
    ) -> Route:
        """Return the route of an API that takes `rate` requests a second.

        Parameters
        ----------
        app, user
            Whose tokens are good: the app's, a person's, or either.
        scopes
            One of them is needed, where there are any.
        flat
            What `process` returns is not put into ``data``.
        takes
            How many seconds it is until a request that was not refused is answered.
        """
        window = RateWindow(rate)

        def admit(request: Request) -> dict[str, Any]:
            self._tokens.check(request, app=app, user=user, scopes=scopes)
            if window.is_full(self._now()):
                headers = {"x-ogw-ratelimit-limit": str(rate), "x-ogw-ratelimit-reset": "1"}
                raise RefusedError(RATE_LIMITED, "request trigger frequency limit", 429, headers)
            window.add(self._now())
            return process(request) if flat else {"data": process(request)}

        return Route(method, path, self._handler(faults, admit, takes))

    def _handler(self, faults: FaultSwitch, process: Process, takes: Callable[[], float]) -> Handler:
        def handle(request: Request) -> Reply:
            return faults.answer(
                request.on_arrival, lambda fault: self._reply(request, fault, process, takes)
            )

        return handle

    def _reply(
        self, request: Request, fault: Fault | None, process: Process, takes: Callable[[], float]
    ) -> Reply:
        with self._lock:
            log_id = {"X-Tt-Logid": f"log-{next(self._log_numbers)}"}
            if fault is not None and fault.kind == "error_500":
                return Reply(500, headers=log_id)
            if fault is not None and fault.kind == "error_code":
                return json_reply(fault.status, {"code": fault.code, "msg": words_of(fault.code)}, log_id)
            try:
                document = {"code": 0, "msg": "success", **process(request)}
            except RefusedError as error:
                document: dict[str, Any] = {"code": error.code, "msg": error.message}
                if error.details is not None:
                    document["error"] = {"log_id": log_id["X-Tt-Logid"], **error.details}
                return json_reply(error.status, document, {**log_id, **(error.headers or {})})
            return replace(json_reply(200, document, log_id), delay=takes())
