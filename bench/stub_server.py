"""AWS and Lark on one loopback address, answering at once with what was prepared."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

type Answer = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Takes a call's name ("PutItem", "POST", "GET") and its parameters, and returns the answer's body."""


class StubServer(ThreadingHTTPServer):
    """Keeps the name of each call; a `POST`, `GET` or `DELETE` is one that is not AWS's."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.calls: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve from a thread."""
        Thread(target=self.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            self.shutdown()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: StubServer  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # the whole answer in one packet, or the client's delayed acknowledgement is measured
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        self._answer(self.headers.get("X-Amz-Target", "POST").rpartition(".")[2], parameters)

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_DELETE(self) -> None:
        self._answer("DELETE", {})

    def _answer(self, name: str, parameters: dict[str, Any]) -> None:
        self.server.calls.append(name)
        body = json.dumps(self.server.answer(name, parameters)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - http.server's name
        pass
