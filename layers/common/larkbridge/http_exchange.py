"""One HTTP exchange: the request, the response, and the response to an error."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Self
from urllib.parse import quote

from larkbridge.errors import LarkbridgeError, TooManyRequestsError
from larkbridge.observability import count, log_crash, logger

to_json = json.JSONEncoder(ensure_ascii=False).encode
_NO_SNIFFING = {"x-content-type-options": "nosniff"}


def _headers(content_type: str) -> dict[str, str]:
    return {"content-type": content_type, "cache-control": "no-store"}


JSON_HEADERS = _headers("application/json; charset=utf-8")


class Request(NamedTuple):
    """One request; header names are lower-case, as HTTP APIs deliver them."""

    headers: Mapping[str, str]
    body: bytes
    request_id: str
    query: Mapping[str, str] = MappingProxyType({})
    source_ip: str = ""
    path: Mapping[str, str] = MappingProxyType({})
    """The parameters in the path, as they were sent."""
    domain: str = ""
    """Of the API, as the request was sent to it."""


class Response(NamedTuple):
    """One answer; nobody may cache it or take it for another type than it says."""

    status: int
    body: str | bytes
    headers: Mapping[str, str]
    cookies: Sequence[str] = ()

    @classmethod
    def json(
        cls, body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Self:
        """Return a response with a JSON body."""
        return cls(status, to_json(body), {**JSON_HEADERS, **headers} if headers else JSON_HEADERS)

    @classmethod
    def text(cls, text: str) -> Self:
        """Return a 200 with plain text."""
        return cls(200, text, _headers("text/plain; charset=utf-8"))

    @classmethod
    def html(cls, page: str, status: int = 200) -> Self:
        """Return a page; whoever makes it has escaped what it shows."""
        return cls(status, page, _headers("text/html; charset=utf-8") | _NO_SNIFFING)

    @classmethod
    def redirect(cls, location: str) -> Self:
        """Return a 303: the browser gets `location`, whatever it sent here."""
        return cls(303, "", _headers("text/plain; charset=utf-8") | {"location": location})

    @classmethod
    def file(cls, content: bytes, media_type: str, name: str) -> Self:
        """Return a file that a browser stores under `name` and does not show."""
        disposition = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return cls(200, content, _headers(media_type) | _NO_SNIFFING | disposition)

    def with_cookie(self, name: str, value: str, *, max_age: int, path: str = "/") -> Self:
        """Return the response with a cookie that no script reads and no other site's form sends.

        `max_age` is in seconds; 0 takes the cookie away.
        """
        cookie = f"{name}={quote(value)}; Path={path}; Max-Age={max_age}; HttpOnly; Secure; SameSite=Lax"
        return self._replace(cookies=(*self.cookies, cookie))


def respond_error(error: Exception, request_id: str, shown: str | None = None) -> Response:
    """Return the answer to an error; one of ours keeps its text out and is logged under the request's id.

    Parameters
    ----------
    shown
        What a caller who is at fault is told instead of the error's own text, which only the log has then.
    """
    if not isinstance(error, LarkbridgeError) or error.status == LarkbridgeError.status:
        log_crash("request failed", error, requestId=request_id)
        count("RequestsFailed")
        error, shown = (
            LarkbridgeError("something went wrong on our side; nothing you sent was at fault"),
            None,
        )
    else:
        logger.info(
            "request refused",
            requestId=request_id,
            status=error.status,
            error=error.code,
            reason=error.message,
            fields=len(error.fields),
        )
    message = error.message if shown is None else shown
    body: dict[str, Any] = {"error": error.code, "message": message, "requestId": request_id}
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequestsError) else None
    return Response.json(body | ({"fields": error.fields} if error.fields else {}), error.status, headers)
