"""The five forms. Field names are camelCase in requests and in what Lark receives."""

import unicodedata
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from larkbridge.forms.fields import (
    Consent,
    Day,
    Email,
    Key,
    LongText,
    Opaque,
    PastDay,
    Phone,
    Text,
    WebAddress,
    WholeNumber,
)
from larkbridge.store.submissions import FormType

MAX_HOLD_DAYS = 365


class Form(BaseModel):
    """What every form has; an empty value counts as none, an unknown field is refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", defer_build=True)

    form_type: ClassVar[FormType]

    parent_name: Text
    parent_phone: Phone
    parent_email: Email | None = None
    note: LongText | None = None
    consent: Consent
    utm_source: Opaque | None = None
    utm_medium: Opaque | None = None
    utm_campaign: Opaque | None = None
    fbp: Opaque | None = None
    fbc: Opaque | None = None
    event_source_url: WebAddress | None = None
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


def _is_empty(value: Any) -> bool:
    """Tell an input that was left alone, spaces in it or not; a control character is no space."""
    return value is None or (isinstance(value, str) and set(map(unicodedata.category, value)) <= {"Zs"})


def _not_before(end: date, start: date | None) -> date:
    """Check an end against its start, which is None when it is itself wrong."""
    if start is not None and end < start:
        raise PydanticCustomError("date_order", "ends before it starts")
    return end


class StudentInfo(Form):
    form_type = FormType.STUDENT_INFO

    student_name: Text
    date_of_birth: PastDay | None = None
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
