"""GET {form}/tep: the step after a form in which a browser without JavaScript sends a file.

The page posts the file to S3, which sends the browser back here; then the file is looked at, kept and brought
to Lark as every other, and Lark gets the form once more if it had it already.
"""

from datetime import timedelta
from typing import NamedTuple

from larkbridge.attachments.uploads import UPLOAD_FOR, Uploads
from larkbridge.errors import AwsUnavailableError, MissingSettingError, NotFoundError, TooManyRequestsError
from larkbridge.forms.attachment import Attachments
from larkbridge.http_exchange import Response
from larkbridge.ids import new_file_id
from larkbridge.pages.confirmation import Sent, link_invalid, sent_by
from larkbridge.pages.form_pages import Visit
from larkbridge.pages.render import file_page
from larkbridge.pages.signed_links import sign, verify
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.targets.file_move import new_file_move

_ARRIVES_WITHIN = UPLOAD_FOR + timedelta(minutes=15)
"""From the page to the way back from S3."""


class FileSteps(NamedTuple):
    """What the step needs beside the form's pages."""

    uploads: Uploads
    deliveries: DeliveryStore
    submissions: SubmissionStore
    attachments: Attachments


def file_step(visit: Visit) -> Response:
    """Return the page that sends a file, or take note that S3 has it."""
    try:
        sent = sent_by(visit)
        steps = visit.pages.file_steps()
        if proof := visit.request.query.get("f"):
            _keep(visit, steps, sent, proof)
        submission = steps.submissions.get(sent.submission_id)
        if proof or (submission and submission.file_id):
            return Response.redirect(f"{_confirmation(visit)}&tep=1")
        return _page(visit, steps, sent)
    except (AwsUnavailableError, MissingSettingError, NotFoundError) as error:
        return link_invalid(visit, error)


def _keep(visit: Visit, steps: FileSteps, sent: Sent, proof: str) -> None:
    """Store the work of keeping a file; doing it twice is doing it once."""
    pages, now = visit.pages, visit.pages.clock.now()
    submission_id, _, file_id = verify("upload", proof, pages.keys(), now).partition(" ")
    if submission_id != sent.submission_id:
        raise NotFoundError("the link is another form's")
    link = steps.attachments.link(file_id, visit.request.domain)
    steps.deliveries.add(new_file_move(file_id, submission_id, now, link=link))


def _page(visit: Visit, steps: FileSteps, sent: Sent) -> Response:
    pages, back = visit.pages, _confirmation(visit)
    try:
        address = pages.submit.limits.keyed_address(visit.request)
        file_id = new_file_id()
        until = pages.clock.now() + _ARRIVES_WITHIN
        proof = sign("upload", f"{sent.submission_id} {file_id}", pages.keys(), until)
        here = f"{steps.attachments.site(visit.request.domain)}{pages.form.path}/tep"
        redirect = f"{here}?s={visit.request.query['s']}&f={proof}{visit.chosen_language}"
        upload = steps.uploads.unknown(file_id, sent.submission_id, address, redirect).form
        form, status = (upload.url, upload.fields), 200
    except TooManyRequestsError:
        form, status = None, 429
    return visit.shown(file_page(pages.form, visit.language, pages.settings, form, back), status)


def _confirmation(visit: Visit) -> str:
    return f"da-gui?s={visit.request.query['s']}{visit.chosen_language}"
