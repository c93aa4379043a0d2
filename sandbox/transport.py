"""Simulators behind an httpx client, in the same process."""

from collections.abc import Callable
from typing import Any

import httpx

from sandbox.routing import Request, Router


class RouterTransport(httpx.BaseTransport):
    """Answers an httpx client from a `Router`, failing as httpcore would, without waiting.

    A ``trace`` extension hears ``http11.send_request_headers.started`` once the connection stands and
    before a simulator sees the request (HTTPCore documentation, "Extensions": trace). A delay beyond
    the client's read timeout raises `httpx.ReadTimeout` at once, with the request processed.
    """

    def __init__(self, router: Router) -> None:
        self._router = router

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Process one request, or raise what the client would see."""
        reply = self._router.dispatch(_received(request))
        if not reply.reached:
            raise httpx.ConnectError("Connection refused", request=request)
        if not reply.answer:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            )
        read_timeout = _read_timeout(request)
        if read_timeout is not None and reply.delay > read_timeout:
            raise httpx.ReadTimeout("The read operation timed out", request=request)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body, request=request)


def _received(request: httpx.Request) -> Request:
    return Request(
        method=request.method,
        path=request.url.raw_path.partition(b"?")[0].decode("ascii"),
        headers=request.headers,
        body=request.read(),
        query=dict(request.url.params),
        on_arrival=_announcement(request),
    )


def _announcement(request: httpx.Request) -> Callable[[], None]:
    def announce() -> None:
        trace = request.extensions.get("trace")
        if callable(trace):
            trace("http11.send_request_headers.started", {})

    return announce


def _read_timeout(request: httpx.Request) -> float | None:
    timeout: dict[str, Any] = request.extensions.get("timeout", {})
    return timeout.get("read")
