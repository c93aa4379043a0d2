"""What an admin is shown of a submission."""

from datetime import datetime
from typing import Any

from larkbridge.admin.submission_shapes import ShownAttachment
from larkbridge.admin.work_lists import history
from larkbridge.store.stored_files import StoredFile
from larkbridge.store.submissions import Submission
from larkbridge.targets.last_error import last_error


def summary(submission: Submission) -> dict[str, Any]:
    """Return what lists show of a submission."""
    return {
        "submissionId": submission.submission_id,
        "formType": submission.form_type,
        "submittedAt": submission.submitted_at,
        "larkStatus": submission.status,
        "contactName": submission.contact_name,
        "contactPhone": submission.contact_phone,
        "attemptCount": submission.attempt_count,
        "nextAttemptAt": submission.next_attempt_at,
        "sentAt": submission.sent_at,
        "maybeDuplicate": submission.maybe_duplicate,
        "resend": submission.resend,
        "heldFor": submission.held_for or [],
        "releasedAt": submission.released_at,
        "lastError": last_error(submission),
    }


def detail(submission: Submission, file: StoredFile | None, now: datetime) -> dict[str, Any]:
    """Return everything an admin may see of a submission, whose file is `file` if it is still there."""
    return summary(submission) | {
        "payload": submission.document,
        "clientToken": submission.client_token,
        "consents": submission.consents,
        "marketingWithdrawn": submission.marketing_withdrawn,
        "replacedBy": submission.replaced_by,
        "attachment": _attachment(submission, file, now),
        **history(submission),
    }


def _attachment(submission: Submission, file: StoredFile | None, now: datetime) -> ShownAttachment | None:
    if submission.file_id is None:
        return None
    theirs = {submission.id, submission.document.get("replaces")}
    if file is None or theirs.isdisjoint(file.submissions):
        return {"fileId": submission.file_id, "status": "not_found", "reason": None}
    return {"fileId": file.file_id, "status": file.status_at(now), "reason": file.reason}
