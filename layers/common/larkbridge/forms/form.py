"""What every form has. Field names are camelCase in requests and in what Lark receives."""

from datetime import date
from functools import cache
from typing import Annotated, ClassVar

from pydantic import Field
from pydantic_core import PydanticCustomError

from larkbridge.forms.asked import Asked
from larkbridge.forms.fields import (
    MAX_YEARS,
    Consent,
    Email,
    FieldsModel,
    FileId,
    Key,
    LongText,
    Opaque,
    Phone,
    SubmissionId,
    Text,
    TickBox,
    Unchecked,
    WebAddress,
)
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType

PHONE = "A Vietnamese number, or one that begins with +. Lark receives it as E.164."
DAY = f"A day in Vietnam, YYYY-MM-DD, at most {MAX_YEARS} years from today"
PASSED_ON = "Passed on as it is."
VI_EXAMPLE, EN_EXAMPLE = "Ví dụ: {example}", "For example: {example}"
VI_DAY, EN_DAY = "Ngày, tháng, năm. Ví dụ: {example}", "Day, month and year. For example: {example}"
_NOT_TYPED = "not typed"
"""Marks what the page adds by itself: it may differ when the same form is sent again."""

Tracking = Annotated[Opaque | None, _NOT_TYPED]

StudentName = Annotated[
    Text,
    Note("The student's name.", examples=["Nguyễn Minh An"]),
    Asked("Họ và tên học viên", "Student's full name"),
]
ClassName = Annotated[
    Text,
    Note("The student's class.", examples=["Mầm 3A"]),
    Asked("Lớp đang học", "Class", VI_EXAMPLE, EN_EXAMPLE),
]
Reason = Annotated[
    LongText,
    Note("Why; several lines.", examples=["Gia đình về quê ăn Tết."]),
    Asked("Lý do", "Reason", VI_EXAMPLE, EN_EXAMPLE),
]
AttachmentId = Annotated[
    FileId | None,
    Note("The id of a file, as `…/tep` gave it. Any other is passed on.", examples=["boxcnDonXinPhep01"]),
    Asked(
        "Tệp đính kèm",
        "Attachment",
        "Một tệp, chẳng hạn giấy khám bệnh: PDF, DOCX hoặc ảnh (JPEG, PNG, HEIC, WebP), tối đa 10 MB.",
        "One file, such as a doctor's note: PDF, DOCX or a picture (JPEG, PNG, HEIC, WebP), 10 MB at most.",
    ),
]


class Form(FieldsModel):
    """What every form has.

    Attributes
    ----------
    path
        Where it is posted to.
    title
        What people call it, and what it is for.
    """

    form_type: ClassVar[FormType]
    path: ClassVar[str]
    title: ClassVar[Asked]

    parent_name: Annotated[
        Text,
        Note("The parent's name.", examples=["Nguyễn Thị Hà"]),
        Asked("Họ và tên phụ huynh", "Parent's full name", autocomplete="name"),
    ]
    parent_phone: Annotated[
        Phone,
        Note(PHONE, examples=["0912 345 678"]),
        Asked(
            "Số điện thoại của phụ huynh",
            "Parent's phone number",
            "Ví dụ: {example}. Số ở nước ngoài bắt đầu bằng dấu +.",
            "For example: {example}. A number abroad begins with +.",
            "tel",
        ),
    ]
    parent_email: Annotated[
        Email | None,
        Note("The parent's e-mail address.", examples=["ha.nguyen@giadinh.example"]),
        Asked("Email của phụ huynh", "Parent's e-mail address", autocomplete="email"),
    ] = None
    note: Annotated[
        LongText | None,
        Note("Anything else; several lines.", examples=["Cháu dị ứng đậu phộng."]),
        Asked("Ghi chú thêm", "Anything else", VI_EXAMPLE, EN_EXAMPLE),
    ] = None
    consent: Annotated[
        Consent,
        Note("The parent agrees that the data is processed; an HTML form sends `on`.", examples=[True]),
    ]
    marketing_consent: Annotated[
        TickBox,
        Note("The parent agrees to marketing; absent, false and an empty text are no.", examples=[True]),
    ] = False
    utm_source: Annotated[Tracking, Note(PASSED_ON, examples=["facebook"])] = None
    utm_medium: Annotated[Tracking, Note(PASSED_ON, examples=["cpc"])] = None
    utm_campaign: Annotated[Tracking, Note(PASSED_ON, examples=["tuyen-sinh-he-2027"])] = None
    fbp: Annotated[
        Tracking, Note(f"Meta's browser id. {PASSED_ON}", examples=["fb.1.1795140000000.1098115397"])
    ] = None
    fbc: Annotated[
        Tracking, Note(f"Meta's click id. {PASSED_ON}", examples=["fb.1.1795140000000.IwAR2xbFqLzT"])
    ] = None
    event_source_url: Annotated[
        WebAddress | None,
        _NOT_TYPED,
        Note("The page that the form was on.", examples=["https://trungtam.example/phieu-bao-luu"]),
    ] = None
    submission_key: Annotated[
        Key | None,
        Note(
            "The same as the header Idempotency-Key, for a page that cannot set one; not passed on.",
            examples=["3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10"],
        ),
    ] = Field(None, exclude=True)
    replaces: Annotated[
        SubmissionId | None,
        _NOT_TYPED,
        Note(
            "The submissionId of the form that this one corrects, which must be of the same kind and phone "
            "number; else it corrects nothing. What Lark does not have yet is never sent then.",
            examples=["7c1e2b8a-4f53-4d0e-9b6a-2f9d1c7e5a34"],
        ),
    ] = Field(None, exclude=True)
    consent_version: Annotated[
        Opaque | None,
        _NOT_TYPED,
        Note(
            "Which version of its consent texts the page showed; kept with the consents, not passed on.",
            examples=["2026-11-28"],
        ),
    ] = Field(None, exclude=True)
    honeypot: Annotated[
        Unchecked,
        _NOT_TYPED,
        Note("A field that the page hides: whoever fills it in is a robot.", examples=[""]),
    ] = Field(None, alias="phu_luc", exclude=True)
    started_at: Annotated[
        Unchecked,
        _NOT_TYPED,
        Note("When the page was served, in unix milliseconds; not passed on.", examples=[1795140000000]),
    ] = Field(None, exclude=True)
    turnstile_token: Annotated[
        Unchecked,
        _NOT_TYPED,
        Note(
            "What Turnstile gave the page; where that is switched on, a form without it is held.",
            examples=["0.zrSnRHO7h0HwSjSCU8oyzbjEtD8p"],
        ),
    ] = Field(None, alias="cf-turnstile-response", exclude=True)


@cache
def typed_names(form: type[Form]) -> frozenset[str]:
    """Return the names of what the parent types: two forms are the same that have the same there."""
    fields = form.model_fields.values()
    return frozenset(str(field.alias) for field in fields if _NOT_TYPED not in field.metadata)


def not_before(end: date, start: date | None) -> date:
    """Check an end against its start, which is None when it is itself wrong."""
    if start is not None and end < start:
        raise PydanticCustomError("date_order", "ends before it starts")
    return end
