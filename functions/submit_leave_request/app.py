"""POST /phieu-nghi-phep"""

from larkbridge.forms.endpoint import form_endpoint
from larkbridge.forms.leave_request import LeaveRequest

handler = form_endpoint(LeaveRequest)
