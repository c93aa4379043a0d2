"""What the cold starts receive: their first event, their settings, and what AWS and Lark answer."""

import json
from typing import Any

from larkbridge.clock import SystemClock
from larkbridge.forms.models import FORMS as MODELS
from larkbridge.forms.submit import new_submission
from larkbridge.store.records import to_item
from larkbridge.store.submissions import FormType
from tests.support.aws import CREDENTIALS, SECRETS
from tests.support.forms import FORMS, http_event, json_event

ENVIRON = CREDENTIALS | {
    "SUBMISSIONS_TABLE": "submissions",
    "DESTINATIONS_TABLE": "destinations",
    "API_KEYS_TABLE": "api-keys",
    "SECRETS_ID": "secrets",
    "POWERTOOLS_SERVICE_NAME": "larkbridge-bench",
    "POWERTOOLS_METRICS_NAMESPACE": "Larkbridge",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}

_LIST = http_event(route="GET /v1/submissions", headers={"x-api-key": "key"}, query={"limit": "20"})

EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "submit_info_form": ("form", json_event(FORMS[FormType.STUDENT_INFO])),
    "submit_leave_request": ("form", json_event(FORMS[FormType.LEAVE_REQUEST])),
    "submit_transfer_request": ("form", json_event(FORMS[FormType.TRANSFER])),
    "submit_hold_request": ("form", json_event(FORMS[FormType.HOLD])),
    "submit_change_request": ("form", json_event(FORMS[FormType.CHANGE])),
    "retry_due": ("retry_due", {}),
    "admin_api": ("admin_api", _LIST),
}
"""By function: its bare handler and its first event."""


def _stored() -> dict[str, Any]:
    """Return one submission's item; its lease lapsed long ago."""
    now = SystemClock().now()
    form = MODELS[0].model_validate(FORMS[FormType.STUDENT_INFO], context={"today": now.date()})
    record = new_submission(form, None, now).to_record()
    return to_item(record | {"nextAttemptAt": "2026-01-01T00:00:00.000Z"})


_SUBMISSION = _stored()
_UPDATED = {
    "submissions": _SUBMISSION,
    "destinations": to_item({"destination": "lark-forms"}),
    "api-keys": to_item({"keyHash": "hash", "name": "bench", "owner": "bench"}),
}


def answer(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what AWS answers to a call, and Lark to a POST."""
    match name:
        case "GetSecretValue":
            return {"Name": "secrets", "SecretString": json.dumps(SECRETS)}
        case "UpdateItem":
            return {"Attributes": _UPDATED[parameters["TableName"]]}
        case "Query":
            asked = {"S": FormType.STUDENT_INFO} in parameters["ExpressionAttributeValues"].values()
            return {"Items": [_SUBMISSION] if asked else [], "Count": int(asked), "ScannedCount": int(asked)}
        case "POST":
            return {"code": 0, "msg": "", "data": {}}
    return {}
