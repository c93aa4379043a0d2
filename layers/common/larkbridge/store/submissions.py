"""The Submissions table: one item per filled-in form, its state and its attempts.

Keys: `submissionId`; indexes as `store.work` describes them, partitioned by form type.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from larkbridge.store.work import Shape, Status, Work
from larkbridge.store.work_store import WorkStore


class FormType(StrEnum):
    """The forms, each of which is a partition of both indexes."""

    STUDENT_INFO = "student-info"
    LEAVE_REQUEST = "leave-request"
    TRANSFER = "transfer"
    HOLD = "hold"
    CHANGE = "change"


STATUSES = (Status.PENDING, Status.SENDING, Status.SENT, Status.FAILED, Status.DEAD)
"""Those that a submission can have: it is held from the start, by its own request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Work):
    """One submission; `payload` is the exact JSON text that is sent."""

    SHAPE: ClassVar[Shape] = Shape(
        key="submissionId",
        partition="formType",
        by_partition="by-form-type",
        open="unsent",
        names={"status": "larkStatus", "done_at": "sentAt"},
    )

    submission_id: str
    form_type: str
    submitted_at: str
    contact_name: str = ""
    contact_phone: str = ""
    payload: str = ""
    content_hash: str = ""
    client_token: str = ""


class SubmissionStore(WorkStore[Submission]):
    """Every access to the Submissions table."""

    def __init__(self, table_name: str) -> None:
        super().__init__(table_name, Submission)
