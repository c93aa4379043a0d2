"""One table for everything HTTP.

A route says where it is, who may call it, what it takes, what it answers and who does it. How a request is
served follows from it in `apigateway.py`, and `docs/openapi.json` in `tools/openapi.py`. What a cold start
makes here are named tuples: a dataclass takes five times as long.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, Self

from larkbridge.errors import (
    BadRequestError,
    LarkbridgeError,
    PayloadTooLargeError,
    UnsupportedMediaTypeError,
)
from larkbridge.http_exchange import Request, Response, respond_error

MAX_ID_LENGTH = 300
"""Characters, of up to 4 bytes each: a key may have 2,048 bytes."""

JSON = "application/json"
HTML_FORM = "application/x-www-form-urlencoded"


class Scope(StrEnum):
    """What a caller must be allowed to do."""

    READ = "read"
    RETRY = "retry"
    WRITE = "write"
    PEOPLE = "people"
    """To see and change what is kept of people."""
    ADMIN = "admin"


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
    """What a route takes.

    Parameters
    ----------
    check
        Gets who serves the route and the body's fields, and may raise `raises`; None for a body that is taken
        byte by byte, since its sender has signed it.
    required
        Whether the body may not be empty.
    """

    shape: Any
    check: Callable[[S, dict[str, Any]], B] | None
    media_types: tuple[str, ...] = (JSON,)
    raises: tuple[type[LarkbridgeError], ...] = (
        BadRequestError,
        PayloadTooLargeError,
        UnsupportedMediaTypeError,
    )
    required: bool = True


def raw_body(shape: Any, *media_types: str) -> Body[Any, None]:
    """Return a body that is taken byte by byte, as `Call.request` has it."""
    return Body(shape, None, media_types, (BadRequestError, PayloadTooLargeError))


class Answer(NamedTuple):
    """What a route answers when all goes well."""

    shape: Any
    description: str
    status: int = 200
    media_type: str = JSON


class Refusal(NamedTuple):
    """How a route answers whatever was raised.

    One that does so in a shape of its own has a code for each HTTP status. `hidden` are errors that it
    answers as if they were others.
    """

    respond: Callable[[Exception, str], Response] = respond_error
    shape: Any = None
    code: Callable[[int], str] = str
    hidden: tuple[type[LarkbridgeError], ...] = ()


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
