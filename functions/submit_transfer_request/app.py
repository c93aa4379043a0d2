"""POST /phieu-chuyen-nhuong"""

from larkbridge.forms.endpoint import form_endpoint
from larkbridge.forms.models import TransferRequest

handler = form_endpoint(TransferRequest)
