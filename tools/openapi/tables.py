"""The tables that are the same here and in Lark Base."""

from larkbridge.admin.requests import SyncTable
from larkbridge.sync.tables import Deletions, Role
from tools.openapi.fields import request_schema
from tools.openapi.refusals import BODY, KEY
from tools.openapi.schema import (
    COUNT,
    MOMENT,
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
    record,
    reference,
)

TABLE = path("table", "The table's name in `tables.toml`.")
MODE = request_schema(SyncTable)["properties"]["mode"]["enum"]

REPORT = record(
    {
        "number": COUNT,
        "mode": {"enum": MODE},
        "startedAt": MOMENT,
        "endedAt": MOMENT,
        "read": described(COUNT, "Lark's records."),
        "written": described(COUNT, "Rows that had changed, or that Lark has to be told of again."),
        "deleted": described(COUNT, "Rows whose record is gone in Lark."),
    },
    {
        "quarantined": described(COUNT, "Of a mirrored table: records that did not fit."),
        "strangers": described(COUNT, "Of a SOURCE table: records that are no row of ours; left alone."),
    },
)
SUBSCRIPTION: Schema = {
    "anyOf": [record({"ok": {"const": True}, "at": MOMENT}), reference("SubscriptionError")],
    "description": "Whether Lark reports changes as they happen; without that the schedule is all there is.",
}
LARKS_ERROR: dict[str, Schema] = {
    "message": TEXT,
    "hint": described(TEXT, "What a person can do about it."),
    "larkCode": nullable({"type": "integer"}),
    "logId": described(nullable(TEXT), "Lark's, for its support."),
    "at": MOMENT,
}
REASON: Schema = {"type": "string", "examples": ["no_permission"]}

SCHEMAS: dict[str, Schema] = {
    "SyncTable": request_schema(SyncTable),
    "SyncRequested": record({"table": TEXT, "requested": {"enum": MODE}}),
    "SyncError": record({"reason": REASON}, LARKS_ERROR),
    "SubscriptionError": record({"ok": {"const": False}, "reason": REASON}, LARKS_ERROR),
    "Drift": record(
        {
            "kind": {
                "enum": ["renamed", "removed", "retyped"],
                "description": "A renamed column is used by its new name, the others are not used.",
            },
            "field": TEXT,
            "fieldId": described(TEXT, "Lark's id of the column."),
            "was": described(TEXT, "Its name or type in `tables.toml`."),
            "now": described(TEXT, "Its name or type in Lark; empty when it was removed."),
        }
    ),
    "Table": record(
        {
            "name": TEXT,
            "role": {
                "enum": [*Role],
                "description": "MIRROR: Lark is authoritative. SOURCE: we are.",
            },
            "connected": {"type": "boolean", "description": "Whether LARK_TABLES names it."},
            "key": described(nullable(TEXT), "The field that says which row a record is."),
            "deletions": {
                "enum": [*Deletions],
                "description": "What follows when a record is deleted in Lark.",
            },
            "everyMinutes": described(
                nullable(COUNT), "Null for a SOURCE table: changes are pushed at once."
            ),
            "lastSync": described(
                nullable(MOMENT), "The end of the last pull that succeeded; the last push."
            ),
            "lagSeconds": described(
                nullable(COUNT),
                "MIRROR: since the last pull that succeeded began. SOURCE: since the row that waits longest "
                "was changed.",
            ),
            "counts": {"anyOf": [reference("MirrorCounts"), reference("SourceCounts")]},
            "lastFull": described(nullable(REPORT), "What the last full sync did."),
            "drift": described(array(reference("Drift")), "How Lark's columns differ from `tables.toml`."),
            "suspicious": described(
                nullable(record({"reason": TEXT, "at": MOMENT})),
                "Why the last full sync believed no deletion; a sync with `acceptDeletions` does.",
            ),
            "lastError": described(nullable(reference("SyncError")), "Null once a sync has succeeded."),
            "nextRunAt": described(
                nullable(MOMENT), "After a failure: no run before then, unless one is asked for."
            ),
            "requested": {"enum": [*MODE, None], "description": "What has been asked for and has not begun."},
            "underWay": nullable(
                record({"mode": {"enum": MODE}, "startedAt": MOMENT, "read": COUNT, "total": COUNT})
            ),
            "subscription": nullable(SUBSCRIPTION),
        }
    ),
    "MirrorCounts": record(
        {
            "rows": described(nullable(COUNT), "Lark's records in the last full sync."),
            "quarantined": described(COUNT, "Rows whose record does not fit its types."),
        }
    ),
    "SourceCounts": record(
        {
            "waiting": COUNT,
            "rejected": described(COUNT, "Rows that Lark has refused; see each for the reason."),
        }
    ),
    "Tables": record({"items": array(reference("Table"))}),
}

OPERATIONS: Operations = {
    "GET /v1/tables": operation(
        "listTables",
        "Every table of the registry, connected or not, and how its sync fares",
        tag="tables",
        success=answer("The tables, in the registry's order.", reference("Tables")),
        refusals=KEY,
    ),
    "POST /v1/tables/{table}/sync": operation(
        "syncTable",
        "Ask for a sync, which begins within a minute",
        tag="tables",
        description=(
            "A mirrored table is pulled: whole, or what was modified lately. Of a SOURCE table `incremental` "
            "pushes what waits, which is not what Lark has refused; `full` compares every row with Lark, and "
            "tries again those that it has refused. 409 when the table is not connected."
        ),
        parameters=[TABLE],
        requestBody=body(reference("SyncTable")),
        success=answer("It is asked for.", reference("SyncRequested")),
        refusals=(*KEY, *BODY, "NotFound", "Conflict"),
    ),
}
