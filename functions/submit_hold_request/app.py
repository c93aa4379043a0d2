"""POST /phieu-bao-luu"""

from larkbridge.forms.hold import HoldRequest
from larkbridge.wiring.submitting import submit_form

handler = submit_form(HoldRequest)
