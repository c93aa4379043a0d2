"""The JSON schemas of what requests and answers are declared as: pydantic's, made plain."""

from collections.abc import Mapping
from types import GenericAlias
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import core_schema

from larkbridge.forms.fields import MAX_BYTES
from larkbridge.forms.form import Form

type Schema = dict[str, Any]

_REFERENCES = "#/components/schemas/{model}"


class _ShapeSchemas(GenerateJsonSchema):
    """An answer has no members but those declared; what is sent here may have more."""

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> Schema:
        return super().typed_dict_schema(schema) | {"additionalProperties": self.mode == "validation"}


class Schemas:
    """Makes schemas; `named` has those of the shapes with a name that it has met."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def of(self, shape: Any, mode: JsonSchemaMode) -> Schema:
        """Return the schema of a shape, a reference if it has a name.

        Parameters
        ----------
        mode
            "validation" for what is sent here, "serialization" for what is answered.
        """
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            self.named[shape.__name__] = body_schema(shape)
            return _reference(shape.__name__)
        listed: Any = GenericAlias(list, shape)  # what is in a list is referred to
        made = TypeAdapter(listed).json_schema(
            mode=mode, ref_template=_REFERENCES, schema_generator=_ShapeSchemas
        )
        for name, schema in made.pop("$defs", {}).items():
            self.named[_public(name)] = _plain(schema)
        return _plain(made["items"])


def body_schema(model: type[BaseModel]) -> Schema:
    """Return what a model accepts, without references."""
    made = model.model_json_schema()
    definitions = made.get("$defs", {})
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": made.get("required", []),
        "properties": {name: _field(field, definitions) for name, field in made["properties"].items()},
    }
    if not issubclass(model, Form):
        return schema
    example = {name: field["examples"][0] for name, field in schema["properties"].items()}
    example.pop("submissionKey")
    described = (
        "An optional field that is empty counts as absent. "
        f"All values together have at most {MAX_BYTES} bytes."
    )
    return schema | {"description": described, "examples": [example]}


def _field(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Return a field's schema on its own; an optional one may be empty, and its default None says nothing."""
    own = {key: schema[key] for key in ("description", "examples") if key in schema}
    if "anyOf" in schema:
        chosen = next(one for one in schema["anyOf"] if one.get("type") != "null")
        inner = _field(chosen, definitions)
        if schema.get("default") is not None:  # null is not the same as leaving it out
            return {"anyOf": [inner, {"type": "null"}], "default": schema["default"]} | own
        return {key: value for key, value in inner.items() if key != "minLength"} | own
    if "$ref" in schema:
        return _field(definitions[schema["$ref"].rpartition("/")[2]], definitions) | own
    return {key: value for key, value in schema.items() if key != "title"}


def _plain(schema: Any) -> Any:
    """Return a schema without pydantic's titles, in which shapes have their public names."""
    if isinstance(schema, list):
        return [*map(_plain, schema)]
    if not isinstance(schema, dict):
        return schema
    return {key: _plain_member(key, value) for key, value in schema.items() if key != "title"}


def _plain_member(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _plain(field) for name, field in value.items()}
    return _reference(value.rpartition("/")[2])["$ref"] if key == "$ref" else _plain(value)


def _reference(name: str) -> Schema:
    return {"$ref": _REFERENCES.format(model=_public(name))}


def _public(name: str) -> str:
    """Return the name of a shape that is called `Shown…` here since something stored has its name."""
    return name.removeprefix("Shown")
