"""Paid sessions that go to another student."""

from typing import Annotated

from pydantic import Field

from larkbridge.forms.fields import Phone, Text, WholeNumber
from larkbridge.forms.form import PHONE, ClassName, Form, Reason, StudentName
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType


class TransferRequest(Form):
    form_type = FormType.TRANSFER
    path = "/phieu-chuyen-nhuong"
    title = "Transfer of sessions (Phiếu chuyển nhượng)"

    student_name: StudentName
    class_name: ClassName
    remaining_sessions: Annotated[
        WholeNumber, Field(ge=0, le=10_000), Note("How many paid sessions are transferred.", examples=[12])
    ]
    recipient_name: Annotated[Text, Note("The student who receives the sessions.", examples=["Lê Gia Huy"])]
    recipient_phone: Annotated[Phone, Note(PHONE, examples=["0901 234 567"])]
    recipient_parent_name: Annotated[
        Text | None, Note("The recipient's parent.", examples=["Lê Văn Khoa"])
    ] = None
    reason: Reason
