"""The forms: one operation each."""

from larkbridge.forms.endpoint import MAX_KEY_LENGTH
from larkbridge.forms.models import FORMS, Form
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from tools.openapi.fields import form_schema
from tools.openapi.refusals import BODY
from tools.openapi.routes import routes
from tools.openapi.schema import UUID, Operations, Schema, answer, body, operation, record, reference

TITLES = {
    FormType.STUDENT_INFO: "Student information (Phiếu thông tin học viên)",
    FormType.LEAVE_REQUEST: "Leave of absence (Phiếu nghỉ phép)",
    FormType.TRANSFER: "Transfer of sessions (Phiếu chuyển nhượng)",
    FormType.HOLD: "Hold (Phiếu bảo lưu)",
    FormType.CHANGE: "Change of class (Phiếu chuyển đổi)",
}

IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A random UUID for each opened form. The same key and content answers the first submission"
    " again, also when the page adds something (utm…, fbp, fbc, eventSourceUrl); other content is a 409.",
    "schema": {"type": "string", "maxLength": MAX_KEY_LENGTH},
    "example": "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10",
}

SCHEMAS: dict[str, Schema] = {form.__name__: form_schema(form) for form in FORMS} | {
    "Receipt": record(
        {
            "ok": {"const": True},
            "submissionId": UUID,
            "larkStatus": {
                "enum": [Status.SENT, Status.FAILED],
                "description": "`failed`: stored, and sent to Lark later.",
            },
        }
    )
}


def _operation(form: type[Form]) -> Schema:
    return operation(
        f"submit{form.__name__}",
        TITLES[form.form_type],
        tag="forms",
        security=[],
        parameters=[IDEMPOTENCY_KEY],
        requestBody=body(reference(form.__name__), "application/json", "application/x-www-form-urlencoded"),
        success=answer("Stored; it will reach Lark.", reference("Receipt")),
        refusals=(*BODY, "Conflict", "InternalError"),
    )


OPERATIONS: Operations = {str(route): _operation(form) for route in routes() if (form := route.form())}
