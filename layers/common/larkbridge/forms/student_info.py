"""A family that would like to know more."""

from typing import Annotated

from larkbridge.forms.fields import MAX_AGE, BirthDay, LongText, Text
from larkbridge.forms.form import Form, StudentName
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType


class StudentInfo(Form):
    form_type = FormType.STUDENT_INFO
    path = "/phieu-thong-tin-hoc-vien"
    title = "Student information (Phiếu thông tin học viên)"

    student_name: StudentName
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
