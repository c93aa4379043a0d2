"""Serves routes behind API Gateway's HTTP API (payload 2.0): an event in, what the route answers out."""

import base64
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, NoReturn
from urllib.parse import parse_qsl, unquote

from larkbridge.errors import (
    BadRequestError,
    NotFoundError,
    PayloadTooLargeError,
    RepeatedFieldsError,
    UnsupportedMediaTypeError,
)
from larkbridge.http_exchange import JSON_HEADERS, Request, Response, respond_error, to_json
from larkbridge.observability import instrumented
from larkbridge.routes import HTML_FORM, JSON, MAX_ID_LENGTH, Answer, Call, Caller, Route, Scope

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 100

type Authenticate = Callable[[Request], Caller]
"""Returns who calls; raises MissingCredentialError or InvalidCredentialError."""


class Served[S](NamedTuple):
    """A route and who serves it."""

    route: Route[S, Any, Any, Any]
    server: S


def anybody(_: Request) -> Caller:
    """Ask for no credential."""
    return Caller()


def serve(
    event: Mapping[str, Any], routes: Mapping[str, Served[Any]], authenticate: Authenticate = anybody
) -> Response:
    """Answer a request: who calls, the ids in its path, its query, its body, then the route's work."""
    route, server = routes[event.get("routeKey", "")]
    try:
        request = read_request(event)
        caller = Caller() if route.scope is None else authenticate(request)
        ids = {name: unquote(sent) for name, sent in request.path.items()}
        if bad := [name for name, value in ids.items() if not 0 < len(value) <= MAX_ID_LENGTH]:
            _refuse_id(bad[0])
        found = route.find and route.find(server, ids)
        query = route.query and route.query.read(request.query)
        body = None
        if route.body and route.body.check:
            fields = read_fields(request) if request.body or route.body.required else {}
            body = route.body.check(server, fields)
        answer = route.handle(server, Call(request, caller, ids, query, body, found))
    except Exception as error:
        return route.refusal.respond(error, request_id(event))
    if isinstance(answer, Response):
        return answer
    return Response(route.answer.status, to_json(answer), JSON_HEADERS)


def endpoint(respond: Callable[[Mapping[str, Any]], Response]) -> Callable[..., dict[str, Any]]:
    """Make a Lambda handler of `respond`: whatever it raises becomes an answer, and none of it is silent."""

    @instrumented
    def handler(event: Mapping[str, Any], _: Any) -> dict[str, Any]:
        try:
            response = respond(event)
        except Exception as error:
            response = respond_error(error, request_id(event))
        answer: dict[str, Any] = {"statusCode": response.status, "headers": dict(response.headers)}
        if response.cookies:
            answer["cookies"] = [*response.cookies]
        if isinstance(response.body, str):
            return answer | {"body": response.body}
        return answer | {"body": base64.b64encode(response.body).decode(), "isBase64Encoded": True}

    return handler


class RouteTable(dict[str, Served[Any]]):
    """Routes and who serves each, by API Gateway's key.

    Parameters
    ----------
    otherwise
        What serves any other request; without it, that is a 404 for whoever may call.
    more
        Returns further routes; called when a request asks for the first one that is not among the others.
    """

    def __init__(
        self,
        served: Iterable[Served[Any]],
        otherwise: Served[Any] | None = None,
        more: Callable[[], Iterable[Served[Any]]] | None = None,
    ) -> None:
        super().__init__({each.route.key: each for each in served})
        self._otherwise = otherwise or _NOWHERE
        self._more = more

    def __missing__(self, key: str) -> Served[Any]:
        if self._more:
            self.update((each.route.key, each) for each in self._more())
            self._more = None
        return self.get(key, self._otherwise)

    def handler(self) -> Callable[..., dict[str, Any]]:
        """Return the Lambda handler of a table whose routes ask for no credential."""
        return endpoint(partial(serve, routes=self))


def _refuse_id(name: str) -> NoReturn:
    """Raise NotFoundError for an id that nothing can be stored under."""
    raise NotFoundError(f"there is no such {name}")


def request_id(event: Mapping[str, Any]) -> str:
    """Return API Gateway's id of the request, which the answer's `requestId` repeats."""
    return event.get("requestContext", {}).get("requestId", "")


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
    query, path = event.get("queryStringParameters") or {}, event.get("pathParameters") or {}
    context = event.get("requestContext", {})
    source_ip = context.get("http", {}).get("sourceIp", "")
    domain = context.get("domainName", "")
    return Request(headers, raw, context.get("requestId", ""), query, source_ip, path, domain)


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
    media_type = media_type_of(request.headers, JSON, HTML_FORM)
    try:
        text = request.body.decode()
        fields = _html_form(text) if media_type == HTML_FORM else _decode_json(text)
    except (ValueError, RecursionError):
        raise BadRequestError(f"the body cannot be read as {media_type}") from None
    if not isinstance(fields, dict):
        raise BadRequestError("the body is not a JSON object")
    return fields


def media_type_of(headers: Mapping[str, str], *allowed: str) -> str:
    """Return the type of a body in UTF-8; raises UnsupportedMediaTypeError for one that is not allowed."""
    media_type, *parameters = [part.strip() for part in headers.get("content-type", "").lower().split(";")]
    charsets = {part.partition("=")[2].strip('" ') for part in parameters if part.startswith("charset")}
    plain = headers.get("content-encoding", "identity").lower() == "identity"
    if not (media_type in allowed and plain and charsets <= {"utf-8", "utf8"}):
        raise UnsupportedMediaTypeError(f"send {' or '.join(allowed)} in UTF-8")
    return media_type


def _html_form(text: str) -> dict[str, Any]:
    """Read a form as browsers do (WHATWG URL, 5.1): an empty part says nothing, a bare name has no value."""
    return _unique(parse_qsl(text, keep_blank_values=True, errors="strict"))


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


_decode_json = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=refuse_constant).decode


def _not_found(_: None, __: Call) -> Response:
    raise NotFoundError("there is no such route")


_NOWHERE = Served(
    Route(
        "GET",
        "",
        Scope.READ,
        name="nowhere",
        summary="",
        tag="",
        answer=Answer(None, ""),
        handle=_not_found,
    ),
    None,
)
