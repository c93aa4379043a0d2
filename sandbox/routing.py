"""The route table every simulator's HTTP side is made of."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

ANY_METHOD = "*"


class FieldError(ValueError):
    """A control request is wrong in one named field; the router answers it with 400."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(f"{field_name} {reason}")
        self.field_name = field_name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as a route sees it.

    Attributes
    ----------
    params
        The captured path segments.
    on_arrival
        Called by a simulator once it lets the request arrive at all.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    on_arrival: Callable[[], None] = lambda: None

    def header(self, name: str) -> str:
        """Return a header's value whatever the case of its name; empty when it is absent."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object, or raise `FieldError` on ``body``."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            raise FieldError("body", "must be JSON") from None
        if not isinstance(document, dict):
            raise FieldError("body", "must be a JSON object")
        return document


@dataclass(frozen=True, slots=True)
class Reply:
    """What a simulator answers, and what the transport has to do with it.

    Attributes
    ----------
    delay
        Seconds to wait before answering.
    answer
        False: the request was processed, but its connection is dropped without an answer.
    reached
        False: the connection is dropped and nothing was processed.
    sent
        So many bytes of the body leave before the connection is dropped; None: all, and it stays.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay: float = 0.0
    answer: bool = True
    reached: bool = True
    sent: int | None = None


type Handler = Callable[[Request], Reply]


def json_reply(status: int, document: object, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a JSON answer."""
    body = json.dumps(document, separators=(",", ":")).encode()
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def match_path(pattern: str, path: str) -> dict[str, str] | None:
    """Return the segments that ``{name}`` parts of `pattern` capture, or None when `path` differs.

    Examples
    --------
    >>> match_path("/event/{workflow_id}", "/event/Wf1")
    {'workflow_id': 'Wf1'}
    >>> match_path("/event/{workflow_id}", "/event/Wf1/more") is None
    True
    """
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    params: dict[str, str] = {}
    for part, segment in zip(wanted, given, strict=True):
        if part.startswith("{") and segment:
            params[part[1:-1]] = unquote(segment)
        elif part != segment:
            return None
    return params


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table: a method (or `ANY_METHOD`), a path pattern and what handles it."""

    method: str
    pattern: str
    handler: Handler


class Router:
    """Finds the first route that fits a request and calls its handler."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = tuple(routes)

    def dispatch(self, request: Request) -> Reply:
        """Answer `request`: 404 for an unknown path, 405 for a known one, 400 for a bad field."""
        allowed: list[str] = []
        for route in self._routes:
            params = match_path(route.pattern, request.path)
            if params is None:
                continue
            if route.method in (ANY_METHOD, request.method):
                return _call(route.handler, replace(request, params=params))
            allowed.append(route.method)
        if allowed:
            document = {"error": "method_not_allowed", "message": "This path does not take that method."}
            return json_reply(405, document, {"Allow": ", ".join(allowed)})
        return json_reply(404, {"error": "not_found", "message": "The sandbox has nothing at this path."})


def _call(handler: Handler, request: Request) -> Reply:
    try:
        return handler(request)
    except FieldError as error:
        document = {
            "error": "invalid_field",
            "message": str(error),
            "fields": {error.field_name: error.reason},
        }
        return json_reply(400, document)
