"""POST /phieu-chuyen-nhuong"""

from larkbridge.forms.transfer import TransferRequest
from larkbridge.wiring.submitting import submit_form

handler = submit_form(TransferRequest)
