"""POST /phieu-chuyen-nhuong"""

from larkbridge.forms.endpoint import form_endpoint
from larkbridge.forms.transfer import TransferRequest

handler = form_endpoint(TransferRequest)
