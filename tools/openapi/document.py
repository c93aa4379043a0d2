"""Puts the document together: each route of the template with its operation."""

import json
from collections.abc import Callable
from typing import Any

from larkbridge import __version__, errors
from larkbridge.admin.requests import ListSubmissions, RetrySubmissions
from larkbridge.forms.endpoint import MAX_KEY_LENGTH
from larkbridge.forms.models import FORMS, Form
from larkbridge.store.submissions import FormType
from tools.openapi.answers import SCHEMAS, Schema, answer, error_answers, error_responses, reference
from tools.openapi.fields import form_schema, request_schema
from tools.openapi.routes import PROJECT, Route, routes

PATH = PROJECT / "docs" / "openapi.json"

READING = (errors.BadRequestError, errors.InvalidFieldsError)
BODY = (*READING, errors.PayloadTooLargeError, errors.UnsupportedMediaTypeError)
CREDENTIAL = (errors.MissingCredentialError, errors.InvalidCredentialError)
ONE = (*CREDENTIAL, errors.NotFoundError)

FORM_TITLES = {
    FormType.STUDENT_INFO: "Student information (Phiếu thông tin học viên)",
    FormType.LEAVE_REQUEST: "Leave of absence (Phiếu nghỉ phép)",
    FormType.TRANSFER: "Transfer of sessions (Phiếu chuyển nhượng)",
    FormType.HOLD: "Hold (Phiếu bảo lưu)",
    FormType.CHANGE: "Change of class (Phiếu chuyển đổi)",
}

SUBMISSION_ID: Schema = {
    "name": "submissionId",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key and content answers the first submission again; other content is a 409.",
    "schema": {"type": "string", "maxLength": MAX_KEY_LENGTH},
    "example": "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10",
}


def form_operation(form: type[Form]) -> Schema:
    """Return what posting a form takes and answers."""
    schema = {"schema": reference(form.__name__)}
    return {
        "operationId": f"submit{form.__name__}",
        "summary": FORM_TITLES[form.form_type],
        "tags": ["forms"],
        "security": [],
        "parameters": [IDEMPOTENCY_KEY],
        "requestBody": {
            "required": True,
            "content": {"application/json": schema, "application/x-www-form-urlencoded": schema},
        },
        "responses": {
            "200": answer("Stored; it will reach Lark.", reference("Receipt")),
            **error_answers(*BODY, errors.ConflictError),
        },
    }


def health() -> Schema:
    return {
        "operationId": "getHealth",
        "summary": "Whether the API and its tables answer, and whether Lark does",
        "tags": ["health"],
        "security": [],
        "responses": {"200": answer("It does.", reference("Health")), **error_answers()},
    }


def list_submissions() -> Schema:
    properties = request_schema(ListSubmissions)["properties"]
    return {
        "operationId": "listSubmissions",
        "summary": "Submissions, newest first",
        "tags": ["admin"],
        "parameters": [_query_parameter(name, schema) for name, schema in properties.items()],
        "responses": {
            "200": answer("One page.", reference("SubmissionPage")),
            **error_answers(*READING, *CREDENTIAL),
        },
    }


def _query_parameter(name: str, schema: Schema) -> Schema:
    kept = {key: value for key, value in schema.items() if key != "description"}
    return {"name": name, "in": "query", "description": schema["description"], "schema": kept}


def get_submission() -> Schema:
    return {
        "operationId": "getSubmission",
        "summary": "One submission with its payload and attempts",
        "tags": ["admin"],
        "parameters": [SUBMISSION_ID],
        "responses": {"200": answer("The submission.", reference("Submission")), **error_answers(*ONE)},
    }


def retry_submission() -> Schema:
    return {
        "operationId": "retrySubmission",
        "summary": "Make a failed or dead submission due now; it is sent within a minute",
        "tags": ["admin"],
        "parameters": [SUBMISSION_ID],
        "responses": {
            "200": answer("It is due.", reference("SubmissionSummary")),
            **error_answers(*ONE, errors.ConflictError),
        },
    }


def retry_submissions() -> Schema:
    outcome = {"oneOf": [reference("RetryCount"), reference("RetryReport")]}
    return {
        "operationId": "retrySubmissions",
        "summary": "Make failed and dead submissions due now, or count them",
        "tags": ["admin"],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": reference("RetrySubmissions")}},
        },
        "responses": {"200": answer("Done, or counted.", outcome), **error_answers(*BODY, *CREDENTIAL)},
    }


OPERATIONS: dict[str, Callable[[], Schema]] = {
    "GET /health": health,
    "GET /v1/submissions": list_submissions,
    "GET /v1/submissions/{submissionId}": get_submission,
    "POST /v1/submissions/{submissionId}/retry": retry_submission,
    "POST /v1/submissions/retry": retry_submissions,
}


def operation(route: Route) -> Schema:
    """Return a route's operation; raises KeyError for one that nobody has described."""
    form = route.form()
    return form_operation(form) if form else OPERATIONS[str(route)]()


def document() -> dict[str, Any]:
    """Return the whole document."""
    paths: dict[str, Schema] = {}
    for route in routes():
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route)
    requests = {form.__name__: form_schema(form) for form in FORMS}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Larkbridge",
            "version": __version__,
            "summary": "Enrolment forms that reach Lark in the end, whatever Lark does.",
        },
        "servers": [
            {
                "url": "https://{apiId}.execute-api.{region}.amazonaws.com",
                "description": "The ApiUrl output of the stack.",
                "variables": {"apiId": {"default": "a1b2c3d4e5"}, "region": {"default": "ap-southeast-1"}},
            }
        ],
        "security": [{"apiKey": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer", "description": "The same key."},
            },
            "responses": error_responses(),
            "schemas": requests | {"RetrySubmissions": request_schema(RetrySubmissions)} | SCHEMAS,
        },
    }


def as_text(content: dict[str, Any]) -> str:
    """Return the document as it is committed."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
