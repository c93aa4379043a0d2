"""A receiver that never comes to an end keeps no thread and no connection once it is given up."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import repeat

import pytest

from larkbridge.http_client import NoAnswerError
from larkbridge.public_http_client import PublicHttpClient
from tests.support.servers import Behaviour, Connection, Network

SOON = 3.0
"""Seconds, of which a thread that is given up takes a small part."""

LARGE = bytes(60_000_000)
"""More than any socket takes at once."""


@pytest.fixture
def network() -> Iterator[Network]:
    with Network.open() as network:
        yield network


def endless_announcements(connection: Connection) -> None:
    connection.read_request()
    for answer in repeat(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"):
        connection.send(answer)


def endless_headers(connection: Connection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\n")
    connection.drip(b"X: y\r\n" * 1_000, 0.02)


def endless_status_line(connection: Connection) -> None:
    connection.read_request()
    connection.drip(b"HTTP/1.1 200 " + b"O" * 5_000, 0.02)


def second_answer_without_end(connection: Connection) -> None:
    """Answer well once, so that the connection is kept, and never again."""
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    endless_headers(connection)


HOSTILE = [endless_announcements, endless_headers, endless_status_line]


def client_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that were started since and are not a server's."""
    return [one for one in threading.enumerate() if one not in before and "_serve" not in one.name]


def assert_ends(threads: list[threading.Thread]) -> None:
    assert threads  # the exchange had not ended by itself
    for thread in threads:
        thread.join(SOON)
    assert [thread.name for thread in threads if thread.is_alive()] == []


@pytest.mark.parametrize("behaviour", HOSTILE)
def test_given_up_exchange_keeps_no_thread(network: Network, behaviour: Behaviour) -> None:
    server, client = network.serve(behaviour), network.poster(deadline=0.2)
    before = set(threading.enumerate())
    with pytest.raises(NoAnswerError, match="deadline"):
        client.post(server.url, body=b"{}", headers={})
    assert_ends(client_threads(before))
    assert server.ended.wait(SOON)


@pytest.mark.parametrize("behaviour", HOSTILE)
def test_nor_does_one_to_an_address_from_outside(network: Network, behaviour: Behaviour) -> None:
    server = network.serve(behaviour)
    client = PublicHttpClient(local_origin=server.url.removesuffix("/hook"), deadline=0.2)
    before = set(threading.enumerate())
    with pytest.raises(NoAnswerError, match="deadline"):
        client.post(server.url, body=b"{}", headers={})
    assert_ends(client_threads(before))
    assert server.ended.wait(SOON)


def test_nor_does_one_on_a_connection_that_was_used_before(network: Network) -> None:
    server, client = network.serve(second_answer_without_end), network.poster(deadline=0.3)
    assert client.post(server.url, body=b"{}", headers={}).status == 200
    before = set(threading.enumerate())
    with pytest.raises(NoAnswerError, match="deadline"):
        client.post(server.url, body=b"{}", headers={})
    assert len(server.connections) == 1
    assert_ends(client_threads(before))


class SlowReader:
    """Takes what it is sent a little at a time, for as long as it is sent anything."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/hook"

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._closing.set()
            self._listener.close()
            thread.join(SOON)

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, suppress(OSError):
            while connection.recv(65_536) and not self._closing.wait(0.005):
                pass


def test_nor_does_a_receiver_that_reads_slowly(network: Network) -> None:
    server, client = SlowReader(), network.poster(deadline=0.2)
    with server.running():
        before = set(threading.enumerate())
        with pytest.raises(NoAnswerError, match="deadline"):
            client.post(server.url, body=LARGE, headers={})
        assert_ends(client_threads(before))
