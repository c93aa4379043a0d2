"""Every way in which the API refuses a request."""

from collections.abc import Iterable
from typing import Any

from larkbridge import errors
from larkbridge.errors import LarkbridgeError

type Schema = dict[str, Any]

ERRORS: dict[type[LarkbridgeError], str] = {
    errors.BadRequestError: "The body, a header or a cursor cannot be understood.",
    errors.InvalidFieldsError: "`fields` names every field that is missing or wrong.",
    errors.MissingCredentialError: "No API key was sent.",
    errors.UnverifiedRequestError: "The sender is not proven: no signature, a wrong one, or a stale one.",
    errors.InvalidCredentialError: "The API key or the token is unknown or revoked, or has no owner.",
    errors.NotFoundError: "There is no such thing.",
    errors.ConflictError: "The request contradicts what is stored.",
    errors.PayloadTooLargeError: "The body is over 64 KB, or a webhook's over 3 MB.",
    errors.UnsupportedMediaTypeError: "The body is neither JSON nor an HTML form's in UTF-8.",
    errors.TooManyRequestsError: "A limit is used up for as many seconds as `Retry-After` says.",
    errors.NotConfiguredError: "A secret or setting of this provider is missing; the others work.",
    errors.LarkbridgeError: "Our fault; `requestId` finds it in the logs.",
}

REFUSALS: dict[str, tuple[type[LarkbridgeError], ...]] = {
    "BadRequest": (errors.BadRequestError, errors.InvalidFieldsError),
    "MissingCredential": (errors.MissingCredentialError,),
    "InvalidSignature": (errors.UnverifiedRequestError,),
    "InvalidCredential": (errors.InvalidCredentialError,),
    "NotFound": (errors.NotFoundError,),
    "Conflict": (errors.ConflictError,),
    "PayloadTooLarge": (errors.PayloadTooLargeError,),
    "UnsupportedMediaType": (errors.UnsupportedMediaTypeError,),
    "TooManyRequests": (errors.TooManyRequestsError,),
    "InternalError": (errors.LarkbridgeError,),
    "NotConfigured": (errors.NotConfiguredError,),
}
"""By the names of their answers; each has one status."""

KEY = ("MissingCredential", "InvalidCredential", "InternalError")
"""Of every route that asks for a key."""

BODY = ("BadRequest", "PayloadTooLarge", "UnsupportedMediaType")

SCHEMAS: dict[str, Schema] = {
    "Error": {
        "type": "object",
        "additionalProperties": False,
        "required": ["error", "message", "requestId"],
        "properties": {
            "error": {"enum": [one.code for one in ERRORS]},
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


def responses() -> dict[str, Schema]:
    """Return every answer by its name."""
    return {name: _response(raised) for name, raised in REFUSALS.items()}


def error_answers(names: Iterable[str]) -> dict[str, Schema]:
    """Return references to answers by their statuses, with the one that every route can give."""
    wanted = {*names, "TooManyRequests"}
    return {
        str(raised[0].status): {"$ref": f"#/components/responses/{name}"}
        for name, raised in REFUSALS.items()
        if name in wanted
    }


def _response(raised: tuple[type[LarkbridgeError], ...]) -> Schema:
    codes = {"properties": {"error": {"enum": [one.code for one in raised]}}}
    schema: Schema = {"allOf": [{"$ref": "#/components/schemas/Error"}, codes]}
    if errors.TooManyRequestsError in raised:
        schema = {"anyOf": [schema, {"$ref": "#/components/schemas/Throttled"}]}
    described = "\n".join(f"`{one.code}`: {ERRORS[one]}" for one in raised)
    return {"description": described, "content": {"application/json": {"schema": schema}}}
