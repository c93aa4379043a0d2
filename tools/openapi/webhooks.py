"""The webhooks: what vendors send, and what they are answered."""

from larkbridge.inbound.providers import BY_NAME
from tools.openapi.schema import (
    OBJECT,
    TEXT,
    Operations,
    Schema,
    answer,
    body,
    described,
    operation,
    path,
    record,
    reference,
)

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
RECEIVING = (
    "BadRequest",
    "InvalidSignature",
    "NotFound",
    "PayloadTooLarge",
    "InternalError",
    "NotConfigured",
)
BUTTON_REFUSALS = {
    400: "INVALID_REQUEST",
    401: "INVALID_SIGNATURE",
    403: "UNAUTHORIZED",
    404: "INVALID_REQUEST",
    413: "INVALID_REQUEST",
    429: "RATE_LIMIT_EXCEEDED",
    500: "API_CALL_FAILED",
    503: "API_CALL_FAILED",
}
BUTTON_SECURITY: dict[str, Schema] = {
    "buttonSecret": {"type": "http", "scheme": "bearer", "description": "FEISHU_BUTTON_SECRET."},
    "buttonSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Lark-Signature",
        "description": "The base64 HMAC-SHA256 of the raw body with FEISHU_BUTTON_SECRET.",
    },
}
PROVIDER = path("provider", "Who sends.") | {"schema": {"enum": [*BY_NAME]}}

SCHEMAS: dict[str, Schema] = {
    "Stored": record({"ok": {"const": True}}),
    "LarkAnswer": record({}, {"challenge": described(TEXT, "What was sent as `challenge`.")}),
    "LarkCardAnswer": record(
        {},
        {
            "challenge": described(TEXT, "What was sent as `challenge`."),
            "toast": record({"type": {"const": "info"}, "content": TEXT}),
            "card": OBJECT,
        },
    ),
    "ButtonClick": {
        "type": "object",
        "required": ["app_token", "table_id", "record_id", "user_id"],
        "properties": {
            **dict.fromkeys(("app_token", "table_id", "record_id", "user_id", "button_id"), TEXT),
            "timestamp": {
                "type": ["string", "number"],
                "description": "Unix seconds or milliseconds, at most 5 minutes from now; required with a "
                "signature and without X-Lark-Request-Id.",
            },
        },
        "additionalProperties": True,
    },
    "ButtonAccepted": record(
        {
            "success": {"const": True},
            "message": TEXT,
            "data": record({"record_id": TEXT, "status": {"const": "processing"}}),
        }
    ),
    "ButtonRefused": record(
        {
            "success": {"const": False},
            "message": described(TEXT, "For whoever clicked, in Vietnamese."),
            "error": {"enum": [*dict.fromkeys(BUTTON_REFUSALS.values())]},
        },
        {"fields": {"type": "object", "additionalProperties": TEXT}},
    ),
}


def _lark(operation_id: str, summary: str, name: str) -> Schema:
    return operation(
        operation_id,
        summary,
        tag="webhooks",
        security=[],
        description="Proven by X-Lark-Signature or the Verification Token; a challenge by what is in it.",
        requestBody=body(OBJECT),
        success=answer("Stored, or a challenge answered.", reference(name)),
        refusals=RECEIVING,
    )


def _button_refusals() -> dict[str, Schema]:
    codes: dict[str, Schema] = {}
    for status, code in BUTTON_REFUSALS.items():
        schema = {"allOf": [reference("ButtonRefused"), {"properties": {"error": {"const": code}}}]}
        if status == 429:
            schema = {"anyOf": [schema, reference("Throttled")]}
        codes[str(status)] = answer(f"`{code}`", schema)
    return codes


OPERATIONS: Operations = {
    "POST /webhook/event": _lark("receiveLarkEvent", "An event of Lark", "LarkAnswer"),
    "POST /webhook/lark": _lark("receiveLarkEventToo", "The same as /webhook/event", "LarkAnswer"),
    "POST /webhook/card": _lark("receiveLarkCard", "What somebody did on a card of Lark", "LarkCardAnswer"),
    "POST /v1/webhooks/feishu/button": operation(
        "clickButton",
        "A click on a button in Lark Base",
        tag="webhooks",
        security=[{one: []} for one in BUTTON_SECURITY],
        parameters=[
            {
                "name": "X-Lark-Request-Id",
                "in": "header",
                "description": "The click's id: the same one is stored once.",
                "schema": TEXT,
            }
        ],
        requestBody=body(reference("ButtonClick")),
        success=answer("Stored; it will be forwarded.", reference("ButtonAccepted")),
        responses=_button_refusals(),
    ),
    "POST /webhooks/{provider}": operation(
        "receiveWebhook",
        "Events of a vendor",
        tag="webhooks",
        security=[],
        description="Proven by the vendor's own signature; docs/webhooks.md says how for each.",
        parameters=[PROVIDER],
        requestBody=body(OBJECT, JSON, FORM),
        success=answer("Stored, or known already.", reference("Stored")),
        refusals=RECEIVING,
    ),
    "GET /webhooks/{provider}": operation(
        "verifyWebhook",
        "Meta's way to try out an address",
        tag="webhooks",
        security=[],
        parameters=[
            PROVIDER,
            *(
                {"name": f"hub.{one}", "in": "query", "schema": TEXT}
                for one in ("mode", "verify_token", "challenge")
            ),
        ],
        success={"description": "`hub.challenge`.", "content": {"text/plain": {"schema": TEXT}}},
        refusals=("BadRequest", "InvalidCredential", "NotFound", "InternalError", "NotConfigured"),
    ),
}
