"""Files that parents upload."""

from typing import Any

from larkbridge.apigateway import Served
from larkbridge.attachments.uploads import Uploads
from larkbridge.clock import Clock
from larkbridge.forms.address_limits import AddressLimits
from larkbridge.forms.attachment import Attachments
from larkbridge.forms.form import Form
from larkbridge.pages.file_step import FileSteps
from larkbridge.pages.file_upload import FileUploads, upload_route
from larkbridge.settings import SubmitFormSettings
from larkbridge.store.bucket import Bucket
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.rate_limits import RateLimitStore
from larkbridge.store.stored_files import FileStore
from larkbridge.store.submissions import SubmissionStore


def file_uploads(
    form: type[Form], settings: SubmitFormSettings, limits: AddressLimits, clock: Clock
) -> Served[Any]:
    """Return what serves the upload route of a form."""
    return Served(upload_route(form), FileUploads(form, _uploads(settings, clock), limits))


def file_steps(settings: SubmitFormSettings, attachments: Attachments, clock: Clock) -> FileSteps:
    """Return what serves the step without a script."""
    deliveries = DeliveryStore(settings.uploads.deliveries_table)
    submissions = SubmissionStore(settings.submissions.submissions_table)
    return FileSteps(_uploads(settings, clock), deliveries, submissions, attachments)


def _uploads(settings: SubmitFormSettings, clock: Clock) -> Uploads:
    files = settings.uploads.files
    limits = RateLimitStore(settings.limits.rate_limits_table)
    return Uploads(FileStore(files.stored_files_table), Bucket(files.bucket), limits, clock)
