"""POST /phieu-thong-tin-hoc-vien"""

from larkbridge.forms.student_info import StudentInfo
from larkbridge.wiring.submitting import submit_form

handler = submit_form(StudentInfo)
