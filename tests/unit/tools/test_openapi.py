"""docs/openapi.json is what the code accepts and answers."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from larkbridge.errors import LarkbridgeError
from larkbridge.forms.catalogue import FORMS as MODELS
from larkbridge.store.submissions import FormType
from tests.support.admin import Admin
from tests.support.admin_tables import SYNC, TablesAdmin
from tests.support.functions import functions
from tests.support.openapi import DOCUMENT, FORM_TYPES, OPERATIONS, SCHEMAS, body_schema, validator
from tests.support.world import World
from tools.openapi import PATH, ROUTES, Document, as_text

ADMIN_BODIES = ("RetrySubmissions", "ReplayEvents", "SaveButtonConfig")


def test_the_document_is_up_to_date() -> None:
    assert PATH.read_text() == as_text(Document().content()), "run `python -m tools.openapi`"


def test_the_operations_are_the_templates_routes() -> None:
    declared = {route for function in functions().values() for route in function.routes}
    assert OPERATIONS.keys() == {route.key for route in ROUTES} == declared


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len({*names}) == len(names)


def test_every_parameter_of_a_path_is_described() -> None:
    for route, operation in OPERATIONS.items():
        parameters = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
        assert parameters == re.findall(r"{(\w+)}", route)


def test_everything_that_is_referred_to_is_there_and_nothing_else() -> None:
    text = PATH.read_text()
    components = DOCUMENT["components"]
    there = {f"{kind}/{name}" for kind in ("schemas", "responses") for name in components[kind]}
    assert {*re.findall(r'"#/components/([^"]+)"', text)} == there


def test_every_form_has_an_operation_that_takes_both_kinds_of_bodies() -> None:
    assert {*FORM_TYPES.values()} == {*FormType}
    for route in FORM_TYPES:
        content = OPERATIONS[route]["requestBody"]["content"]
        assert content.keys() == {"application/json", "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_error_that_a_caller_can_meet_is_documented() -> None:
    codes = {error.code for error in _all_errors(LarkbridgeError)}

    responses = DOCUMENT["components"]["responses"].values()
    described = {
        code for one in responses for code in re.findall(r"^`(\w+)`: [A-Z`]", one["description"], re.M)
    }
    assert described == {*SCHEMAS["Error"]["properties"]["error"]["enum"]} == codes


def _all_errors(base: type[LarkbridgeError]) -> Iterator[type[LarkbridgeError]]:
    for error in base.__subclasses__():
        yield error
        yield from _all_errors(error)


def test_every_field_of_a_form_or_a_request_is_described() -> None:
    bodies = (*(model.__name__ for model in MODELS), *ADMIN_BODIES, "SyncTable")
    fields = [field for body in bodies for field in SCHEMAS[body]["properties"].items()]
    parameters = [one for operation in OPERATIONS.values() for one in operation.get("parameters", [])]
    fields += [(one["name"], one) for one in parameters if not one["name"].startswith("hub.")]

    assert [name for name, field in fields if not field.get("description", "").endswith(".")] == []


def test_a_required_parameter_says_so() -> None:
    (required,) = (
        one["name"]
        for operation in OPERATIONS.values()
        for one in operation.get("parameters", [])
        if one["in"] == "query" and one.get("required")
    )
    assert required == "record_id"


@pytest.mark.parametrize("body", ADMIN_BODIES)
def test_the_example_of_an_admins_body_is_accepted(world: World, body: str) -> None:
    (route,) = (
        route for route, operation in OPERATIONS.items() if body in json.dumps(operation.get("requestBody"))
    )

    assert Admin(world).send(route, example_of(body)).status == 200


def test_the_example_of_a_request_for_a_sync_is_accepted(world: World) -> None:
    assert TablesAdmin(world).ask(SYNC, body=example_of("SyncTable")).status == 200


def example_of(body: str) -> dict[str, Any]:
    """Return the examples of a body's fields, which must fit it."""
    properties = SCHEMAS[body]["properties"]
    example = {name: one["examples"][0] for name, one in properties.items() if "examples" in one}
    validator(SCHEMAS[body]).validate(example)
    return example


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
    fitting = [
        name
        for name in FORM_TYPES
        if validator(body_schema(OPERATIONS[name]["requestBody"])).is_valid(filled_in)
    ]

    assert fitting == [route]
