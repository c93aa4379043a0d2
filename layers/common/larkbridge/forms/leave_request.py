"""A student who stays away for some days."""

from datetime import date
from typing import Annotated

from pydantic import ValidationInfo, field_validator

from larkbridge.forms.asked import Asked
from larkbridge.forms.fields import Day
from larkbridge.forms.form import (
    DAY,
    EN_DAY,
    VI_DAY,
    AttachmentId,
    ClassName,
    Form,
    Reason,
    StudentName,
    not_before,
)
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType


class LeaveRequest(Form):
    form_type = FormType.LEAVE_REQUEST
    path = "/phieu-nghi-phep"
    title = Asked(
        "Phiếu nghỉ phép",
        "Leave of absence",
        "Báo cho trung tâm những ngày học viên không đến lớp.",
        "Tells the centre on which days the student stays away.",
    )

    student_name: StudentName
    class_name: ClassName
    leave_from: Annotated[
        Day,
        Note(f"{DAY}: the first day of the leave.", examples=["2027-02-01"]),
        Asked("Nghỉ từ ngày", "First day of the leave", VI_DAY, EN_DAY),
    ]
    leave_to: Annotated[
        Day,
        Note(f"{DAY}: the last day of the leave, not before the first.", examples=["2027-02-05"]),
        Asked("Nghỉ đến hết ngày", "Last day of the leave", VI_DAY, EN_DAY),
    ]
    reason: Reason
    attachment_id: AttachmentId = None

    @field_validator("leave_to")
    @classmethod
    def _check_order(cls, value: date, info: ValidationInfo) -> date:
        return not_before(value, info.data.get("leave_from"))
