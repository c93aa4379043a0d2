"""POST /phieu-chuyen-doi"""

from larkbridge.forms.change import ChangeRequest
from larkbridge.forms.endpoint import form_endpoint

handler = form_endpoint(ChangeRequest)
