"""Calls to addresses from outside: what was checked is what is called."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from larkbridge.http_client import NotSentError
from larkbridge.public_http_client import ForbiddenAddressError, PublicHttpClient, check_url, resolve_host
from sandbox.routing import ANY_METHOD, Reply, Route, Router
from tests.support.certificates import tls_server
from tests.support.servers import Network, answering

PUBLIC = "93.184.216.34"
OTHER_PUBLIC = "2606:2800:220:1::1"
HOOK = "https://hooks.example.com/in?x=1"


@pytest.fixture
def network() -> Iterator[Network]:
    with Network.open() as network:
        yield network


class Names:
    """A resolver with one answer after another, the last one for ever."""

    def __init__(self, *answers: Sequence[str] | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        answer = self._answers[min(len(self.asked), len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Wire(httpx.BaseTransport):
    """A network that answers 200 and keeps what it was given; connections to `unreachable` fail."""

    def __init__(self, unreachable: Sequence[str] = ()) -> None:
        self._unreachable = unreachable
        self.requests: list[httpx.Request] = []

    @property
    def hosts(self) -> list[str]:
        return [request.url.host for request in self.requests]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host in self._unreachable:
            raise httpx.ConnectError("unreachable", request=request)
        return httpx.Response(200, content=request.read(), request=request)


class Detour(httpx.BaseTransport):
    """The real network, on which every address is one local TLS server's."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        self._port = port
        self._network = httpx.HTTPTransport(verify=trust, limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return self._network.handle_request(request)


def post(client: PublicHttpClient, url: str = HOOK) -> bytes:
    return client.post(url, body=b'{"a":1}', headers={"X-Test": "1"}).body


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("", None),
        ("http://example.com/", None),
        ("https://127.0.0.1/", None),
        ("https://user@example.com/", None),
        ("https://example.com/", []),
        ("https://example.com/", ["api.example.com"]),
    ],
)
def test_a_forbidden_address_is_not_looked_up_and_not_called(url: str, allowed: list[str] | None) -> None:
    names, wire = Names([PUBLIC]), Wire()
    with pytest.raises(ForbiddenAddressError):
        post(PublicHttpClient(allowed_hosts=allowed, resolve=names, network=wire), url)
    assert (names.asked, wire.requests) == ([], [])


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["100.64.0.1"],
        ["169.254.169.254"],
        ["10.1.2.3"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        ["fe80::1%eth0"],
        [PUBLIC, "192.168.0.1"],
        ["192.168.0.1", PUBLIC],
        [OTHER_PUBLIC, "fd00::1"],
    ],
)
def test_a_name_with_any_address_that_is_not_public_is_not_called(addresses: list[str]) -> None:
    wire = Wire()
    with pytest.raises(ForbiddenAddressError, match="not public"):
        post(PublicHttpClient(resolve=Names(addresses), network=wire))
    assert wire.requests == []


def test_a_name_is_looked_up_once_and_the_checked_address_is_called() -> None:
    names, wire = Names([PUBLIC], ["127.0.0.1"]), Wire()
    post(PublicHttpClient(resolve=names, network=wire))
    assert names.asked == [("hooks.example.com", 443)]
    (request,) = wire.requests
    assert str(request.url) == f"https://{PUBLIC}/in?x=1"
    assert request.headers["host"] == "hooks.example.com"
    assert request.extensions["sni_hostname"] == "hooks.example.com"


def test_a_name_is_looked_up_and_checked_for_every_request() -> None:
    names, wire = Names([PUBLIC], ["127.0.0.1"]), Wire()
    client = PublicHttpClient(resolve=names, network=wire)
    post(client)
    with pytest.raises(ForbiddenAddressError):
        post(client)
    assert wire.hosts == [PUBLIC]


def test_an_unusual_port_and_a_unicode_name_travel_with_the_address() -> None:
    names, wire = Names([OTHER_PUBLIC]), Wire()
    post(PublicHttpClient(resolve=names, network=wire), "https://EXÄMPLE.com:8443/in")
    assert names.asked == [("xn--exmple-cua.com", 8443)]
    (request,) = wire.requests
    assert str(request.url) == f"https://[{OTHER_PUBLIC}]:8443/in"
    assert request.headers["host"] == "xn--exmple-cua.com:8443"
    assert request.extensions["sni_hostname"] == "xn--exmple-cua.com"


def test_an_address_in_the_url_is_called_without_a_look_up() -> None:
    names, wire = Names(["127.0.0.1"]), Wire()
    post(PublicHttpClient(resolve=names, network=wire), f"https://{PUBLIC}/")
    assert (names.asked, wire.hosts) == ([], [PUBLIC])


def test_the_next_address_is_tried_when_one_cannot_be_reached() -> None:
    wire = Wire(unreachable=[OTHER_PUBLIC])
    client = PublicHttpClient(resolve=Names([OTHER_PUBLIC, PUBLIC]), network=wire)
    assert post(client) == b'{"a":1}'
    assert wire.hosts == [OTHER_PUBLIC, PUBLIC]


@pytest.mark.parametrize(
    "answer", [socket.gaierror(socket.EAI_NONAME, "no such host"), TimeoutError(), UnicodeError(), []]
)
def test_a_name_without_an_address_is_not_sent(answer: Exception | list[str]) -> None:
    with pytest.raises(NotSentError) as caught:
        post(PublicHttpClient(resolve=Names(answer), network=Wire()))
    assert not isinstance(caught.value, ForbiddenAddressError)


def test_addresses_that_cannot_be_reached_are_not_sent() -> None:
    wire = Wire(unreachable=[PUBLIC, OTHER_PUBLIC])
    with pytest.raises(NotSentError, match="ConnectError"):
        post(PublicHttpClient(resolve=Names([PUBLIC, OTHER_PUBLIC]), network=wire))


def test_the_deadline_holds_for_the_look_up() -> None:
    over = threading.Event()

    def never(host: str, port: int) -> list[str]:
        over.wait(5)
        return [PUBLIC]

    try:
        with pytest.raises(NotSentError, match="deadline"):
            post(PublicHttpClient(resolve=never, network=Wire(), deadline=0.05))
    finally:
        over.set()


def test_the_systems_resolver_gives_addresses() -> None:
    assert {"127.0.0.1", "::1"} & set(resolve_host("localhost", 443))


def test_an_allowed_host_must_still_be_public() -> None:
    client = PublicHttpClient(allowed_hosts=["api.example.com"], resolve=Names(["10.0.0.1"]), network=Wire())
    with pytest.raises(ForbiddenAddressError, match="not public"):
        post(client, "https://api.example.com/")


def test_the_local_origin_may_be_private_and_plain(network: Network) -> None:
    server = network.serve(answering("200 OK", b"here"))
    origin = server.url.removesuffix("/hook")
    client = PublicHttpClient(allowed_hosts=[], local_origin=origin)
    assert post(client, server.url) == b"here"
    check_url(server.url, local_origin=origin)


def test_no_connection_is_kept_for_another_name_at_the_same_address(network: Network) -> None:
    server = network.serve(answering())
    client = PublicHttpClient(local_origin=server.url.removesuffix("/hook"))
    for _ in range(2):
        post(client, server.url)
    assert len(server.connections) == 2


def test_redirects_are_not_followed(network: Network) -> None:
    inner = network.serve(answering("200 OK", b"secret"))
    server = network.serve(answering("302 Found", b"", f"Location: {inner.url}"))
    client = PublicHttpClient(local_origin=server.url.removesuffix("/hook"))
    assert client.post(server.url, body=b"", headers={}).status == 302
    assert inner.requests == 0


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[httpx.BaseTransport]:
    """A network on which every address is one TLS server's, which has a certificate for hooks.example.com."""
    echo = Router([Route(ANY_METHOD, "/in", lambda request: Reply(200, request.headers["Host"].encode()))])
    with tls_server(echo, "hooks.example.com", tmp_path) as (port, trust):
        yield Detour(port, trust)


def test_a_certificate_counts_for_the_name_though_an_address_is_called(secure: httpx.BaseTransport) -> None:
    client = PublicHttpClient(resolve=Names([PUBLIC]), network=secure)
    assert post(client) == b"hooks.example.com"


def test_a_certificate_of_another_name_is_not_believed(secure: httpx.BaseTransport) -> None:
    client = PublicHttpClient(resolve=Names([PUBLIC]), network=secure)
    for url in ("https://api.example.com/in", f"https://{PUBLIC}/in"):
        with pytest.raises(NotSentError, match="ConnectError"):
            post(client, url)


class _NobodyThere(httpx.BaseTransport):
    """A network on which no connection stands, and none is refused before `refuses` is set."""

    def __init__(self) -> None:
        self.refuses, self.over = threading.Event(), threading.Event()
        self.tried = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.tried += 1
        assert self.refuses.wait(5)
        try:
            request.extensions["trace"]("connection.connect_tcp.failed", {})
        except NotSentError:
            self.over.set()
            raise
        raise httpx.ConnectTimeout("nobody there", request=request)


def test_what_is_given_up_tries_no_further_address() -> None:
    network = _NobodyThere()
    client = PublicHttpClient(resolve=Names([PUBLIC] * 50), network=network, deadline=0.05)
    with pytest.raises(NotSentError, match="deadline"):
        post(client)
    network.refuses.set()
    assert network.over.wait(5)
    assert network.tried == 1
