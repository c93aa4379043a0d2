"""A student who pauses for a while."""

from datetime import date
from typing import Annotated

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

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

MAX_HOLD_DAYS = 365


class HoldRequest(Form):
    form_type = FormType.HOLD
    path = "/phieu-bao-luu"
    title = Asked(
        "Phiếu bảo lưu",
        "Hold",
        "Giữ chỗ và số buổi học còn lại khi học viên tạm nghỉ một thời gian.",
        "Keeps the place and the remaining sessions while the student pauses.",
    )

    student_name: StudentName
    class_name: ClassName
    hold_from: Annotated[
        Day,
        Note(f"{DAY}: the first day of the hold.", examples=["2026-12-01"]),
        Asked("Bảo lưu từ ngày", "First day of the hold", VI_DAY, EN_DAY),
    ]
    hold_until: Annotated[
        Day,
        Note(
            f"{DAY}: the end of the hold, from its start to {MAX_HOLD_DAYS} days after it.",
            examples=["2027-02-28"],
        ),
        Asked(
            "Bảo lưu đến ngày",
            "End of the hold",
            f"Tối đa {MAX_HOLD_DAYS} ngày kể từ ngày bắt đầu. {VI_DAY}",
            f"At most {MAX_HOLD_DAYS} days after its first day. {EN_DAY}",
        ),
    ]
    reason: Reason
    attachment_id: AttachmentId = None

    @field_validator("hold_until")
    @classmethod
    def _check_length(cls, value: date, info: ValidationInfo) -> date:
        start = info.data.get("hold_from")
        not_before(value, start)
        if start is not None and (value - start).days > MAX_HOLD_DAYS:
            raise PydanticCustomError("too_long_hold", "too long", {"days": MAX_HOLD_DAYS})
        return value
