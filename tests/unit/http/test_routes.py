"""A route's table entry is what happens: who may call, what is checked in which order, how it is answered."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from larkbridge.apigateway import RouteTable, Served, endpoint
from larkbridge.apigateway import serve as answer_to
from larkbridge.errors import (
    BadRequestError,
    InvalidFieldsError,
    LarkbridgeError,
    MissingCredentialError,
    NotFoundError,
)
from larkbridge.http_exchange import Response
from larkbridge.routes import (
    Answer,
    Body,
    Call,
    Caller,
    Refusal,
    Route,
    Scope,
    raw_body,
)
from tests.support.forms import http_event, json_event
from tests.support.world import Context
from tools.openapi import ROUTES, raises

HANNA = Caller("console", "Hanna")


class Shelf:
    """Serves things, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[Call[Any, Any, Any]] = []

    def find(self, ids: Mapping[str, str]) -> str:
        if ids["thing"] == "none":
            raise NotFoundError("there is no such thing")
        return ids["thing"].upper()

    def handle(self, call: Call[Any, Any, Any]) -> dict[str, Any]:
        self.calls.append(call)
        return {"ok": True}


class Wanted:
    @classmethod
    def read(cls, fields: Mapping[str, Any], /) -> dict[str, Any]:
        if "bad" in fields:
            raise InvalidFieldsError("some fields are not valid", fields={"bad": "unknown"})
        return dict(fields)


def route(method: str = "GET", path: str = "/things", scope: Scope | None = Scope.READ, **more: Any) -> Any:
    options = {"handle": Shelf.handle, "answer": Answer(dict, "Done.")} | more
    return Route(method, path, scope, name="n", summary="s", tag="t", **options)


def serve(
    one: Any, event: dict[str, Any], caller: Caller | None = HANNA
) -> tuple[int, dict[str, Any], Shelf]:
    """Return the status, what API Gateway gets, and who served it."""

    def authenticate(_: Any) -> Caller:
        if caller is None:
            raise MissingCredentialError("send an API key in X-API-Key")
        return caller

    shelf = Shelf()
    table = RouteTable([Served(one, shelf)])
    respond = partial(answer_to, routes=table, authenticate=authenticate)
    answer = endpoint(respond)(event | {"routeKey": one.key}, Context("r"))
    return answer["statusCode"], answer, shelf


def test_route_with_a_scope_asks_who_calls_before_anything_else() -> None:
    one = route(path="/things/{thing}", find=Shelf.find, query=Wanted)
    event = http_event(path={"thing": "none"}, query={"bad": "1"})
    status, _, shelf = serve(one, event, caller=None)
    assert (status, shelf.calls) == (401, [])


def test_route_without_a_scope_asks_nobody() -> None:
    status, _, shelf = serve(route(scope=None), http_event(), caller=None)
    assert (status, shelf.calls[0].caller) == (200, Caller())


def test_handler_gets_the_caller_and_all_that_was_checked() -> None:
    one = route(
        "POST",
        "/things/{thing}",
        find=Shelf.find,
        query=Wanted,
        body=Body(dict, lambda _, fields: fields),
    )
    event = json_event({"a": 1}) | {
        "pathParameters": {"thing": "b%C3%A9"},
        "queryStringParameters": {"q": "1"},
    }
    _, _, shelf = serve(one, event)
    (call,) = shelf.calls
    assert (call.caller, call.ids, call.found) == (HANNA, {"thing": "bé"}, "BÉ")
    assert (call.query, call.body) == ({"q": "1"}, {"a": 1})


@pytest.mark.parametrize(
    ("thing", "query", "body", "status"),
    [
        ("x" * 301, {"bad": "1"}, "not JSON", 404),
        ("", {"bad": "1"}, "not JSON", 404),
        ("none", {"bad": "1"}, "not JSON", 404),
        ("one", {"bad": "1"}, "not JSON", 400),
        ("one", {}, "not JSON", 415),
    ],
)
def test_first_fault_in_order_of_path_query_and_body_is_told(
    thing: str, query: dict[str, str], body: str, status: int
) -> None:
    read = Body(dict, lambda _, fields: fields)
    one = route("POST", "/things/{thing}", find=Shelf.find, query=Wanted, body=read)
    answered, _, shelf = serve(one, http_event(body, path={"thing": thing}, query=query))
    assert (answered, shelf.calls) == (status, [])


def test_status_is_the_tables_unless_the_handler_answers_itself() -> None:
    made = Answer(dict, "Made.", 201)
    assert serve(route(answer=made), http_event())[0] == 201
    _, answer, _ = serve(
        route(answer=made, handle=lambda *_: Response.redirect("https://x.example/")), http_event()
    )
    assert (answer["statusCode"], answer["headers"]["location"]) == (303, "https://x.example/")


def test_refusal_is_in_the_routes_own_shape_even_of_what_cannot_be_read() -> None:
    own = Refusal(lambda error, _: Response.json({"why": type(error).__name__}, 418))
    one = route("POST", refusal=own, body=raw_body(dict, "application/json"))
    event = http_event("not base64") | {"isBase64Encoded": True}
    status, answer, _ = serve(one, event)
    assert (status, answer["body"]) == (418, '{"why": "BadRequestError"}')


def test_route_that_is_in_no_table_is_404() -> None:
    handler = RouteTable([Served(route(scope=None), Shelf())]).handler()
    assert handler(http_event(route="GET /things"), Context("r"))["statusCode"] == 200
    for other in ("POST /things", "GET /elsewhere", ""):
        assert handler(http_event(route=other), Context("r"))["statusCode"] == 404


@pytest.mark.parametrize("one", ROUTES, ids=lambda one: one.key)
def test_every_admin_route_asks_for_a_scope_and_no_other_does(one: Any) -> None:
    public = one.tag in ("forms", "pages", "webhooks", "health")
    assert (one.scope is None) == public
    if one.scope is not None:
        assert (one.scope is Scope.READ) == (one.method == "GET")


def test_documented_errors_follow_from_what_a_route_takes() -> None:
    plain, full = route(scope=None), route("GET", "/things/{thing}", query=Wanted)
    assert {error.status for error in raises(plain)} == {429}
    assert {error.status for error in raises(full)} == {400, 401, 403, 404, 429, 500}
    assert BadRequestError in raises(route(scope=None, body=raw_body(dict, "text/plain")))
    assert LarkbridgeError in raises(route(scope=None, raises=(LarkbridgeError,)))
