"""POST /phieu-chuyen-nhuong"""

from larkbridge.forms.transfer import TransferRequest
from larkbridge.wiring.forms import submit_form

handler = submit_form(TransferRequest)
