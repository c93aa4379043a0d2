"""POST /phieu-chuyen-doi"""

from larkbridge.forms.endpoint import form_endpoint
from larkbridge.forms.models import ChangeRequest

handler = form_endpoint(ChangeRequest)
