"""POST /phieu-nghi-phep"""

from larkbridge.forms.leave_request import LeaveRequest
from larkbridge.wiring.submitting import submit_form

handler = submit_form(LeaveRequest)
