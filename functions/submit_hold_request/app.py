"""POST /phieu-bao-luu"""

from larkbridge.forms.endpoint import form_endpoint
from larkbridge.forms.hold import HoldRequest

handler = form_endpoint(HoldRequest)
