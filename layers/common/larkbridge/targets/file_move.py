"""Moves files that were uploaded for forms to where they are kept, once they are what they should be."""

from copy import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, override

from larkbridge.attachments.kinds import ANY_TYPE, LOOKED_AT, MAX_BYTES, kind_called, kind_of
from larkbridge.clock import from_text
from larkbridge.errors import AwsMissingError
from larkbridge.store.bucket import Object
from larkbridge.store.deliveries import Delivery
from larkbridge.store.stored_files import FileStatus, StoredFile
from larkbridge.store.submissions import Submission, to_json
from larkbridge.store.work import UNDER_WAY, Status
from larkbridge.targets.file_work import FILES, OVERTAKEN, FileWork
from larkbridge.targets.policies import DELIVERY, SUBMISSION
from larkbridge.targets.target import Origin
from larkbridge.work.admin_moves import send_again
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import Policy

_LATE_UPLOAD = timedelta(minutes=5)
"""An upload that begins in time may end so much later."""


class FileMove(FileWork):
    """Looks at a file's first bytes, moves it, and lets its submission know of it.

    The order is: copy, note it, delete what was uploaded. So an attempt that stops anywhere is made again
    and does no harm. A file that is not good is marked as rejected; the form has long been taken.

    What a parent adds after the form was sent changes what Lark gets: if Lark had the form already, it is
    sent once more, as another `resend`.
    """

    name: ClassVar[str] = "file-move"
    policy: ClassVar[Policy] = replace(
        DELIVERY,
        attempts=60,
        waits=(*DELIVERY.waits[:5], timedelta(hours=1)),
        deadline=timedelta(hours=20),
    )
    """Before `pending/` is emptied, a day after the upload."""

    @override
    def _do(self, delivery: Delivery) -> Outcome:
        content = delivery.content
        file = self._files.get(content["fileId"])
        if file is None or not _belongs(file, content):
            return Outcome(verdict=Verdict.OK, reason="file_not_found")
        if file.status is FileStatus.PENDING:
            if delivery.attempt_count > 1:
                self._files.claim(file)
            if outcome := self._keep(file):
                return outcome
        elif file.status is not FileStatus.KEPT:
            self._bucket.delete(file.pending_key)
            self._bucket.delete(file.key)  # an attempt that was overtaken may have copied it
            return Outcome(verdict=Verdict.OK, reason=f"file_{file.status}")
        if submission_id := content["submissionId"]:
            self._files.share(file, submission_id)
        return self._tell(delivery) if content["link"] else Outcome(verdict=Verdict.OK, reason="kept")

    def _keep(self, file: StoredFile) -> Outcome | None:
        """Keep a pending file; return what became of one that is not kept."""
        found = self._bucket.look(file.pending_key, LOOKED_AT)
        if found is None and self._clock.now() < from_text(file.uploads_until) + _LATE_UPLOAD:
            return Outcome(verdict=Verdict.RETRY, reason="not_uploaded_yet", refused=True)
        fault = "not_there" if found is None else _fault(file, found)
        if found is None or fault:
            if not self._files.reject(file, fault or ""):
                return OVERTAKEN
            self._bucket.delete(file.pending_key)
            return Outcome(verdict=Verdict.OK, reason="file_rejected")
        kind = kind_of(found.head)
        media_type = kind.media_type if kind else file.media_type or ANY_TYPE
        try:
            self._bucket.copy(file.pending_key, file.key, media_type)
        except AwsMissingError:
            return OVERTAKEN
        if not self._files.keep(file, media_type, found.size):
            return OVERTAKEN
        self._bucket.delete(file.pending_key)
        return None

    def _tell(self, delivery: Delivery) -> Outcome:
        """Let Lark have the file of a form that was sent before the file came, or of what corrects that form.

        A correction with a file of its own keeps that one.
        """
        content = delivery.content
        posted = self._submissions.get(content["submissionId"])
        submission = posted and self._submissions.latest(posted)
        if submission and submission.file_id == content["fileId"]:
            return Outcome(verdict=Verdict.OK, reason="kept")
        is_corrected = submission and submission.id != content["submissionId"]
        if (
            submission is None
            or submission.status == Status.DISCARDED
            or (is_corrected and submission.file_id)
        ):
            self._drop(content["fileId"], content["submissionId"])
            return Outcome(verdict=Verdict.OK, reason="not_wanted")
        if is_corrected and (file := self._files.get(content["fileId"])):
            self._files.share(file, submission.id)
        if submission.status in UNDER_WAY:
            return Outcome(verdict=Verdict.RETRY, reason="being_sent")
        if submission.file_id:
            self._drop(submission.file_id, submission.id)
        changes = _with_file(submission, content["fileId"], content["link"])
        if submission.status == Status.SENT:
            changes |= send_again(submission, SUBMISSION, self._clock.now()).fields
        self._submissions.table.write(self._submissions.as_seen_action(submission, changes))
        return Outcome(verdict=Verdict.OK, reason="kept")

    def _drop(self, file_id: str, submission_id: str) -> None:
        """Remove a file that a form does not have any more, unless another form has it too."""
        file = self._files.get(file_id)
        if file and file.submissions == [submission_id]:
            self._files.remove(file, self._clock.now())
            self._bucket.delete(file.key)


def _belongs(file: StoredFile, content: dict[str, str]) -> bool:
    """Tell whether a file was handed out for this form, for the one that it corrects, or for no form."""
    mine = {content["submissionId"], content["replaces"]} - {""}
    return not mine.isdisjoint(file.submissions) if mine else not file.submissions


def _fault(file: StoredFile, found: Object) -> str | None:
    """Return what is wrong with an uploaded file; one of no form may be of any kind."""
    if not 0 < found.size <= MAX_BYTES:
        return "empty" if not found.size else "too_large"
    if file.size not in (None, found.size):
        return "other_size"
    if not file.submissions:
        return None
    kind = kind_of(found.head)
    if kind is None:
        return "type_not_taken"
    return "other_type" if file.media_type and kind_called(file.media_type) != kind else None


def _with_file(submission: Submission, file_id: str, link: str) -> dict[str, Any]:
    payload = submission.document | {"attachmentId": file_id, "attachmentLink": link, "resend": ""}
    return {"file_id": file_id, "file_followed": True, "payload": to_json(payload)}


def new_file_move(
    file_id: str, submission_id: str, moment: datetime, *, replaces: str = "", link: str = ""
) -> Delivery:
    """Return the delivery that moves a file.

    Parameters
    ----------
    submission_id, replaces
        Whose file it is; both empty for an admin's.
    link
        Where Lark finds it, if the submission does not say so yet.
    """
    content = {"fileId": file_id, "submissionId": submission_id, "replaces": replaces, "link": link}
    origin = Origin(about=(file_id, submission_id), subject=submission_id or file_id, moment=moment)
    return origin.delivery(FileMove, FILES, content)
