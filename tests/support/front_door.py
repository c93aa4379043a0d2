"""A reverse proxy in front of the deployed API, as a centre's own web server is one."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self
from urllib.parse import urlsplit

HOP_BY_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})


class FrontDoor:
    """Leads everything below its own prefix to the API.

    Attributes
    ----------
    url
        Where the pages are: an origin and a prefix that the API knows nothing of.
    sent, answered
        Headers that are added to requests and put over those of answers.
    loses_answers
        Whether the API's answers get lost: the request arrives, and the browser sees the connection end.
    """

    def __init__(self, api_url: str, prefix: str) -> None:
        self.sent: dict[str, str] = {}
        self.answered: dict[str, str] = {}
        self.loses_answers = False
        self._api, self._prefix = urlsplit(api_url), prefix
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://localhost:{self._server.server_port}{prefix}"

    @classmethod
    @contextmanager
    def opened(cls, api_url: str, prefix: str = "/trung-tam") -> Iterator[Self]:
        """Serve while the block runs."""
        door = cls(api_url, prefix)
        thread = Thread(target=door._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield door
        finally:
            door._server.shutdown()
            door._server.server_close()
            thread.join(5)

    def pass_on(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request to the API and return its answer's status, headers and body."""
        kept = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
        with closing(http.client.HTTPConnection(self._api.netloc, timeout=40)) as api:
            api.request(method, self._api.path + path.removeprefix(self._prefix), body, kept | self.sent)
            answer = api.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if not self.path.startswith(door._prefix + "/"):
                    self.send_error(404)
                    return
                status, headers, content = door.pass_on(self.command, self.path, dict(self.headers), body)
                if door.loses_answers:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in (headers | door.answered).items():
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_OPTIONS = answer  # noqa: N815 - the base class's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Say nothing."""

        return Handler
