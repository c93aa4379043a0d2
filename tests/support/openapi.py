"""docs/openapi.json, what is checked against it, and the API in this process."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import boto3
from jsonschema import Draft202012Validator

from larkbridge.forms.catalogue import FORMS
from larkbridge.pages.form_endpoint import form_route
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from sandbox.samples import FORMS as SAMPLES
from tests.support.admin import Admin
from tests.support.forms import http_event
from tests.support.functions import functions
from tests.support.world import Answer, World
from tools.openapi import PATH

DOCUMENT: dict[str, Any] = json.loads(PATH.read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
WEBHOOKS = functions()["receive_webhook"].routes
FORM_TYPES = {form_route(form).key: form.form_type for form in FORMS}
UPLOADS = {f"{route}/tep": form_type for route, form_type in FORM_TYPES.items()}
FILES = functions()["serve_files"].routes

GATEWAYS = {"429"}
"""Answered by API Gateway if by nobody else."""

type Event = dict[str, Any]
type Requests = Callable[["Api", str], Iterable[Event]]
"""Makes requests that bring a route to every answer it can give."""


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Return what validates against a schema of the document, formats included."""
    root = schema | {"components": DOCUMENT["components"]}
    return Draft202012Validator(root, format_checker=Draft202012Validator.FORMAT_CHECKER)


def body_schema(message: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a request's or an answer's body."""
    if "$ref" in message:
        message = DOCUMENT["components"]["responses"][message["$ref"].rpartition("/")[2]]
    return next(iter(message["content"].values()))["schema"]


class Api:
    """The HTTP API in this process."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.admin = Admin(world)

    def answer(self, route: str, event: Event) -> Answer:
        sent = event | {"routeKey": route}
        if route in FORM_TYPES:
            return self.world.send(FORM_TYPES[route], sent)
        if route in UPLOADS:
            return self.world.send(UPLOADS[route], sent)
        if route in FILES:
            return self.world.files(sent)
        return self.world.receive(sent) if route in WEBHOOKS else self.world.admin(sent)

    def post(self, fault: Fault | None) -> str:
        """Post a form to a Lark that behaves like this, and return its id."""
        self.world.clock.advance(seconds=2)
        if fault:
            self.world.lark.faults.set(fault)
        submission_id = self.world.post().body["submissionId"]
        self.world.lark.faults.clear()
        return submission_id

    def post_in_every_state(self) -> list[str]:
        """Leave one submission sent, one failed, one dead and one held."""
        faults = (None, Fault("error_code", code=800005652), Fault("error_code", code=800005646))
        held = self.world.post(fields=SAMPLES[FormType.STUDENT_INFO] | {"phu_luc": "x"}).body["submissionId"]
        return [*(self.post(one) for one in faults), held]

    def post_and_let_it_take_long(self) -> str:
        """Leave one submission sent twice, perhaps."""
        submission_id = self.post(Fault("answer_lost"))
        self.world.clock.advance(hours=4)
        self.world.retry_due()
        return submission_id

    def lose(self, setting: str) -> None:
        boto3.client("dynamodb").delete_table(TableName=self.world.environ[setting])

    def lose_secrets(self) -> None:
        secrets = boto3.client("secretsmanager")
        secrets.delete_secret(SecretId=self.world.environ["SECRETS_ID"], ForceDeleteWithoutRecovery=True)
        self.world.restart()

    def guarded(self, table: str, *events: Event) -> Iterator[Event]:
        """Yield requests with a key, without a good one, and once a table is gone."""
        first, *_ = events
        yield from map(self._authorized, events)
        yield first
        yield first | {"headers": first["headers"] | {"authorization": "Bearer no-such-key"}}
        self.lose(table)
        yield self._authorized(first)

    def _authorized(self, event: Event) -> Event:
        return event | {"headers": event["headers"] | {"x-api-key": self.admin.key}}


def check_answers(world: World, route: str, requests: Requests) -> None:
    """Check that every answer is documented, and that every documented answer is given."""
    api = Api(world)
    responses = OPERATIONS[route]["responses"]
    given = set()
    for event in requests(api, route):
        answer = api.answer(route, event)
        given.add(str(answer.status))
        described = responses[str(answer.status)]
        if described.keys() == {"description"}:
            continue
        schema = body_schema(described)
        assert [error.message for error in validator(schema).iter_errors(_body(answer))] == []
    assert given | GATEWAYS == responses.keys()


def check_credential(world: World, route: str) -> None:
    """Check that a route asks for a credential exactly when the document says so."""
    operation = OPERATIONS[route]
    asks = operation.get("security", DOCUMENT["security"]) != []
    by_signature = "InvalidSignature" in str(operation["responses"].get("401"))
    bare = http_event(path={"provider": "stripe"})
    if asks and "401" not in operation["responses"]:
        assert Api(world).answer(route, bare).status == 404
        return
    assert (Api(world).answer(route, bare).status == 401) == (asks or by_signature)


def _body(answer: Answer) -> Any:
    return str(answer.body) if answer.headers["content-type"].startswith("text/plain") else answer.body
