"""The rows of tables."""

from larkbridge.admin.requests import ListRows
from tools.openapi.refusals import BODY, KEY
from tools.openapi.schema import (
    CURSOR,
    MOMENT,
    OBJECT,
    TEXT,
    Operations,
    Schema,
    answer,
    array,
    body,
    described,
    nullable,
    operation,
    path,
    query,
    record,
    reference,
)
from tools.openapi.tables import TABLE

ROW_ID = path("rowId", "The row's id; in a mirrored table Lark's id of the record.")
ONE = (*KEY, "NotFound")
ROW: Schema = {"anyOf": [reference("MirrorRow"), reference("SourceRow")]}
VALUES = described(OBJECT, "Every field by our name, null when it is empty.")
CHANGE = (*ONE, "Conflict")

SCHEMAS: dict[str, Schema] = {
    "MirrorRow": record(
        {
            "id": TEXT,
            "larkSourceId": described(TEXT, "Lark's id of the record."),
            "values": described(nullable(VALUES), "The last content that fitted; null when none ever did."),
            "status": {"enum": ["live", "quarantined", "deleted"]},
            "quarantine": described(
                nullable({"type": "object", "additionalProperties": TEXT}),
                "For each field that does not fit, the reason; under the empty name that of the whole row.",
            ),
            "received": described(nullable(OBJECT), "What Lark has now, while the row is quarantined."),
            "modifiedAt": described(nullable(MOMENT), "Lark's time; null when Lark gave none."),
            "changedAt": described(MOMENT, "When the row last changed here."),
            "deletedAt": described(nullable(MOMENT), "When it was found to be gone in Lark."),
        }
    ),
    "SourceRow": record(
        {
            "id": TEXT,
            "larkRecordId": described(nullable(TEXT), "Lark's id of the record, null before there is one."),
            "values": VALUES,
            "version": {"type": "integer", "minimum": 1, "description": "Counts the changes of the row."},
            "pushedVersion": {
                "type": "integer",
                "minimum": 0,
                "description": "The last version that Lark is known to have.",
            },
            "status": {
                "enum": ["pending", "pushed", "rejected", "deleted"],
                "description": (
                    "`pending` waits to be pushed; `rejected` waits to be changed, or for a full sync; "
                    "`deleted` is deleted in Lark too once `pushedVersion` is `version`."
                ),
            },
            "rejected": described(nullable(reference("SyncError")), "Why Lark refuses it."),
            "updatedAt": MOMENT,
        }
    ),
    "RowPage": record({"items": array(ROW), "cursor": CURSOR}),
}

OPERATIONS: Operations = {
    "GET /v1/tables/{table}/rows": operation(
        "listRows",
        "Rows of a table, the last one changed first",
        tag="tables",
        description="Mirrored tables have `quarantined` rows, SOURCE tables `rejected` ones.",
        parameters=[TABLE, *query(ListRows)],
        success=answer("One page; one of large rows is short.", reference("RowPage")),
        refusals=(*ONE, "BadRequest"),
    ),
    "GET /v1/tables/{table}/rows/{rowId}": operation(
        "getRow",
        "One row",
        tag="tables",
        parameters=[TABLE, ROW_ID],
        success=answer("The row.", ROW),
        refusals=ONE,
    ),
    "PUT /v1/tables/{table}/rows/{rowId}": operation(
        "putRow",
        "Write a row of a SOURCE table in place of what it was",
        tag="tables",
        description=(
            "Lark has it within a minute. A field that is absent is empty; the key is the row's id. The same "
            "again changes nothing, unless Lark has refused it: then it is pushed once more. 409 for a "
            "mirrored table, whose rows are changed in Lark."
        ),
        parameters=[TABLE, ROW_ID],
        requestBody=body({"type": "object", "description": "The row's fields by our names."}),
        success=answer("Stored.", reference("SourceRow")),
        refusals=(*CHANGE, *BODY),
    ),
    "DELETE /v1/tables/{table}/rows/{rowId}": operation(
        "deleteRow",
        "Delete a row of a SOURCE table, here and within a minute in Lark",
        tag="tables",
        description="Again changes nothing. 409 for a mirrored table, whose rows are deleted in Lark.",
        parameters=[TABLE, ROW_ID],
        success=answer("Deleted.", reference("SourceRow")),
        refusals=CHANGE,
    ),
}
