"""Outbound HTTP with a deadline for the whole exchange, and the truth about whether a request left."""

import math
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Protocol

import httpx

MAX_REPLY_BYTES = 20_000

_PIECE = 16_384
"""Bytes of one write: what TLS puts into a record."""

_GRACE = 0.1
"""Seconds after its deadline in which an exchange's thread ends."""


class NotSentError(Exception):
    """The request never left: nothing can have happened on the other side."""


class NoAnswerError(Exception):
    """The request left, and no whole answer came back: anything may have happened."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` is cut at the length that the caller allows."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Stream(Protocol):
    """What httpcore reads and writes a connection through; times in seconds."""

    read: Callable[[int, float | None], bytes]
    write: Callable[[bytes, float | None], None]


class _Exchange(threading.local):
    """Until when, as `time.monotonic` counts, this thread may read and write; each exchange has its own."""

    ends = math.inf


_exchange = _Exchange()


def _bind(stream: _Stream) -> None:
    """Let every read and write on a connection end with the exchange that makes it.

    httpcore limits each of them and not their sum, so a byte now and then would keep the thread: in headers
    without an end, in one answer after another that only announces the next (1xx), in a body that the other
    side takes slowly.
    """
    read, write = stream.read, stream.write

    def bounded_read(max_bytes: int, timeout: float | None = None) -> bytes:
        return read(max_bytes, _time_left(timeout))

    def bounded_write(buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            write(buffer[start : start + _PIECE], _time_left(timeout))

    stream.read, stream.write = bounded_read, bounded_write


def _time_left(at_most: float | None) -> float:
    left = _exchange.ends - time.monotonic()
    if left <= 0:
        raise httpx.ReadTimeout("the exchange is given up")
    return left if at_most is None else min(left, at_most)


class _Departure:
    """Knows whether a request has left, and keeps one that is given up from leaving later."""

    _lock = threading.Lock()
    _left = _given_up = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Follow httpcore: nothing of a request is on the wire before its headers are.

        What is given up tries no further address either, of which a name may have many.
        """
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            _bind(info["return_value"])
        elif event.endswith(("connect_tcp.failed", "send_request_headers.started")):
            with self._lock:
                if self._given_up:
                    raise NotSentError("given up before it left")
                self._left = self._left or event.endswith("send_request_headers.started")

    def give_up(self, reason: str) -> NotSentError | NoAnswerError:
        """Return what the caller must be told."""
        with self._lock:
            self._given_up = True
            return NoAnswerError(reason) if self._left else NotSentError(reason)


@cache
def tls() -> ssl.SSLContext:
    """Return this process's one TLS context: reading the certificates takes 20 ms."""
    return httpx.create_ssl_context()


def _no_cookies() -> CookieJar:
    """Return a jar that takes none: one caller's cookies are not another's."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


class HttpClient:
    """Makes requests; safe to share between threads and invocations.

    Parameters
    ----------
    transport
        Replaces the network; it must call the request's `trace` extension as httpcore does.
    connect_timeout, deadline
        Seconds: for each connection, and for everything from the name look-up to the answer's last byte.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        *,
        connect_timeout: float = 2.0,
        deadline: float = 5.0,
    ) -> None:
        timeout = httpx.Timeout(deadline, connect=connect_timeout)
        self._client = httpx.Client(transport=transport, timeout=timeout, verify=tls(), cookies=_no_cookies())
        self._deadline = deadline

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post once, as `request` does."""
        return self.request("POST", url, body=body, headers=headers)

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str],
        max_reply_bytes: int = MAX_REPLY_BYTES,
    ) -> Reply:
        """Make one request; redirects are not followed.

        Raises
        ------
        NotSentError
            When the request did not leave (bad address, no connection).
        NoAnswerError
            When it left and the answer did not arrive in time or at all.
        """
        departure, future = _Departure(), Future[Reply]()

        def exchange() -> Reply:
            with self._client.stream(
                method,
                url,
                content=body,
                headers={"Accept-Encoding": "identity", **headers},
                extensions={"trace": departure.trace},
            ) as response:
                return Reply(response.status_code, response.headers, _read(response, max_reply_bytes))

        # The caller hears of the deadline first.
        ends = time.monotonic() + self._deadline + _GRACE

        def settle() -> None:
            _exchange.ends = ends
            try:
                future.set_result(exchange())
            except BaseException as error:
                future.set_exception(error)

        # httpx limits each read and write but not their sum, nor the name look-up: so a thread and a clock.
        threading.Thread(target=settle, daemon=True).start()
        try:
            return future.result(self._deadline)
        except TimeoutError as error:
            raise departure.give_up("deadline") from error
        except httpx.LocalProtocolError as error:
            # httpcore announces the headers before it checks them; these it refused to send.
            raise NotSentError(type(error).__name__) from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise departure.give_up(type(error).__name__) from error


def _read(response: httpx.Response, limit: int) -> bytes:
    """Return the body, nothing of one that is encoded: we asked for none, and it could grow without limit."""
    body = bytearray()
    if response.headers.get("content-encoding", "identity") != "identity":
        return b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > limit:
            break
    return bytes(body[:limit])
