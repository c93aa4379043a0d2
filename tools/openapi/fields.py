"""The fields of forms and admin requests: their limits from the models, their meaning from here."""

from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from larkbridge.forms.fields import MAX_AGE, MAX_YEARS, Consent, Email, WebAddress
from larkbridge.forms.models import MAX_BYTES, MAX_HOLD_DAYS, Form

type Schema = dict[str, Any]

# What a check in code means in a schema: pydantic sees only a function.
CHECKED: list[tuple[Any, Schema]] = [
    (Email, {"format": "email"}),
    (WebAddress, {"format": "uri"}),
    (Consent, {"const": True}),
]

PHONE = "A Vietnamese number, or one that begins with +. Lark receives it as E.164."
DAY = "A day in Vietnam, YYYY-MM-DD"
NEAR = f"at most {MAX_YEARS} years from today"
PASSED_ON = "Passed on as it is."

FIELDS: dict[str, tuple[str, Any]] = {
    "parentName": ("The parent's name.", "Nguyễn Thị Hà"),
    "parentPhone": (PHONE, "0912 345 678"),
    "parentEmail": ("The parent's e-mail address.", "ha.nguyen@giadinh.example"),
    "note": ("Anything else; several lines.", "Cháu dị ứng đậu phộng."),
    "consent": ("The parent agrees that the data is processed; an HTML form sends `on`.", True),
    "utmSource": (PASSED_ON, "facebook"),
    "utmMedium": (PASSED_ON, "cpc"),
    "utmCampaign": (PASSED_ON, "tuyen-sinh-he-2027"),
    "fbp": (f"Meta's browser id. {PASSED_ON}", "fb.1.1795140000000.1098115397"),
    "fbc": (f"Meta's click id. {PASSED_ON}", "fb.1.1795140000000.IwAR2xbFqLzT"),
    "eventSourceUrl": ("The page that the form was on.", "https://trungtam.example/phieu-bao-luu"),
    "submissionKey": (
        "The same as the header Idempotency-Key, for a page that cannot set one; not passed on.",
        "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10",
    ),
    "studentName": ("The student's name.", "Nguyễn Minh An"),
    "dateOfBirth": (f"{DAY}, at most {MAX_AGE} years ago and not in the future.", "2017-05-04"),
    "gender": ("As the parent writes it.", "Nữ"),
    "school": ("The school that the student goes to.", "Tiểu học Hoa Sen"),
    "grade": ("The grade at that school.", "Lớp 3"),
    "courseInterest": ("The course that the parent asks about.", "Tiếng Anh thiếu nhi"),
    "address": ("Where the family lives; several lines.", "12 ngõ 34, phường Hướng Dương"),
    "branch": ("The centre's branch.", "Cơ sở 2"),
    "className": ("The student's class.", "Mầm 3A"),
    "leaveFrom": (f"{DAY}, {NEAR}: the first day of the leave.", "2027-02-01"),
    "leaveTo": (f"{DAY}, {NEAR}: the last day of the leave, not before the first.", "2027-02-05"),
    "reason": ("Why; several lines.", "Gia đình về quê ăn Tết."),
    "attachmentId": (f"The id of a file. {PASSED_ON}", "boxcnDonXinPhep01"),
    "remainingSessions": ("How many paid sessions are transferred.", 12),
    "recipientName": ("The student who receives the sessions.", "Lê Gia Huy"),
    "recipientPhone": (PHONE, "0901 234 567"),
    "recipientParentName": ("The recipient's parent.", "Lê Văn Khoa"),
    "holdFrom": (f"{DAY}, {NEAR}: the first day of the hold.", "2026-12-01"),
    "holdUntil": (
        f"{DAY}, {NEAR}: the end of the hold, from its start to {MAX_HOLD_DAYS} days after it.",
        "2027-02-28",
    ),
    "currentClass": ("The class that the student leaves.", "Chồi 2B"),
    "requestedClass": ("The class that the student would join.", "Lá 1C"),
    "effectiveDate": (f"{DAY}, {NEAR}: the first day in the other class.", "2027-01-04"),
    "formType": ("Only submissions of this form.", "leave-request"),
    "larkStatus": ("Only submissions in this state.", "failed"),
    "source": ("Only events of this provider.", "stripe"),
    "status": ("Only those in this state.", "failed"),
    "type": ("Only events of this type.", "invoice.paid"),
    "from": ("Only events received then or later.", "2026-11-22T00:00:00+07:00"),
    "to": ("Only events received before.", "2026-11-23T00:00:00+07:00"),
    "target": ("Only deliveries of this kind.", "button-forward"),
    "app_token": ("The Lark Base's token, as in its address.", "bascnHoaSen01"),
    "table_id": ("The table's id, as in its address.", "tblLop3A"),
    "webhook_url": ("Where clicks go to: https, and a public host.", "https://receiver.example/clicks"),
    "enabled": ("Whether clicks are forwarded.", True),
    "result_field": ("The record's field that takes the result, null when there is none.", "Kết quả"),
    "record_id": ("The record that was clicked on.", "recQ9w"),
    "limit": ("How many at most.", 20),
    "cursor": ("Where to go on, as the page before it said.", None),
    "dryRun": ("Only count.", True),
    "mode": ("Everything, or what has changed.", "full"),
    "acceptDeletions": ("Believe a full sync also when suspiciously many rows are gone in Lark.", False),
}


def form_schema(form: type[Form]) -> Schema:
    """Return what a form accepts."""
    schema = request_schema(form)
    types = get_type_hints(form, include_extras=True)
    for name, field in form.model_fields.items():
        for checked, meaning in CHECKED:
            if checked in _members(types[name]):
                schema["properties"][field.alias] |= meaning
    example = {
        name: one["examples"][0] for name, one in schema["properties"].items() if name != "submissionKey"
    }
    return schema | {
        "description": "An optional field that is empty counts as absent. All values together have at most"
        f" {MAX_BYTES} bytes.",
        "examples": [example],
    }


def _members(annotation: Any) -> set[Any]:
    """Return a type and everything that it is made of."""
    return {annotation}.union(*map(_members, get_args(annotation)))


def request_schema(model: type[BaseModel]) -> Schema:
    """Return what a model accepts, without pydantic's titles and references."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    return {
        "type": "object",
        "additionalProperties": False,
        "required": schema.get("required", []),
        "properties": {
            name: _described(name, _plain(one, definitions)) for name, one in schema["properties"].items()
        },
    }


def _described(name: str, schema: Schema) -> Schema:
    description, example = FIELDS[name]
    fits = example is not None and example in schema.get("enum", [example])
    return schema | {"description": description} | ({"examples": [example]} if fits else {})


def _plain(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Return a field's schema on its own; an optional one may be empty, and its default None says nothing."""
    if "anyOf" in schema:
        if schema.get("default") is not None:
            return _nullable(schema, definitions)
        chosen = next(one for one in schema["anyOf"] if one.get("type") != "null")
        return {key: value for key, value in _plain(chosen, definitions).items() if key != "minLength"}
    if "$ref" in schema:
        return _plain(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: value for key, value in schema.items() if key not in ("title", "description")}


def _nullable(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Return the schema of a field that null empties, and that has a default when it is left out."""
    chosen = next(one for one in schema["anyOf"] if one.get("type") != "null")
    return {"anyOf": [_plain(chosen, definitions), {"type": "null"}], "default": schema["default"]}
