"""Writes docs/openapi.json: `python -m tools.openapi`. All that is in it follows from the routes."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from larkbridge import __version__
from larkbridge.admin.api import RESOURCES
from larkbridge.admin.file_routes import ROUTES as FILES
from larkbridge.errors import (
    BadRequestError,
    InvalidCredentialError,
    InvalidFieldsError,
    LarkbridgeError,
    MissingCredentialError,
    NotFoundError,
    TooManyRequestsError,
)
from larkbridge.forms.catalogue import FORMS
from larkbridge.inbound.webhook_routes import ROUTES as WEBHOOKS
from larkbridge.pages.file_upload import upload_route
from larkbridge.pages.form_endpoint import form_route
from larkbridge.people.oauth_routes import ROUTES as PEOPLE
from larkbridge.routes import JSON, Answer, Parameter, Route
from tools.page_routes import confirmation_route, file_step_route, page_route, withdrawal_route
from tools.schemas import Schema, Schemas, body_schema

type AnyRoute = Route[Any, Any, Any, Any]

PATH = Path(__file__).parents[1] / "docs" / "openapi.json"
WITH_FILES = [form for form in FORMS if "attachment_id" in form.model_fields]
ROUTES: tuple[AnyRoute, ...] = (
    *map(page_route, FORMS),
    *map(form_route, FORMS),
    *map(confirmation_route, FORMS),
    *(route(form) for form in WITH_FILES for route in (file_step_route, upload_route)),
    *map(withdrawal_route, FORMS),
    *(route for _, routes in RESOURCES for route in routes),
    *FILES,
    *WEBHOOKS,
    *PEOPLE,
)
ERRORS = [*(error for error in LarkbridgeError.__subclasses__() if "code" in vars(error)), LarkbridgeError]
"""Those that a caller can meet, our own fault last."""

_CREDENTIALS: dict[str, Mapping[str, str]] = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same key."},
}
_ERROR_SCHEMAS: dict[str, Schema] = {
    "Error": {
        "type": "object",
        "additionalProperties": False,
        "required": ["error", "message", "requestId"],
        "properties": {
            "error": {"enum": [error.code for error in ERRORS]},
            "message": {"type": "string", "description": "For people."},
            "requestId": {"type": "string"},
            "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
    "Throttled": {
        "type": "object",
        "required": ["message"],
        "properties": {"message": {"type": "string"}},
        "description": "Says API Gateway, not the bundle.",
    },
}


class Document:
    """The document as it is put together."""

    def __init__(self) -> None:
        self._schemas = Schemas()

    def content(self) -> Schema:
        """Return the whole document."""
        paths: dict[str, Schema] = {}
        for route in ROUTES:
            paths.setdefault(route.path, {})[route.method.lower()] = self._operation(route)
        proofs = {name: proof for route in ROUTES for name, proof in route.proofs.items()}
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Larkbridge",
                "version": __version__,
                "summary": "Enrolment forms and webhooks between Lark and the outside world.",
            },
            "servers": [
                {
                    "url": "https://{apiId}.execute-api.{region}.amazonaws.com",
                    "description": "The ApiUrl output of the stack.",
                    "variables": {
                        "apiId": {"default": "a1b2c3d4e5"},
                        "region": {"default": "ap-southeast-1"},
                    },
                }
            ],
            "security": [{name: []} for name in _CREDENTIALS],
            "paths": paths,
            "components": {
                "securitySchemes": _CREDENTIALS | proofs,
                "responses": {_group(error): _refused(error) for error in ERRORS if _leads(error)},
                "schemas": self._schemas.named | _ERROR_SCHEMAS,
            },
        }

    def _operation(self, route: AnyRoute) -> Schema:
        operation: Schema = {"operationId": route.name, "summary": route.summary, "tags": [route.tag]}
        if route.scope is None:
            operation["security"] = [{name: []} for name in route.proofs]
        if route.description:
            operation["description"] = route.description
        if parameters := [*map(self._parameter, route.parameters), *_query(route)]:
            operation["parameters"] = parameters
        if body := route.body:
            content = {"schema": self._schemas.of(body.shape, "validation")}
            operation["requestBody"] = {
                "required": body.required,
                "content": dict.fromkeys(body.media_types, content),
            }
        answers = self._refusals(route) | {str(route.answer.status): self._answer(route.answer)}
        return operation | {"responses": dict(sorted(answers.items()))}

    def _parameter(self, parameter: Parameter) -> Schema:
        described = {
            "name": parameter.name,
            "in": parameter.place,
            "required": parameter.place == "path",
            "description": parameter.description,
            "schema": self._schemas.of(parameter.shape, "validation"),
            "example": parameter.example,
        }
        return {name: value for name, value in described.items() if value}

    def _answer(self, answer: Answer) -> Schema:
        if answer.shape is None:
            return {"description": answer.description}
        content = {answer.media_type: {"schema": self._schemas.of(answer.shape, "serialization")}}
        return {"description": answer.description, "content": content}

    def _refusals(self, route: AnyRoute) -> dict[str, Schema]:
        raised = [error for error in ERRORS if error in raises(route) and _leads(error)]
        if route.refusal.shape is None:
            return {
                str(error.status): {"$ref": f"#/components/responses/{_group(error)}"} for error in raised
            }
        refused = self._schemas.of(route.refusal.shape, "serialization")
        return {str(error.status): _own_refusal(error, route.refusal.code, refused) for error in raised}


def raises(route: AnyRoute) -> set[type[LarkbridgeError]]:
    """Return the errors that a route can answer with."""
    raised = {TooManyRequestsError, *route.raises}
    if route.scope is not None:
        raised |= {MissingCredentialError, InvalidCredentialError, LarkbridgeError}
    if "{" in route.path:
        raised.add(NotFoundError)
    if route.query is not None:
        raised.add(BadRequestError)
    return raised.union(route.body.raises if route.body else ()).difference(route.refusal.hidden)


def _leads(error: type[LarkbridgeError]) -> bool:
    return error is not InvalidFieldsError


def _group(error: type[LarkbridgeError]) -> str:
    """Return the name under which an error's answer is referred to."""
    return "".join(map(str.title, error.code.split("_")))


def _refused(error: type[LarkbridgeError]) -> Schema:
    together = [error, InvalidFieldsError] if error is BadRequestError else [error]
    codes = {"properties": {"error": {"enum": [one.code for one in together]}}}
    schema: Schema = {"allOf": [{"$ref": "#/components/schemas/Error"}, codes]}
    described = "\n".join(f"`{one.code}`: {_meaning(one)}" for one in together)
    return {"description": described, "content": {JSON: {"schema": _or_throttled(error, schema)}}}


def _own_refusal(error: type[LarkbridgeError], code_of: Callable[[int], str], refused: Schema) -> Schema:
    code = code_of(error.status)
    schema: Schema = {"allOf": [refused, {"properties": {"error": {"const": code}}}]}
    return {"description": f"`{code}`", "content": {JSON: {"schema": _or_throttled(error, schema)}}}


def _or_throttled(error: type[LarkbridgeError], schema: Schema) -> Schema:
    if error is not TooManyRequestsError:
        return schema
    return {"anyOf": [schema, {"$ref": "#/components/schemas/Throttled"}]}


def _meaning(error: type[LarkbridgeError]) -> str:
    """Return the first paragraph of an error's docstring."""
    return " ".join((error.__doc__ or "").partition("\n\n")[0].split())


def _query(route: AnyRoute) -> Iterator[Schema]:
    if route.query is None:
        return
    schema = body_schema(route.query)
    for name, field in schema["properties"].items():
        required = {"required": True} if name in schema["required"] else {}
        described = {"name": name, "in": "query", "description": field.pop("description")}
        yield described | required | {"schema": field}


def as_text(content: Schema) -> str:
    """Return the document as it is committed."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(as_text(Document().content()))
    print(f"wrote {PATH}")
