"""Outbound HTTP with a deadline for the whole exchange, and the truth about whether a request left."""

import ssl
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

MAX_REPLY_BYTES = 20_000


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


class _Departure:
    """Knows whether a request has left, and keeps one that is given up from leaving later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = False
        self._given_up = False

    def trace(self, event: str, _: Mapping[str, Any]) -> None:
        """Follow httpcore: nothing of a request is on the wire before its headers are."""
        if not event.endswith("send_request_headers.started"):
            return
        with self._lock:
            if self._given_up:
                raise NotSentError("given up before it left")
            self._left = True

    @property
    def given_up(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._given_up

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
                reply = _read(response, max_reply_bytes, departure)
                return Reply(response.status_code, response.headers, reply)

        def settle() -> None:
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


def _read(response: httpx.Response, limit: int, departure: _Departure) -> bytes:
    """Return the body, nothing of one that is encoded: we asked for none, and it could grow without limit."""
    body = bytearray()
    if response.headers.get("content-encoding", "identity") != "identity":
        return b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > limit or departure.given_up:
            break
    return bytes(body[:limit])
