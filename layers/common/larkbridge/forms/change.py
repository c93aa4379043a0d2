"""A student who would rather be in another class."""

from typing import Annotated

from larkbridge.forms.fields import Day, Text
from larkbridge.forms.form import DAY, Form, Reason, StudentName
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType


class ChangeRequest(Form):
    form_type = FormType.CHANGE
    path = "/phieu-chuyen-doi"
    title = "Change of class (Phiếu chuyển đổi)"

    student_name: StudentName
    current_class: Annotated[Text, Note("The class that the student leaves.", examples=["Chồi 2B"])]
    requested_class: Annotated[Text, Note("The class that the student would join.", examples=["Lá 1C"])]
    effective_date: Annotated[Day, Note(f"{DAY}: the first day in the other class.", examples=["2027-01-04"])]
    reason: Reason
