"""A family that would like to know more."""

from typing import Annotated

from larkbridge.forms.asked import Asked
from larkbridge.forms.fields import MAX_AGE, BirthDay, LongText, Text
from larkbridge.forms.form import EN_DAY, EN_EXAMPLE, VI_DAY, VI_EXAMPLE, Form, StudentName
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType


class StudentInfo(Form):
    form_type = FormType.STUDENT_INFO
    path = "/phieu-thong-tin-hoc-vien"
    title = Asked(
        "Phiếu thông tin học viên",
        "Student information",
        "Cho trung tâm biết về học viên và khóa học mà gia đình quan tâm.",
        "Tells the centre about the student and the course you have in mind.",
    )

    student_name: StudentName
    date_of_birth: Annotated[
        BirthDay | None,
        Note(
            f"A day in Vietnam, YYYY-MM-DD, at most {MAX_AGE} years ago and not in the future.",
            examples=["2017-05-04"],
        ),
        Asked("Ngày sinh của học viên", "Student's date of birth", VI_DAY, EN_DAY),
    ] = None
    gender: Annotated[
        Text | None,
        Note("As the parent writes it.", examples=["Nữ"]),
        Asked("Giới tính của học viên", "Student's gender"),
    ] = None
    school: Annotated[
        Text | None,
        Note("The school that the student goes to.", examples=["Tiểu học Hoa Sen"]),
        Asked("Trường đang học", "School", VI_EXAMPLE, EN_EXAMPLE),
    ] = None
    grade: Annotated[
        Text | None,
        Note("The grade at that school.", examples=["Lớp 3"]),
        Asked("Lớp ở trường", "Grade at school", VI_EXAMPLE, EN_EXAMPLE),
    ] = None
    course_interest: Annotated[
        Text | None,
        Note("The course that the parent asks about.", examples=["Tiếng Anh thiếu nhi"]),
        Asked("Khóa học quan tâm", "Course of interest", VI_EXAMPLE, EN_EXAMPLE),
    ] = None
    address: Annotated[
        LongText | None,
        Note("Where the family lives; several lines.", examples=["12 ngõ 34, phường Hướng Dương"]),
        Asked("Địa chỉ nhà", "Home address", autocomplete="street-address"),
    ] = None
    branch: Annotated[
        Text | None,
        Note("The centre's branch.", examples=["Cơ sở 2"]),
        Asked("Cơ sở muốn học", "Branch of the centre", VI_EXAMPLE, EN_EXAMPLE),
    ] = None
