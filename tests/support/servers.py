"""A server of raw sockets, for what goes wrong on a network."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Self

import httpx

from larkbridge.http_client import HttpClient

type Behaviour = Callable[["Connection"], None]


class Connection:
    """One accepted connection, as a behaviour sees it."""

    def __init__(self, raw: socket.socket, closing: threading.Event) -> None:
        self._raw = raw
        self._closing = closing
        self.received = b""

    def read_request(self) -> bytes:
        """Read one request whole; what the other side sent before it closed, if it sends none."""
        start = len(self.received)
        while not self._is_whole(self.received[start:]) and (more := self._raw.recv(65_536)):
            self.received += more
        return self.received[start:]

    def read_to_end(self) -> None:
        while more := self._raw.recv(65_536):
            self.received += more

    def send(self, data: bytes) -> None:
        self._raw.sendall(data)

    def drip(self, data: bytes, seconds: float) -> None:
        """Send a byte every so many seconds."""
        for one in data:
            if self._closing.wait(seconds):
                return
            self.send(bytes([one]))

    def hang(self) -> None:
        """Say nothing until the server closes."""
        self._closing.wait()

    def end(self) -> None:
        """Wake whoever waits for this connection."""
        with suppress(OSError):
            self._raw.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _is_whole(data: bytes) -> bool:
        head, found, body = data.partition(b"\r\n\r\n")
        lengths = [
            line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
        ]
        return bool(found) and len(body) >= int(lengths[0] if lengths else 0)


class RawServer:
    """Does one thing with every connection; `connections` are those so far, oldest first.

    Attributes
    ----------
    ended
        Set each time a behaviour has ended and its connection is closed.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/hook"
        self.connections: list[Connection] = []
        self.ended = threading.Event()

    @property
    def requests(self) -> int:
        """How many requests arrived, whole or in part."""
        return sum(one.received.count(b"POST /") for one in self.connections)

    @contextmanager
    def running(self) -> Iterator[None]:
        accepting = threading.Thread(target=self._accept, daemon=True)
        accepting.start()
        try:
            yield
        finally:
            self._closing.set()
            for connection in self.connections:
                connection.end()
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            accepting.join(5)

    def _accept(self) -> None:
        threads: list[threading.Thread] = []
        while not self._closing.is_set():
            try:
                raw, _ = self._listener.accept()
            except OSError:
                break
            self.connections.append(Connection(raw, self._closing))
            threads.append(
                threading.Thread(target=self._serve, args=(raw, self.connections[-1]), daemon=True)
            )
            threads[-1].start()
        for thread in threads:
            thread.join(5)

    def _serve(self, raw: socket.socket, connection: Connection) -> None:
        raw.settimeout(5)
        with suppress(OSError), raw:  # the other side may give up at any time
            self._behaviour(connection)
        self.ended.set()


def answering(status: str = "200 OK", body: bytes = b"", *headers: str) -> Behaviour:
    """Answer each request of a connection alike."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    answer = "\r\n".join([*lines, "", ""]).encode() + body

    def behave(connection: Connection) -> None:
        while connection.read_request():
            connection.send(answer)

    return behave


class Network:
    """Servers and posters, all of which end with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        with ExitStack() as stack:
            yield cls(stack)

    def serve(self, behaviour: Behaviour) -> RawServer:
        server = RawServer(behaviour)
        self._stack.enter_context(server.running())
        return server

    def poster(self, connect_timeout: float = 2, deadline: float = 0.3) -> HttpClient:
        transport = httpx.HTTPTransport()
        self._stack.callback(transport.close)
        return HttpClient(transport, connect_timeout=connect_timeout, deadline=deadline)
