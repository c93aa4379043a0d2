"""docs/openapi.json is what the code accepts and answers."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator

from larkbridge.errors import LarkbridgeError
from larkbridge.forms.models import FORMS as MODELS
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from tests.support.forms import FORMS, html_form_event, http_event, json_event
from tests.support.functions import functions
from tests.support.world import Answer, World
from tools.api_key import create_key
from tools.openapi.answers import ERRORS
from tools.openapi.document import PATH, as_text, document
from tools.openapi.fields import FIELDS
from tools.openapi.routes import routes

DOCUMENT: dict[str, Any] = json.loads(PATH.read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
FORM_TYPES = {str(route): form.form_type for route in routes() if (form := route.form())}
NOT_OURS = {"429"}
"""Answered by API Gateway."""

type Event = dict[str, Any]


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    root = schema | {"components": DOCUMENT["components"]}
    return Draft202012Validator(root, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_document_is_up_to_date() -> None:
    assert PATH.read_text() == as_text(document()), "run `python -m tools.openapi`"


def test_the_operations_are_the_templates_routes() -> None:
    assert OPERATIONS.keys() == {route for function in functions().values() for route in function.routes}


def test_every_form_has_an_operation_that_takes_both_kinds_of_bodies() -> None:
    assert {*FORM_TYPES.values()} == {*FormType}
    for route in FORM_TYPES:
        content = OPERATIONS[route]["requestBody"]["content"]
        assert content.keys() == {"application/json", "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_error_that_a_caller_can_meet_is_documented() -> None:
    statuses = {error: error.status for error in _all_errors(LarkbridgeError)}

    documented = {error.code for error in ERRORS.keys() - {LarkbridgeError}}
    assert {error.code for error, status in statuses.items() if status != 500} == documented
    assert SCHEMAS["Error"]["properties"]["error"]["enum"] == [error.code for error in ERRORS]


def _all_errors(base: type[LarkbridgeError]) -> Iterator[type[LarkbridgeError]]:
    for error in base.__subclasses__():
        yield error
        yield from _all_errors(error)


def test_every_described_field_is_in_a_form_or_a_request() -> None:
    names = {name for model in MODELS for name in SCHEMAS[model.__name__]["properties"]}
    names |= SCHEMAS["RetrySubmissions"]["properties"].keys()
    names |= {one["name"] for one in OPERATIONS["GET /v1/submissions"]["parameters"]}

    assert FIELDS.keys() == names


@pytest.mark.parametrize("model", MODELS)
def test_the_example_of_a_form_is_accepted(world: World, model: Any) -> None:
    (example,) = SCHEMAS[model.__name__]["examples"]

    assert world.post(model.form_type, example).status == 200
    validator(SCHEMAS[model.__name__]).validate(example)
    assert example.keys() | {"submissionKey"} == SCHEMAS[model.__name__]["properties"].keys()


@pytest.mark.parametrize("route", FORM_TYPES)
def test_the_sample_of_a_form_fits_its_schema_and_fits_no_other(route: str) -> None:
    (samples,) = (one.samples() for one in functions().values() if route in one.routes)
    filled_in = json.loads(samples["happy"]["body"])
    fitting = [name for name in FORM_TYPES if validator(_json_body(OPERATIONS[name])).is_valid(filled_in)]

    assert fitting == [route]


def _json_body(message: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a request's or an answer's body."""
    message = message.get("requestBody", message)
    if "$ref" in message:
        message = DOCUMENT["components"]["responses"][message["$ref"].rpartition("/")[2]]
    return message["content"]["application/json"]["schema"]


class Api:
    """The HTTP API in this process."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables: Any = boto3.resource("dynamodb")
        keys = world.environ["API_KEYS_TABLE"]
        self.key = create_key(keys, "tests", "tests", dynamodb=self.tables)

    def answer(self, route: str, event: Event) -> Answer:
        sent = event | {"routeKey": route}
        if route in FORM_TYPES:
            return self.world.send(FORM_TYPES[route], sent)
        return self.world.admin(sent)

    def post(self, fault: Fault | None) -> str:
        """Post a form to a Lark that behaves like this, and return its id."""
        self.world.clock.advance(seconds=2)
        if fault:
            self.world.lark.faults.set(fault)
        submission_id = self.world.post().body["submissionId"]
        self.world.lark.faults.clear()
        return submission_id

    def post_in_every_state(self) -> list[str]:
        """Leave one submission sent, one failed and one dead."""
        faults = (None, Fault("error_code", code=800005652), Fault("error_code", code=800005646))
        return [self.post(one) for one in faults]

    def authorized(self, event: Event) -> Event:
        return event | {"headers": event["headers"] | {"x-api-key": self.key}}

    def lose(self, setting: str) -> None:
        self.tables.Table(self.world.environ[setting]).delete()


def form_requests(api: Api, route: str) -> Iterator[Event]:
    good = FORMS[FORM_TYPES[route]]
    yield json_event(good, idempotency_key="one")
    yield json_event(good | {"note": "khác"}, idempotency_key="one")
    yield html_form_event(good)
    api.world.lark.faults.set(Fault("down"))
    yield json_event(good)
    yield json_event({})
    yield json_event([])
    yield json_event(good | {"note": "a" * 70_000})
    yield http_event("{}", headers={"content-type": "text/plain"})
    api.lose("SUBMISSIONS_TABLE")
    yield json_event(good)


def health_requests(api: Api, route: str) -> Iterator[Event]:
    yield http_event()
    for _ in range(5):
        api.post(Fault("down"))
    api.world.clock.advance(hours=1)
    api.world.lark.faults.set(Fault("down"))
    api.world.retry_due()
    yield http_event()
    api.lose("DESTINATIONS_TABLE")
    yield http_event()


def without_good_key(event: Event) -> Iterator[Event]:
    yield event
    yield event | {"headers": event["headers"] | {"authorization": "Bearer no-such-key"}}


def list_requests(api: Api, _: str) -> Iterator[Event]:
    yield api.authorized(http_event())
    api.post_in_every_state()
    yield api.authorized(http_event(query={"limit": "2"}))
    yield api.authorized(http_event(query={"limit": "101"}))
    yield api.authorized(http_event(query={"cursor": "no-such-cursor"}))
    yield from without_good_key(http_event())
    api.lose("SUBMISSIONS_TABLE")
    yield api.authorized(http_event())


NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"


def get_requests(api: Api, _: str) -> Iterator[Event]:
    interrupted = api.post(Fault("answer_lost"))
    api.world.clock.advance(hours=4)
    api.world.retry_due()
    for submission_id in [*api.post_in_every_state(), interrupted, "no-such-id"]:
        yield api.authorized(http_event(path={"submissionId": submission_id}))
    yield from without_good_key(http_event(path={"submissionId": interrupted}))
    api.lose("SUBMISSIONS_TABLE")
    yield api.authorized(http_event(path={"submissionId": interrupted}))


def retry_requests(api: Api, _: str) -> Iterator[Event]:
    for submission_id in [*api.post_in_every_state(), "no-such-id"]:
        yield api.authorized(http_event(path={"submissionId": submission_id}))
    yield from without_good_key(http_event(path={"submissionId": NO_SUCH_ID}))
    api.lose("SUBMISSIONS_TABLE")
    yield api.authorized(http_event(path={"submissionId": NO_SUCH_ID}))


def retry_all_requests(api: Api, _: str) -> Iterator[Event]:
    api.post_in_every_state()
    for fields in ({"dryRun": True}, {"limit": 1}, {}, {"larkStatus": "sent"}, [], {"cursor": "a" * 70_000}):
        yield api.authorized(json_event(fields))
    yield api.authorized(http_event("{}", headers={"content-type": "text/plain"}))
    yield from without_good_key(json_event({}))
    api.lose("SUBMISSIONS_TABLE")
    yield api.authorized(json_event({}))


REQUESTS: dict[str, Callable[[Api, str], Iterable[Event]]] = {
    "GET /health": health_requests,
    "GET /v1/submissions": list_requests,
    "GET /v1/submissions/{submissionId}": get_requests,
    "POST /v1/submissions/{submissionId}/retry": retry_requests,
    "POST /v1/submissions/retry": retry_all_requests,
}


@pytest.mark.parametrize("route", OPERATIONS)
def test_every_answer_is_documented_and_every_documented_answer_is_given(world: World, route: str) -> None:
    api = Api(world)
    responses = OPERATIONS[route]["responses"]
    given = set()
    for event in REQUESTS.get(route, form_requests)(api, route):
        answer = api.answer(route, event)
        given.add(str(answer.status))
        validator(_json_body(responses[str(answer.status)])).validate(answer.body)

    assert given == responses.keys() - NOT_OURS


@pytest.mark.parametrize("route", OPERATIONS)
def test_a_route_asks_for_a_key_exactly_when_it_says_so(world: World, route: str) -> None:
    asks = OPERATIONS[route].get("security", DOCUMENT["security"]) != []

    assert (Api(world).answer(route, http_event()).status == 401) == asks
