"""API Gateway HTTP API requests (payload 2.0) in, responses out."""

import base64
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, quote

from larkbridge.errors import (
    BadRequestError,
    LarkbridgeError,
    PayloadTooLargeError,
    RepeatedFieldsError,
    TooManyRequestsError,
    UnsupportedMediaTypeError,
)
from larkbridge.observability import instrumented, log_crash, logger

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 100

_encode = json.JSONEncoder(ensure_ascii=False).encode


class Request(NamedTuple):
    """One request; header names are lower-case, as HTTP APIs deliver them."""

    headers: Mapping[str, str]
    body: bytes
    request_id: str
    query: Mapping[str, str] = MappingProxyType({})
    source_ip: str = ""
    path: Mapping[str, str] = MappingProxyType({})
    """The parameters in the path, as they were sent."""


class Response(NamedTuple):
    """One answer; nobody may cache it or take it for another type than it says."""

    status: int
    body: str | bytes
    headers: Mapping[str, str]
    cookies: Sequence[str] = ()

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

    def to_event(self) -> dict[str, Any]:
        """Return the response as API Gateway takes it."""
        event: dict[str, Any] = {"statusCode": self.status, "headers": dict(self.headers)}
        if self.cookies:
            event["cookies"] = [*self.cookies]
        if isinstance(self.body, str):
            event["body"] = self.body
            return event
        return event | {"body": base64.b64encode(self.body).decode(), "isBase64Encoded": True}


_NO_SNIFFING = {"x-content-type-options": "nosniff"}


def _headers(content_type: str) -> dict[str, str]:
    return {"content-type": content_type, "cache-control": "no-store"}


_JSON_HEADERS = _headers("application/json; charset=utf-8")


def read_request(event: Mapping[str, Any]) -> Request:
    """Take an event apart; `body` is the raw bytes that the client sent.

    Raises
    ------
    BadRequestError
        When the body is marked as base64 and is not.
    """
    body = event.get("body") or ""
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except ValueError:
        raise BadRequestError("the body is not readable") from None
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    source_ip = event.get("requestContext", {}).get("http", {}).get("sourceIp", "")
    query, path = event.get("queryStringParameters") or {}, event.get("pathParameters") or {}
    return Request(headers, raw, request_id(event), query, source_ip, path)


def request_id(event: Mapping[str, Any]) -> str:
    """Return API Gateway's id of the request, which the answer's `requestId` repeats."""
    return event.get("requestContext", {}).get("requestId", "")


def read_fields(request: Request) -> dict[str, Any]:
    """Return the fields of a JSON object or an HTML form's body.

    Raises
    ------
    PayloadTooLargeError
        Over 64 KB.
    UnsupportedMediaTypeError
        For any type but application/json and application/x-www-form-urlencoded in UTF-8.
    BadRequestError
        When the body is not of its type.
    RepeatedFieldsError
        When a field is given twice.
    """
    if len(request.body) > MAX_BODY_BYTES:
        raise PayloadTooLargeError(f"the body is over {MAX_BODY_BYTES} bytes")
    media_type = _media_type(request.headers)
    try:
        text = request.body.decode()
        return _html_form(text) if "form" in media_type else _json_object(text)
    except (ValueError, RecursionError):
        raise BadRequestError(f"the body cannot be read as {media_type}") from None


def _media_type(headers: Mapping[str, str]) -> str:
    media_type, *parameters = (part.strip() for part in headers.get("content-type", "").lower().split(";"))
    charsets = [one.partition("=")[2].strip('" ') for one in parameters if one.startswith("charset")]
    supported = media_type in ("application/json", "application/x-www-form-urlencoded")
    plain = headers.get("content-encoding", "identity").lower() == "identity"
    if not (supported and plain and all(charset in ("utf-8", "utf8") for charset in charsets)):
        raise UnsupportedMediaTypeError("send application/json or application/x-www-form-urlencoded in UTF-8")
    return media_type


def _html_form(text: str) -> dict[str, Any]:
    """Read a form as browsers do (WHATWG URL, 5.1): an empty part says nothing, a bare name has no value."""
    return _unique(parse_qsl(text, keep_blank_values=True, errors="strict"))


def _json_object(text: str) -> dict[str, Any]:
    document = json.loads(text, object_pairs_hook=_unique, parse_constant=refuse_constant)
    if not isinstance(document, dict):
        raise BadRequestError("the body is not a JSON object")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_FIELDS:
        raise BadRequestError(f"the body has over {MAX_FIELDS} fields")
    fields = dict(pairs)
    "".join(fields).encode()  # half a surrogate pair is no name: ValueError
    if len(fields) < len(pairs):
        times = Counter(name for name, _ in pairs)
        repeated = {name: "given twice" for name, count in times.items() if count > 1}
        raise RepeatedFieldsError("a field is given twice", fields=repeated)
    return fields


def refuse_constant(constant: str) -> None:
    """Refuse NaN and Infinity, which Python takes for JSON; raises ValueError."""
    raise ValueError(f"{constant} is not JSON")


def finite_float(text: str) -> float:
    """Return a JSON number; raises ValueError for one that only infinity could stand for."""
    number = float(text)
    if math.isinf(number):
        raise ValueError("out of range")
    return number


def respond(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with a JSON body."""
    return Response(status, _encode(body), {**_JSON_HEADERS, **headers} if headers else _JSON_HEADERS)


def respond_error(error: Exception, request: str, shown: str | None = None) -> Response:
    """Return the answer to an error; one of ours keeps its text out and is logged under the request's id.

    Parameters
    ----------
    shown
        What a caller who is at fault is told instead of the error's own text, which only the log has then.
    """
    if not isinstance(error, LarkbridgeError) or error.status == LarkbridgeError.status:
        log_crash("request failed", error, requestId=request)
        error, shown = (
            LarkbridgeError("something went wrong on our side; nothing you sent was at fault"),
            None,
        )
    else:
        logger.info(
            "request refused",
            requestId=request,
            status=error.status,
            error=error.code,
            reason=error.message,
            fields=len(error.fields),
        )
    message = error.message if shown is None else shown
    body: dict[str, Any] = {"error": error.code, "message": message, "requestId": request}
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequestsError) else None
    return respond(error.status, body | ({"fields": error.fields} if error.fields else {}), headers)


def endpoint(handle: Callable[[Mapping[str, Any]], Response]) -> Callable[..., dict[str, Any]]:
    """Make a Lambda handler of `handle`: whatever it raises becomes an answer, and none of it is silent."""

    @instrumented
    def handler(event: Mapping[str, Any], _: Any) -> dict[str, Any]:
        try:
            response = handle(event)
        except Exception as error:
            response = respond_error(error, request_id(event))
        return response.to_event()

    return handler
