"""POST /phieu-thong-tin-hoc-vien"""

from larkbridge.forms.endpoint import form_endpoint
from larkbridge.forms.models import StudentInfo

handler = form_endpoint(StudentInfo)
