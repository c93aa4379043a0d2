"""Posts to addresses that come from outside, and to public hosts alone.

A name is looked up once and what is connected to is the very address that was checked, so that a name which
changes its mind between two look-ups (DNS rebinding) gains nothing. What is public follows IANA's
special-purpose registries, as `ipaddress` has them.
"""

import re
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from larkbridge.http_client import HttpClient, NotSentError, Reply, tls

PORTS = (443, 8443)
MAX_HOST = 253

type Resolver = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host, best first; raises OSError when it has none."""

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# No label that starts with a digit may end a name: "0x7f.1" and "2130706433" are addresses to some resolvers.
_NAME = re.compile(rf"({_LABEL}\.)+(?!\d){_LABEL}")
_GLOBAL_UNICAST = IPv6Network("2000::/3")


class ForbiddenAddressError(NotSentError):
    """The address may not be called; its text says why and does not quote it."""


def resolve_host(host: str, port: int) -> list[str]:
    """Look a host up with the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class PublicHttpClient:
    """Posts over https to public hosts.

    Parameters
    ----------
    allowed_hosts
        The only hosts that may be called, by exact name; None: every public one.
    local_origin
        One origin, such as ``http://127.0.0.1:4570``, that may be private and plain http; for a local stack.
    network
        What carries a request once its address is checked.
    connect_timeout, deadline
        As `HttpClient` has them; the look-up counts.
    """

    def __init__(
        self,
        *,
        allowed_hosts: Collection[str] | None = None,
        local_origin: str | None = None,
        resolve: Resolver = resolve_host,
        network: httpx.BaseTransport | None = None,
        connect_timeout: float = 2.0,
        deadline: float = 5.0,
    ) -> None:
        self._policy = _Policy(allowed_hosts, local_origin)
        # A kept connection is proven for the name it was made for, and would be shared by address.
        no_reuse = httpx.Limits(max_keepalive_connections=0)
        network = network or httpx.HTTPTransport(verify=tls(), limits=no_reuse)
        transport = _PublicTransport(self._policy, resolve, network)
        self._http = HttpClient(transport, connect_timeout=connect_timeout, deadline=deadline)

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post once; redirects are not followed.

        Raises
        ------
        ForbiddenAddressError
            When the address is not one that may be called.
        NotSentError, NoAnswerError
            As `HttpClient.request` raises them.
        """
        self._policy.check(url)
        return self._http.post(url, body=body, headers=headers)


def check_url(
    url: str, *, allowed_hosts: Collection[str] | None = None, local_origin: str | None = None
) -> None:
    """Check what an address shows before its name is looked up.

    Raises
    ------
    ForbiddenAddressError
        When `PublicHttpClient` with the same `allowed_hosts` and `local_origin` would never call it.
    """
    _Policy(allowed_hosts, local_origin).check(url)


class _Policy:
    def __init__(self, allowed_hosts: Collection[str] | None, local_origin: str | None) -> None:
        self._allowed = None if allowed_hosts is None else {name.lower() for name in allowed_hosts}
        self._local_origin = _origin(httpx.URL(local_origin)) if local_origin else None

    def is_local(self, url: httpx.URL) -> bool:
        return _origin(url) == self._local_origin

    def check(self, address: str) -> None:
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ForbiddenAddressError("is not an address") from error
        if url.userinfo:
            raise ForbiddenAddressError("must not contain a user or a password")
        if self.is_local(url):
            return
        if url.scheme != "https":
            raise ForbiddenAddressError("must start with https://")
        if _port(url) not in PORTS:
            raise ForbiddenAddressError(f"must use port {' or '.join(map(str, PORTS))}")
        _check_host(host := _host(url))
        if self._allowed is not None and host not in self._allowed:
            raise ForbiddenAddressError("is not on a host that may be called")


class _PublicTransport(httpx.BaseTransport):
    """Sends each request to an IP address that it has looked up and checked."""

    def __init__(self, policy: _Policy, resolve: Resolver, network: httpx.BaseTransport) -> None:
        self._policy = policy
        self._resolve = resolve
        self._network = network

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._policy.is_local(request.url):
            return self._network.handle_request(request)
        *others, last = (_addressed(request, address) for address in self._addresses(request.url))
        for attempt in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return self._network.handle_request(attempt)
        return self._network.handle_request(last)

    def _addresses(self, url: httpx.URL) -> Sequence[str]:
        host = _host(url)
        if _ip(host):
            return [host]
        try:
            addresses = self._resolve(host, _port(url))
        except OSError as error:
            raise httpx.ConnectError("the host is not known") from error
        if not addresses:
            raise httpx.ConnectError("the host has no address")
        if not all(_is_public(ip_address(address)) for address in addresses):
            raise ForbiddenAddressError("leads to an address that is not public")
        return addresses


def _check_host(host: str) -> None:
    if ip := _ip(host):
        if not _is_public(ip):
            raise ForbiddenAddressError("is not a public address")
    elif len(host) > MAX_HOST or not _NAME.fullmatch(host):
        raise ForbiddenAddressError("must be on a host with a public name")


def _addressed(request: httpx.Request, address: str) -> httpx.Request:
    """Return the request for one IP address; its Host header, and so its TLS name, stay the host's."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": _host(request.url)},
    )


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return _is_public(ip.ipv4_mapped)
        return ip.is_global and ip in _GLOBAL_UNICAST
    return ip.is_global and not ip.is_multicast


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, _host(url), url.port


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _port(url: httpx.URL) -> int:
    return 443 if url.port is None else url.port
