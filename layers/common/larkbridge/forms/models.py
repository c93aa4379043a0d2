"""The five forms. Field names are camelCase in requests and in what Lark receives."""

from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from larkbridge.forms.characters import is_blank
from larkbridge.forms.fields import (
    MAX_AGE,
    MAX_YEARS,
    BirthDay,
    Consent,
    Day,
    Email,
    Key,
    LongText,
    Opaque,
    Phone,
    Text,
    WebAddress,
    WholeNumber,
)
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType

MAX_HOLD_DAYS = 365
_PHONE = "A Vietnamese number, or one that begins with +. Lark receives it as E.164."
_DAY = f"A day in Vietnam, YYYY-MM-DD, at most {MAX_YEARS} years from today"
_PASSED_ON = "Passed on as it is."
MAX_BYTES = 8 * 1024
"""Of all of a form's texts together, in UTF-8."""
_NOT_TYPED = "not typed"
"""Marks what the page adds by itself: it may differ when the same form is sent again."""

Tracking = Annotated[Opaque | None, _NOT_TYPED]


class Form(BaseModel):
    """What every form has; an empty value counts as none, an unknown field is refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", defer_build=True)

    form_type: ClassVar[FormType]
    path: ClassVar[str]
    title: ClassVar[str]

    parent_name: Annotated[Text, Note("The parent's name.", examples=["Nguyễn Thị Hà"])]
    parent_phone: Annotated[Phone, Note(_PHONE, examples=["0912 345 678"])]
    parent_email: Annotated[
        Email | None, Note("The parent's e-mail address.", examples=["ha.nguyen@giadinh.example"])
    ] = None
    note: Annotated[
        LongText | None, Note("Anything else; several lines.", examples=["Cháu dị ứng đậu phộng."])
    ] = None
    consent: Annotated[
        Consent,
        Note("The parent agrees that the data is processed; an HTML form sends `on`.", examples=[True]),
    ]
    utm_source: Annotated[Tracking, Note(_PASSED_ON, examples=["facebook"])] = None
    utm_medium: Annotated[Tracking, Note(_PASSED_ON, examples=["cpc"])] = None
    utm_campaign: Annotated[Tracking, Note(_PASSED_ON, examples=["tuyen-sinh-he-2027"])] = None
    fbp: Annotated[
        Tracking, Note(f"Meta's browser id. {_PASSED_ON}", examples=["fb.1.1795140000000.1098115397"])
    ] = None
    fbc: Annotated[
        Tracking, Note(f"Meta's click id. {_PASSED_ON}", examples=["fb.1.1795140000000.IwAR2xbFqLzT"])
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

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, fields: dict[str, Any]) -> dict[str, Any]:
        known = {field.alias for field in cls.model_fields.values()}
        return {name: value for name, value in fields.items() if name not in known or not _is_empty(value)}

    def to_fields(self) -> dict[str, Any]:
        """Return what Lark receives: every field of the form each time, an absent one as ""."""
        fields = self.model_dump(mode="json", by_alias=True)
        return {name: "" if value is None else value for name, value in fields.items()}

    def typed_fields(self) -> dict[str, Any]:
        """Return what the parent typed, in its normal form: two forms are the same that have the same."""
        fields = self.to_fields()
        return {name: fields[name] for name in fields if name not in _added_by_page(type(self))}

    def overlong_fields(self) -> list[str]:
        """Return the longest fields, without which the rest is no longer than a form may be."""
        lengths = {name: len(str(value).encode()) for name, value in self.to_fields().items()}
        overlong, total = list[str](), sum(lengths.values())
        for name in sorted(lengths, key=lambda name: -lengths[name]):
            if total <= MAX_BYTES:
                break
            overlong.append(name)
            total -= lengths[name]
        return overlong


def _added_by_page(form: type[Form]) -> set[str | None]:
    return {field.alias for field in form.model_fields.values() if _NOT_TYPED in field.metadata}


def _is_empty(value: Any) -> bool:
    """Tell an input that was left alone, spaces and what cannot be seen in it or not."""
    return value is None or (isinstance(value, str) and is_blank(value))


def _not_before(end: date, start: date | None) -> date:
    """Check an end against its start, which is None when it is itself wrong."""
    if start is not None and end < start:
        raise PydanticCustomError("date_order", "ends before it starts")
    return end


class StudentInfo(Form):
    form_type = FormType.STUDENT_INFO
    path = "/phieu-thong-tin-hoc-vien"
    title = "Student information (Phiếu thông tin học viên)"

    student_name: Annotated[Text, Note("The student's name.", examples=["Nguyễn Minh An"])]
    date_of_birth: Annotated[
        BirthDay | None,
        Note(
            f"A day in Vietnam, YYYY-MM-DD, at most {MAX_AGE} years ago and not in the future.",
            examples=["2017-05-04"],
        ),
    ] = None
    gender: Annotated[Text | None, Note("As the parent writes it.", examples=["Nữ"])] = None
    school: Annotated[
        Text | None, Note("The school that the student goes to.", examples=["Tiểu học Hoa Sen"])
    ] = None
    grade: Annotated[Text | None, Note("The grade at that school.", examples=["Lớp 3"])] = None
    course_interest: Annotated[
        Text | None, Note("The course that the parent asks about.", examples=["Tiếng Anh thiếu nhi"])
    ] = None
    address: Annotated[
        LongText | None,
        Note("Where the family lives; several lines.", examples=["12 ngõ 34, phường Hướng Dương"]),
    ] = None
    branch: Annotated[Text | None, Note("The centre's branch.", examples=["Cơ sở 2"])] = None


class LeaveRequest(Form):
    form_type = FormType.LEAVE_REQUEST
    path = "/phieu-nghi-phep"
    title = "Leave of absence (Phiếu nghỉ phép)"

    student_name: Annotated[Text, Note("The student's name.", examples=["Nguyễn Minh An"])]
    class_name: Annotated[Text, Note("The student's class.", examples=["Mầm 3A"])]
    leave_from: Annotated[Day, Note(f"{_DAY}: the first day of the leave.", examples=["2027-02-01"])]
    leave_to: Annotated[
        Day, Note(f"{_DAY}: the last day of the leave, not before the first.", examples=["2027-02-05"])
    ]
    reason: Annotated[LongText, Note("Why; several lines.", examples=["Gia đình về quê ăn Tết."])]
    attachment_id: Annotated[
        Opaque | None, Note(f"The id of a file. {_PASSED_ON}", examples=["boxcnDonXinPhep01"])
    ] = None

    @field_validator("leave_to")
    @classmethod
    def _check_order(cls, value: date, info: ValidationInfo) -> date:
        return _not_before(value, info.data.get("leave_from"))


class TransferRequest(Form):
    form_type = FormType.TRANSFER
    path = "/phieu-chuyen-nhuong"
    title = "Transfer of sessions (Phiếu chuyển nhượng)"

    student_name: Annotated[Text, Note("The student's name.", examples=["Nguyễn Minh An"])]
    class_name: Annotated[Text, Note("The student's class.", examples=["Mầm 3A"])]
    remaining_sessions: Annotated[
        WholeNumber, Field(ge=0, le=10_000), Note("How many paid sessions are transferred.", examples=[12])
    ]
    recipient_name: Annotated[Text, Note("The student who receives the sessions.", examples=["Lê Gia Huy"])]
    recipient_phone: Annotated[Phone, Note(_PHONE, examples=["0901 234 567"])]
    recipient_parent_name: Annotated[
        Text | None, Note("The recipient's parent.", examples=["Lê Văn Khoa"])
    ] = None
    reason: Annotated[LongText, Note("Why; several lines.", examples=["Gia đình về quê ăn Tết."])]


class HoldRequest(Form):
    form_type = FormType.HOLD
    path = "/phieu-bao-luu"
    title = "Hold (Phiếu bảo lưu)"

    student_name: Annotated[Text, Note("The student's name.", examples=["Nguyễn Minh An"])]
    class_name: Annotated[Text, Note("The student's class.", examples=["Mầm 3A"])]
    hold_from: Annotated[Day, Note(f"{_DAY}: the first day of the hold.", examples=["2026-12-01"])]
    hold_until: Annotated[
        Day,
        Note(
            f"{_DAY}: the end of the hold, from its start to {MAX_HOLD_DAYS} days after it.",
            examples=["2027-02-28"],
        ),
    ]
    reason: Annotated[LongText, Note("Why; several lines.", examples=["Gia đình về quê ăn Tết."])]
    attachment_id: Annotated[
        Opaque | None, Note(f"The id of a file. {_PASSED_ON}", examples=["boxcnDonXinPhep01"])
    ] = None

    @field_validator("hold_until")
    @classmethod
    def _check_length(cls, value: date, info: ValidationInfo) -> date:
        start = info.data.get("hold_from")
        _not_before(value, start)
        if start is not None and (value - start).days > MAX_HOLD_DAYS:
            raise PydanticCustomError("too_long_hold", "too long", {"days": MAX_HOLD_DAYS})
        return value


class ChangeRequest(Form):
    form_type = FormType.CHANGE
    path = "/phieu-chuyen-doi"
    title = "Change of class (Phiếu chuyển đổi)"

    student_name: Annotated[Text, Note("The student's name.", examples=["Nguyễn Minh An"])]
    current_class: Annotated[Text, Note("The class that the student leaves.", examples=["Chồi 2B"])]
    requested_class: Annotated[Text, Note("The class that the student would join.", examples=["Lá 1C"])]
    effective_date: Annotated[
        Day, Note(f"{_DAY}: the first day in the other class.", examples=["2027-01-04"])
    ]
    reason: Annotated[LongText, Note("Why; several lines.", examples=["Gia đình về quê ăn Tết."])]


FORMS: tuple[type[Form], ...] = (StudentInfo, LeaveRequest, TransferRequest, HoldRequest, ChangeRequest)
