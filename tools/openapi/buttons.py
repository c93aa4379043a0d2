"""Buttons in Lark Base: an owner's configuration, and what became of the clicks."""

from larkbridge.admin.requests import ListButtonLogs, SaveButtonConfig
from tools.openapi.fields import request_schema
from tools.openapi.refusals import BODY, KEY
from tools.openapi.schema import (
    MOMENT,
    TEXT,
    Operations,
    Schema,
    answer,
    body,
    described,
    nullable,
    operation,
    page_of,
    query,
    record,
    reference,
)

ERRORS = ["RECORD_NOT_FOUND", "UNAUTHORIZED", "API_CALL_FAILED"]
CONFIG = request_schema(SaveButtonConfig)


def _succeeded(data: Schema) -> Schema:
    return record({"success": {"const": True}, "data": data})


SCHEMAS: dict[str, Schema] = {
    "SaveButtonConfig": CONFIG,
    "ButtonConfig": _succeeded(
        record(
            {
                name: nullable({"type": one.get("type", "string")})
                for name, one in CONFIG["properties"].items()
            }
        )
    ),
    "ButtonLog": record(
        {
            "event_id": TEXT,
            "record_id": TEXT,
            "button_id": nullable(TEXT),
            "user_id": nullable(TEXT),
            "status": {
                "enum": [0, 1, 2, 3],
                "description": "0 received, 1 being processed or waiting to be, 2 completed, 3 failed.",
            },
            "received_at": MOMENT,
            "processed_at": nullable(MOMENT),
            "error": nullable({"enum": ERRORS}),
            "reason": described(nullable(TEXT), "Why the last attempt failed, in one word."),
            "message": described(nullable(TEXT), "What the other side said."),
            "hint": described(nullable(TEXT), "What a person can do about it."),
        }
    ),
    "ButtonLogPage": _succeeded(page_of("ButtonLog")),
}

OPERATIONS: Operations = {
    "GET /v1/feishu/config": operation(
        "getButtonConfig",
        "Where clicks are forwarded to, as the owner of the key wants it",
        tag="buttons",
        success=answer("The configuration; all null when there is none.", reference("ButtonConfig")),
        refusals=KEY,
    ),
    "POST /v1/feishu/config": operation(
        "saveButtonConfig",
        "Replace the configuration of the key's owner",
        tag="buttons",
        requestBody=body(reference("SaveButtonConfig")),
        success=answer("Stored.", reference("ButtonConfig")),
        refusals=(*KEY, *BODY),
    ),
    "GET /v1/feishu/webhook/logs": operation(
        "listButtonLogs",
        "What became of the clicks on a record of the owner's table, newest first",
        tag="buttons",
        parameters=query(ListButtonLogs),
        success=answer("One page; empty when nothing is configured.", reference("ButtonLogPage")),
        refusals=(*KEY, "BadRequest"),
    ),
}
