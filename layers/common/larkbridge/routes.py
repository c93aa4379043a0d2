"""One table for everything HTTP.

A route says where it is, who may call it, what it takes, what it answers and who does it. How a request is
served follows from it here, and `docs/openapi.json` in `tools/openapi.py`. What a cold start makes here are
named tuples: a dataclass takes five times as long.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, Self
from urllib.parse import unquote

from larkbridge.apigateway import (
    Request,
    Response,
    endpoint,
    read_fields,
    read_request,
    request_id,
    respond,
    respond_error,
)
from larkbridge.errors import (
    BadRequestError,
    LarkbridgeError,
    NotFoundError,
    PayloadTooLargeError,
    UnsupportedMediaTypeError,
)

MAX_ID_LENGTH = 300
"""Characters, of up to 4 bytes each: a key may have 2,048 bytes."""

JSON = "application/json"
HTML_FORM = "application/x-www-form-urlencoded"


class Scope(StrEnum):
    """What a caller must be allowed to do."""

    READ = "read"
    RETRY = "retry"
    WRITE = "write"


class Caller(NamedTuple):
    """Whose credential came with a request; both are empty where a route asks for none."""

    name: str = ""
    owner: str = ""


class Call[Q = None, B = None, F = None](NamedTuple):
    """One request to a route, checked: its ids, its query and its body are what the route asks for.

    `found` is what the route finds by the ids before it looks at the rest.
    """

    request: Request
    caller: Caller
    ids: Mapping[str, str]
    query: Q
    body: B
    found: F


class Query(Protocol):
    @classmethod
    def read(cls, fields: Mapping[str, Any], /) -> Self: ...


class Body[S, B](NamedTuple):
    """What a route takes; `read` gets who serves the route and the request, and may raise `raises`.

    A body that is not `required` may be empty.
    """

    shape: Any
    read: Callable[[S, Request], B]
    media_types: tuple[str, ...] = (JSON,)
    raises: tuple[type[LarkbridgeError], ...] = (
        BadRequestError,
        PayloadTooLargeError,
        UnsupportedMediaTypeError,
    )
    required: bool = True


def fields_body(shape: Any) -> Body[Any, dict[str, Any]]:
    """Return a JSON body whose fields are checked by who serves the route."""
    return Body(shape, lambda _, request: read_fields(request))


def raw_body(shape: Any, *media_types: str) -> Body[Any, bytes]:
    """Return a body that is taken byte by byte, since its sender has signed it."""
    return Body(shape, lambda _, request: request.body, media_types, (BadRequestError, PayloadTooLargeError))


class Answer(NamedTuple):
    """What a route answers when all goes well."""

    shape: Any
    description: str
    status: int = 200
    media_type: str = JSON


class Refusal(NamedTuple):
    """How a route answers whatever was raised.

    One that does so in a shape of its own has a code for each HTTP status.
    """

    respond: Callable[[Exception, str], Response] = respond_error
    shape: Any = None
    code: Callable[[int], str] = str


class Parameter(NamedTuple):
    """A parameter that the API document describes and no query's model does."""

    name: str
    description: str = ""
    place: str = "path"
    shape: Any = str
    example: str | None = None


class Route[S, Q = None, B = None, F = None](NamedTuple):
    """One route.

    Parameters
    ----------
    scope
        What a caller must be allowed to do; None for a route that asks for no credential.
    handle
        Gets who serves the route, and the call; returns the answer's content, or a whole response.
    find
        Returns what the ids in the path stand for, or raises: before the query and the body are looked at.
    raises
        The errors that follow from nothing else here.
    proofs
        What proves the sender of a public route, by name, as OpenAPI describes a security scheme.
    """

    method: str
    path: str
    scope: Scope | None
    name: str
    summary: str
    tag: str
    handle: Callable[[S, Call[Q, B, F]], Mapping[str, Any] | Response]
    answer: Answer
    query: type[Q] | None = None
    body: Body[S, B] | None = None
    find: Callable[[S, Mapping[str, str]], F] | None = None
    parameters: tuple[Parameter, ...] = ()
    raises: tuple[type[LarkbridgeError], ...] = ()
    refusal: Refusal = Refusal()
    description: str = ""
    proofs: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    @property
    def key(self) -> str:
        """The route as API Gateway writes it."""
        return f"{self.method} {self.path}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the parameters in the path."""
        return _names_in(self.path)


@cache
def _names_in(path: str) -> tuple[str, ...]:
    return tuple(re.findall(r"{(\w+)}", path))


type Authenticate = Callable[[Request], Caller]
"""Returns who calls; raises MissingCredentialError or InvalidCredentialError."""


def anybody(_: Request) -> Caller:
    """Ask for no credential."""
    return Caller()


class Served[S](NamedTuple):
    """A route and who serves it."""

    route: Route[S, Any, Any, Any]
    server: S

    def respond(self, event: Mapping[str, Any], authenticate: Authenticate) -> Response:
        """Answer a request: who calls, the ids in its path, its query, its body, then the route's work."""
        try:
            request = read_request(event)
            caller = Caller() if self.route.scope is None else authenticate(request)
            answer = self.route.handle(self.server, self._call(request, caller))
        except Exception as error:
            return self.route.refusal.respond(error, request_id(event))
        return answer if isinstance(answer, Response) else respond(self.route.answer.status, answer)

    def _call(self, request: Request, caller: Caller) -> Call[Any, Any, Any]:
        route = self.route
        ids = {name: _id(name, request.path[name]) for name in route.ids}
        found = route.find and route.find(self.server, ids)
        query = route.query and route.query.read(request.query)
        body = route.body and route.body.read(self.server, request)
        return Call(request, caller, ids, query, body, found)


def _id(name: str, sent: str) -> str:
    """Return an id in the path, decoded; raises NotFoundError for what nothing can be stored under."""
    value = unquote(sent)
    if not 0 < len(value) <= MAX_ID_LENGTH:
        raise NotFoundError(f"there is no such {name}")
    return value


class Table:
    """A table of routes and who serves each of them."""

    def __init__(self, served: Iterable[Served[Any]]) -> None:
        self._by_key = {one.route.key: one for one in served}

    def find(self, event: Mapping[str, Any]) -> Served[Any]:
        """Return what serves a request; a route that is not in the table is a 404 for whoever may call."""
        return self._by_key.get(event.get("routeKey", ""), _NOWHERE)

    def handler(self) -> Callable[..., dict[str, Any]]:
        """Return the Lambda handler of a table whose routes ask for no credential."""
        return endpoint(lambda event: self.find(event).respond(event, anybody))


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
