"""The sandbox over HTTP: ``python -m sandbox.server --port 4570``.

Every simulator brings its own routes; `sandbox.simulators` lists them.
"""

import argparse
import json
import os
import signal
import socketserver
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from threading import Event, Thread
from typing import Any, NoReturn, override
from urllib.parse import parse_qsl

from sandbox.clock import SandboxClock, clock_routes
from sandbox.routing import Reply, Request, Route, Router, json_reply
from sandbox.settings import SandboxSettings
from sandbox.simulators import Simulators

MAX_BODY_BYTES = 16 * 1024 * 1024
FIRST_REQUESTS = "SANDBOX_FIRST_REQUESTS"
"""The variable with the control requests that precede all others: bodies by path, as JSON."""


def build_router(settings: SandboxSettings) -> Router:
    """Return the route table of all simulators, which share one clock."""
    clock = SandboxClock()
    health = Route("GET", "/_sandbox/health", lambda _: json_reply(200, {"ok": True}))
    return Router([health, *clock_routes(clock), *Simulators(clock.now, settings).routes()])


def carry_out(router: Router, requests: Mapping[str, Any]) -> None:
    """Put every body to its path; raises ValueError when one is refused."""
    for path, body in requests.items():
        reply = router.dispatch(Request("PUT", path, {}, json.dumps(body).encode()))
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise ValueError(f"PUT {path} was answered {reply.status}: {reply.body.decode()}")


class SandboxServer(socketserver.ThreadingTCPServer):
    """A threaded HTTP/1.1 server in front of a `Router`; port 0 takes a free port."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, router: Router) -> None:
        self.router = router
        self.stopping = Event()
        super().__init__((host, port), _RequestHandler)

    @property
    def url(self) -> str:
        """The server's address."""
        host, port = self.socket.getsockname()[:2]
        return f"http://{host}:{port}"

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve in a thread, and give the address, until the block ends."""
        thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self.url
        finally:
            self.shutdown()
            thread.join()
            self.server_close()

    @override
    def server_close(self) -> None:
        self.stopping.set()
        super().server_close()

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _UnreadableBodyError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: SandboxServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def _handle(self) -> None:
        try:
            reply = self.server.router.dispatch(self._request())
        except _UnreadableBodyError as error:
            self.close_connection = True
            reply = json_reply(error.status, {"error": "unreadable_body", "message": str(error)})
        dropped = not (reply.reached and reply.answer)
        if dropped or self.server.stopping.wait(reply.delay):
            self.close_connection = True
            self.log_request("dropped")
        else:
            self._send(reply)

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = _handle  # noqa: N815

    def _request(self) -> Request:
        path, _, query = self.path.partition("?")
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        return Request(self.command, path, dict(self.headers.items()), self._body(), parameters)

    def _body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise _UnreadableBodyError(411, "The sandbox needs a Content-Length.")
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise _UnreadableBodyError(400, "Content-Length is not a number.")
        if int(length) > MAX_BODY_BYTES:
            raise _UnreadableBodyError(413, f"The sandbox reads at most {MAX_BODY_BYTES} bytes.")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionAbortedError("the client closed the connection before its body ended")
        return body

    def _send(self, reply: Reply) -> None:
        if reply.sent is not None:
            self.close_connection = True
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[: reply.sent])

    @override
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        path = getattr(self, "path", "-").partition("?")[0]
        self.log_message("%s %s %s", self.command or "-", path, str(code))

    @override
    def log_error(self, format: str, *args: object) -> None:
        """Say nothing: the text may quote the request, and `log_request` follows."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="sandbox.server", description="Simulators of the outside world.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4570)
    arguments = parser.parse_args()
    try:
        router = build_router(SandboxSettings.read(os.environ))
        carry_out(router, json.loads(os.environ.get(FIRST_REQUESTS, "{}")))
    except ValueError as error:
        parser.error(str(error))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)
    with SandboxServer(arguments.host, arguments.port, router) as server:
        print(f"The sandbox listens on {server.url}", file=sys.stderr, flush=True)
        server.serve_forever()


def _exit(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
