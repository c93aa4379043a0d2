"""The five forms. Field names are camelCase in requests and in what Lark receives."""

from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from larkbridge.forms.characters import is_blank
from larkbridge.forms.fields import (
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
from larkbridge.store.submissions import FormType

MAX_HOLD_DAYS = 365
MAX_BYTES = 8 * 1024
"""Of all of a form's texts together, in UTF-8."""
_NOT_TYPED = "not typed"
"""Marks what the page adds by itself: it may differ when the same form is sent again."""

Tracking = Annotated[Opaque | None, _NOT_TYPED]


class Form(BaseModel):
    """What every form has; an empty value counts as none, an unknown field is refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", defer_build=True)

    form_type: ClassVar[FormType]

    parent_name: Text
    parent_phone: Phone
    parent_email: Email | None = None
    note: LongText | None = None
    consent: Consent
    utm_source: Tracking = None
    utm_medium: Tracking = None
    utm_campaign: Tracking = None
    fbp: Tracking = None
    fbc: Tracking = None
    event_source_url: Annotated[WebAddress | None, _NOT_TYPED] = None
    submission_key: Key | None = Field(None, exclude=True)

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

    student_name: Text
    date_of_birth: BirthDay | None = None
    gender: Text | None = None
    school: Text | None = None
    grade: Text | None = None
    course_interest: Text | None = None
    address: LongText | None = None
    branch: Text | None = None


class LeaveRequest(Form):
    form_type = FormType.LEAVE_REQUEST

    student_name: Text
    class_name: Text
    leave_from: Day
    leave_to: Day
    reason: LongText
    attachment_id: Opaque | None = None

    @field_validator("leave_to")
    @classmethod
    def _check_order(cls, value: date, info: ValidationInfo) -> date:
        return _not_before(value, info.data.get("leave_from"))


class TransferRequest(Form):
    form_type = FormType.TRANSFER

    student_name: Text
    class_name: Text
    remaining_sessions: Annotated[WholeNumber, Field(ge=0, le=10_000)]
    recipient_name: Text
    recipient_phone: Phone
    recipient_parent_name: Text | None = None
    reason: LongText


class HoldRequest(Form):
    form_type = FormType.HOLD

    student_name: Text
    class_name: Text
    hold_from: Day
    hold_until: Day
    reason: LongText
    attachment_id: Opaque | None = None

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

    student_name: Text
    current_class: Text
    requested_class: Text
    effective_date: Day
    reason: LongText


FORMS: tuple[type[Form], ...] = (StudentInfo, LeaveRequest, TransferRequest, HoldRequest, ChangeRequest)
