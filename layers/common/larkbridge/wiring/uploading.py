"""Files that parents upload."""

from typing import Any

from larkbridge.apigateway import Served
from larkbridge.attachments.uploads import Uploads
from larkbridge.clock import Clock
from larkbridge.forms.address_limits import AddressLimits
from larkbridge.forms.form import Form
from larkbridge.pages.file_upload import FileUploads, upload_route
from larkbridge.settings import SubmitFormSettings
from larkbridge.store.bucket import Bucket
from larkbridge.store.rate_limits import RateLimitStore
from larkbridge.store.stored_files import FileStore


def file_uploads(
    form: type[Form], settings: SubmitFormSettings, limits: AddressLimits, clock: Clock
) -> Served[Any]:
    """Return what serves the upload route of a form."""
    files = settings.uploads.files
    uploads = Uploads(
        FileStore(files.stored_files_table),
        Bucket(files.bucket),
        RateLimitStore(settings.limits.rate_limits_table),
        clock,
    )
    return Served(upload_route(form), FileUploads(form, uploads, limits))
