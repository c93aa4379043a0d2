"""Paid sessions that go to another student."""

from typing import Annotated

from pydantic import Field

from larkbridge.forms.asked import Asked
from larkbridge.forms.fields import Phone, Text, WholeNumber
from larkbridge.forms.form import EN_EXAMPLE, PHONE, VI_EXAMPLE, ClassName, Form, Reason, StudentName
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType


class TransferRequest(Form):
    form_type = FormType.TRANSFER
    path = "/phieu-chuyen-nhuong"
    title = Asked(
        "Phiếu chuyển nhượng",
        "Transfer of sessions",
        "Chuyển số buổi học đã đóng phí cho một học viên khác.",
        "Gives paid sessions to another student.",
    )

    student_name: StudentName
    class_name: ClassName
    remaining_sessions: Annotated[
        WholeNumber,
        Field(ge=0, le=10_000),
        Note("How many paid sessions are transferred.", examples=[12]),
        Asked("Số buổi chuyển nhượng", "Number of sessions", VI_EXAMPLE, EN_EXAMPLE),
    ]
    recipient_name: Annotated[
        Text,
        Note("The student who receives the sessions.", examples=["Lê Gia Huy"]),
        Asked("Họ và tên học viên nhận", "Receiving student's full name"),
    ]
    recipient_phone: Annotated[
        Phone,
        Note(PHONE, examples=["0901 234 567"]),
        Asked("Số điện thoại bên nhận", "Recipient's phone number", VI_EXAMPLE, EN_EXAMPLE),
    ]
    recipient_parent_name: Annotated[
        Text | None,
        Note("The recipient's parent.", examples=["Lê Văn Khoa"]),
        Asked("Họ và tên phụ huynh bên nhận", "Receiving student's parent"),
    ] = None
    reason: Reason
