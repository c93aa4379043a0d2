"""The workflow trigger behind an httpx client, in the same process."""

from typing import Any

import httpx

from sandbox.lark.routes import EVENT_PATH
from sandbox.lark.workflow import TriggerRequest, WorkflowTrigger
from sandbox.routing import match_path


class WorkflowTransport(httpx.BaseTransport):
    """Answers an httpx client from a `WorkflowTrigger`, failing as httpcore would, without waiting.

    A ``trace`` extension hears ``http11.send_request_headers.started`` once the connection stands and
    before the trigger sees the request (HTTPCore documentation, "Extensions": trace). A delay beyond
    the client's read timeout raises `httpx.ReadTimeout` at once, with the request processed.
    """

    def __init__(self, trigger: WorkflowTrigger) -> None:
        self._trigger = trigger

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Process one request, or raise what the client would see."""
        params = match_path(EVENT_PATH, request.url.path)
        if params is None:
            _announce(request)
            return httpx.Response(404, request=request)
        reply = self._trigger.receive(
            TriggerRequest(request.method, params["workflow_id"], request.headers, request.read()),
            on_arrival=lambda: _announce(request),
        )
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


def _announce(request: httpx.Request) -> None:
    trace = request.extensions.get("trace")
    if callable(trace):
        trace("http11.send_request_headers.started", {})


def _read_timeout(request: httpx.Request) -> float | None:
    timeout: dict[str, Any] = request.extensions.get("timeout", {})
    return timeout.get("read")
