"""POST /phieu-chuyen-doi"""

from larkbridge.forms.change import ChangeRequest
from larkbridge.wiring.submitting import submit_form

handler = submit_form(ChangeRequest)
