"""A student who would rather be in another class."""

from typing import Annotated

from larkbridge.forms.asked import Asked
from larkbridge.forms.fields import Day, Text
from larkbridge.forms.form import DAY, EN_DAY, EN_EXAMPLE, VI_DAY, VI_EXAMPLE, Form, Reason, StudentName
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType


class ChangeRequest(Form):
    form_type = FormType.CHANGE
    path = "/phieu-chuyen-doi"
    title = Asked(
        "Phiếu chuyển đổi",
        "Change of class",
        "Chuyển học viên sang lớp khác.",
        "Moves the student to another class.",
    )

    student_name: StudentName
    current_class: Annotated[
        Text,
        Note("The class that the student leaves.", examples=["Chồi 2B"]),
        Asked("Lớp hiện tại", "Present class", VI_EXAMPLE, EN_EXAMPLE),
    ]
    requested_class: Annotated[
        Text,
        Note("The class that the student would join.", examples=["Lá 1C"]),
        Asked("Lớp muốn chuyển đến", "New class", VI_EXAMPLE, EN_EXAMPLE),
    ]
    effective_date: Annotated[
        Day,
        Note(f"{DAY}: the first day in the other class.", examples=["2027-01-04"]),
        Asked("Ngày bắt đầu học lớp mới", "First day in the new class", VI_DAY, EN_DAY),
    ]
    reason: Reason
