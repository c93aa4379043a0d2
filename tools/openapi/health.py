"""Whether all is well: asked by monitors, without a key."""

from tools.openapi.schema import TEXT, Operations, Schema, answer, operation, record, reference

SCHEMAS: dict[str, Schema] = {
    "Health": record(
        {
            "ok": {"const": True},
            "version": TEXT,
            "larkForms": {"enum": ["ok", "circuit_open"], "description": "Whether Lark takes forms."},
        }
    ),
    "WebhookHealth": record({"ok": {"const": True}}),
}

OPERATIONS: Operations = {
    "GET /health": operation(
        "getHealth",
        "Whether the API and its tables answer, and whether Lark does",
        tag="health",
        security=[],
        success=answer("It does.", reference("Health")),
        refusals=["InternalError"],
    ),
    "GET /webhook/health": operation(
        "getWebhookHealth",
        "Whether the webhooks answer",
        tag="health",
        security=[],
        success=answer("They do.", reference("WebhookHealth")),
    ),
}
