"""POST /phieu-thong-tin-hoc-vien"""

from larkbridge.forms.endpoint import form_endpoint
from larkbridge.forms.student_info import StudentInfo

handler = form_endpoint(StudentInfo)
