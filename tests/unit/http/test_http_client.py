"""Over real sockets: the deadline holds, and the poster knows whether a request left."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from larkbridge.http_client import HttpClient, NoAnswerError, NotSentError, Reply
from tests.support.servers import Behaviour, Connection, Network, answering

BODY = '{"name":"Nguyễn"}'.encode()


@pytest.fixture
def network() -> Iterator[Network]:
    with Network.open() as network:
        yield network


def post(poster: HttpClient, url: str, **headers: str) -> Reply:
    return poster.post(url, body=BODY, headers=headers)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "/hook",
        "http://",
        "ftp://127.0.0.1/",
        "http://127.0.0.1:port/",
        "http://[::1",
        "http://\0/",
        f"http://{'a' * 64}.test/",
        "http://xn--/",
        "http://127.0.0.1:99999/",
    ],
)
def test_a_bad_address_is_not_sent(url: str) -> None:
    with pytest.raises(NotSentError):
        post(HttpClient(deadline=0.3), url)


def test_a_refused_connection_is_not_sent(network: Network) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(NotSentError):
            post(network.poster(), f"http://127.0.0.1:{unheard.getsockname()[1]}/")


def test_a_connection_that_never_stands_is_not_sent(network: Network) -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        with within(1), pytest.raises(NotSentError):
            post(
                network.poster(connect_timeout=0.2, deadline=5), f"http://127.0.0.1:{full.getsockname()[1]}/"
            )


def test_a_failed_tls_handshake_is_not_sent(network: Network) -> None:
    server = network.serve(lambda connection: connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with pytest.raises(NotSentError):
        post(network.poster(), server.url.replace("http:", "https:"))
    assert server.requests == 0


class _Held(httpx.BaseTransport):
    """A network on which nothing moves until it may."""

    def __init__(self) -> None:
        self.may_move, self.over = threading.Event(), threading.Event()
        self._network = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert self.may_move.wait(5)
        try:
            return self._network.handle_request(request)
        finally:
            self._network.close()
            self.over.set()


def test_what_is_given_up_before_it_left_never_arrives(network: Network) -> None:
    server, held = network.serve(Connection.read_to_end), _Held()
    with within(1), pytest.raises(NotSentError):
        post(HttpClient(held, deadline=0.05), server.url)
    held.may_move.set()
    assert held.over.wait(5)
    assert server.ended.wait(5)
    assert server.requests == 0


def _drip_head(connection: Connection) -> None:
    connection.read_request()
    connection.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000, 0.05)


def _drip_body(connection: Connection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    connection.drip(b"a" * 1000, 0.05)


def _hang(connection: Connection) -> None:
    connection.read_request()
    connection.hang()


@pytest.mark.parametrize("behaviour", [_hang, _drip_head, _drip_body, Connection.hang])
def test_the_deadline_holds_for_the_whole_exchange(network: Network, behaviour: Behaviour) -> None:
    server = network.serve(behaviour)
    with within(1), pytest.raises(NoAnswerError):
        post(network.poster(), server.url)


def _drip_chunks(connection: Connection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    connection.drip(b"1\r\na\r\n" * 500, 0.02)


@pytest.mark.parametrize("behaviour", [_drip_head, _drip_body, _drip_chunks])
def test_what_is_given_up_ends_on_the_other_side_too(network: Network, behaviour: Behaviour) -> None:
    server = network.serve(behaviour)
    with pytest.raises(NoAnswerError):
        post(network.poster(deadline=0.2), server.url)
    assert server.ended.wait(3)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n",
    ],
)
def test_a_broken_answer_is_no_answer(network: Network, answer: bytes) -> None:
    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.send(answer)

    server = network.serve(behave)
    with within(1), pytest.raises(NoAnswerError):
        post(network.poster(), server.url)
    assert server.requests == 1


def test_request_arrives_as_given(network: Network) -> None:
    server = network.serve(answering())
    post(
        network.poster(),
        server.url + "?x=%20y",
        **{"Client-Token": "token-1", "Content-Type": "application/json"},
    )
    head, _, body = server.connections[0].received.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert line == "POST /hook?x=%20y HTTP/1.1"
    assert {"client-token: token-1", "content-type: application/json"} <= {one.lower() for one in headers}
    assert body == BODY


def test_no_compressed_answer_is_asked_for(network: Network) -> None:
    server = network.serve(answering())
    post(network.poster(), server.url)
    assert b"accept-encoding: identity\r\n" in server.connections[0].received.lower()


@pytest.mark.parametrize("status", [200, 201, 204, 400, 404, 429, 500, 503])
def test_every_status_is_an_answer(network: Network, status: int) -> None:
    assert post(network.poster(), network.serve(answering(f"{status} Word", b"")).url).status == status


def test_answer_arrives_whole(network: Network) -> None:
    reply = post(network.poster(), network.serve(answering("200 OK", BODY, "X-Tt-Logid: log-1")).url)
    assert reply.body == BODY
    assert reply.headers.get("x-tt-logid") == reply.headers.get("X-TT-LogId") == "log-1"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(network: Network, status: int) -> None:
    server = network.serve(answering(f"{status} Elsewhere", b"", "Location: /elsewhere"))
    assert post(network.poster(), server.url).status == status
    assert server.requests == 1


@pytest.mark.parametrize(
    ("sent", "kept"), [(19_999, 19_999), (20_000, 20_000), (20_001, 20_000), (900_000, 20_000)]
)
def test_body_is_cut_at_20_000_bytes(network: Network, sent: int, kept: int) -> None:
    assert post(network.poster(), network.serve(answering("200 OK", b"a" * sent)).url).body == b"a" * kept


def test_a_caller_may_allow_another_length(network: Network) -> None:
    url = network.serve(answering("200 OK", b"a" * 900_000)).url
    for length in (10, 800_000):
        reply = network.poster(deadline=5).request("POST", url, headers={}, max_reply_bytes=length)
        assert len(reply.body) == length


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_request_has_the_callers_method_and_body_if_any(network: Network, method: str) -> None:
    server = network.serve(answering())
    for body in (None, BODY):
        network.poster().request(method, server.url, body=body, headers={})
        received = server.connections[-1].received
        assert received.startswith(f"{method} /hook HTTP/1.1\r\n".encode())
        assert received.partition(b"\r\n\r\n")[2] == (body or b"")


def test_endless_body_is_cut_before_the_deadline(network: Network) -> None:
    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 30_000)
        connection.hang()

    assert len(post(network.poster(), network.serve(behave).url).body) == 20_000


def test_a_connection_is_used_again(network: Network) -> None:
    server, poster = network.serve(answering()), network.poster()
    assert [post(poster, server.url).status for _ in range(3)] == [200] * 3
    assert len(server.connections) == 1


def test_a_kept_connection_that_was_closed_is_replaced(network: Network) -> None:
    def answer_once(connection: Connection) -> None:
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    server, poster = network.serve(answer_once), network.poster()
    post(poster, server.url)
    assert server.ended.wait(5)
    assert post(poster, server.url).status == 200


def test_the_poster_works_on_after_a_failure(network: Network) -> None:
    hanging, healthy, poster = network.serve(_hang), network.serve(answering()), network.poster()
    with pytest.raises(NoAnswerError):
        post(poster, hanging.url)
    assert post(poster, healthy.url).status == 200


def test_posts_at_once_get_each_its_own_answer(network: Network) -> None:
    def echo(connection: Connection) -> None:
        while request := connection.read_request():
            path = request.split(b" ")[1]
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    url, poster = network.serve(echo).url, network.poster(deadline=5)
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda number: post(poster, f"{url}/{number}").body, range(24)))
    assert bodies == [f"/hook/{number}".encode() for number in range(24)]


def test_answer_that_is_compressed_unasked_is_not_unpacked(network: Network) -> None:
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    server = network.serve(answering("200 OK", bomb, "Content-Encoding: gzip, gzip"))
    reply = network.poster(deadline=5).post(server.url, body=b"{}", headers={})
    assert (reply.status, reply.body) == (200, b"")


def test_no_cookie_is_kept_from_one_call_to_the_next(network: Network) -> None:
    server = network.serve(answering("200 OK", b"", "Set-Cookie: session=somebody"))
    client = network.poster(deadline=5)
    for _ in range(2):
        client.post(server.url, body=b"{}", headers={})
    received = b"".join(connection.received for connection in server.connections)
    assert b"cookie" not in received.lower()
