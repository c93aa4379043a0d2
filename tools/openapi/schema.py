"""What schemas and operations are put together from."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from tools.openapi.fields import request_schema
from tools.openapi.refusals import error_answers

type Schema = dict[str, Any]
type Operations = dict[str, Schema]
"""By route, as API Gateway writes it."""

MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    "examples": ["2026-11-22T05:09:01.123Z"],
}
UUID: Schema = {"type": "string", "format": "uuid"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
OBJECT: Schema = {"type": "object"}
CURSOR: Schema = {
    "type": ["string", "null"],
    "description": "Where to go on, null at the end; a request looks at so many entries and no more.",
}


def record(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """Return the schema of an object that has no other members."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*required],
        "properties": required | (optional or {}),
    }


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def described(schema: Schema, description: str) -> Schema:
    return schema | {"description": description}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def page_of(name: str) -> Schema:
    """Return the schema of a page of a list."""
    return record({"items": array(reference(name)), "cursor": CURSOR})


def path(name: str, description: str) -> Schema:
    """Return a parameter in the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": TEXT,
    }


def query(model: type[BaseModel]) -> list[Schema]:
    """Return the parameters of a query."""
    schema = request_schema(model)
    return [
        {
            "name": name,
            "in": "query",
            "description": one["description"],
            **({"required": True} if name in schema["required"] else {}),
            "schema": {key: value for key, value in one.items() if key != "description"},
        }
        for name, one in schema["properties"].items()
    ]


def answer(description: str, schema: Schema) -> Schema:
    """Return an answer with a JSON body."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def operation(
    operation_id: str,
    summary: str,
    *,
    tag: str,
    success: Schema,
    refusals: Iterable[str] = (),
    responses: dict[str, Schema] | None = None,
    **more: Any,
) -> Schema:
    """Return an operation.

    Parameters
    ----------
    success
        The answer with status 200.
    refusals
        Names of `refusals.REFUSALS`.
    responses
        Answers by status in place of these.
    more
        Further members as OpenAPI has them.
    """
    answers = error_answers(refusals) | (responses or {}) | {"200": success}
    head = {"operationId": operation_id, "summary": summary, "tags": [tag]}
    return head | more | {"responses": dict(sorted(answers.items()))}


def body(schema: Schema, *media_types: str) -> Schema:
    """Return a required body, which is JSON unless other media types are named."""
    one = {"schema": schema}
    return {"required": True, "content": dict.fromkeys(media_types or ("application/json",), one)}
