"""The Submissions table: one item per filled-in form, its state and its attempts.

Keys: `submissionId`; indexes as `store.work` describes them, partitioned by form type, and `by-phone`
(phoneKey, sortKey). TTL on `expiresAt` tidies up what was discarded 30 days ago; everything else stays, what
was replaced too: a page that is still open may send it once more.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Any, ClassVar

from larkbridge.errors import AwsUnavailableError, ConflictError, TransactionRefusedError
from larkbridge.ids import derived_id
from larkbridge.observability import count, log_crash
from larkbridge.store.destinations import LARK_FORMS
from larkbridge.store.table import PAGE_SIZE, Action
from larkbridge.store.transactions import CONDITION_FAILED, transact
from larkbridge.store.work import Shape, Status, Work
from larkbridge.store.work_store import WorkStore
from larkbridge.store.work_table import PackedText, to_record

to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Makes the text of a form's document: what is stored, sent and compared."""


class FormType(StrEnum):
    """The forms, each of which is a partition of both indexes."""

    STUDENT_INFO = "student-info"
    LEAVE_REQUEST = "leave-request"
    TRANSFER = "transfer"
    HOLD = "hold"
    CHANGE = "change"


UNTRIED, TRIED, LATER = "0", "1", "2"
"""Begin the names of lanes, in the order in which they are sent."""

STATUSES = (
    Status.PENDING,
    Status.SENDING,
    Status.SENT,
    Status.FAILED,
    Status.DEAD,
    Status.HELD,
    Status.DISCARDED,
    Status.REPLACED,
)
"""Those that a submission can have: it is held from the start, by its own request."""

_MOST_CORRECTIONS = 20
"""So many corrections in a row are followed."""

PROCESSING, MARKETING = "processing", "marketing"
"""The kinds of consent."""
WITHHELD: Mapping[str, Any] = {"marketingConsent": False, "fbp": "", "fbc": ""}
"""What stands in a document instead of what only marketing consent allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Work):
    """One submission; `payload` is the JSON text that Lark receives the first time.

    `resend` counts how often Lark was to get it once more after it had accepted it. `held_for` are the signs
    that a robot sent it; until it was let go, at `released_at`, it is held or discarded. One that goes
    `later` came from an address that has sent many. `consents` are what was agreed to: kind, when, on which
    page, in which version of the text and, on a page of ours, which language. `marketing_withdrawn` is when
    and by whom.
    `phone_key` is the phone number by which it is found.
    `file_id` is the file of ours that its `attachmentId` names; one that `file_followed` came after the form,
    and no page that shows the form has it.
    """

    SHAPE: ClassVar[Shape] = Shape(
        key="submissionId",
        partition="formType",
        by_partition="by-form-type",
        due_queue="submissions",
        listed=(
            "submitted_at",
            "contact_name",
            "contact_phone",
            "sent_at",
            "last_error",
            "resend",
            "held_for",
            "released_at",
            "later",
            "file_id",
        ),
    )
    id = property(attrgetter("submission_id"))
    partition = property(attrgetter("form_type"))
    lane = property(lambda work: f"{_turn(work)}:{work.form_type}")
    """Its form type, after those that nobody has tried to send; later ones after everybody's."""
    log_details: ClassVar[Any] = {"destination": LARK_FORMS}

    submission_id: str
    form_type: str
    submitted_at: str
    contact_name: str = ""
    contact_phone: str = ""
    phone_key: str = ""
    sent_at: str | None = None
    consents: list[dict[str, Any]] = field(default_factory=list)
    marketing_withdrawn: dict[str, str] | None = None
    payload: PackedText = ""
    content_hash: str = ""
    client_token: str = ""
    resend: int = 0
    held_for: list[str] | None = None
    released_at: str | None = None
    later: bool = False
    file_id: str | None = None
    file_followed: bool = False

    @property
    def has_marketing_consent(self) -> bool:
        """Whether it came with it; it may be withdrawn since."""
        return any(consent["kind"] == MARKETING for consent in self.consents)

    @property
    def document(self) -> dict[str, Any]:
        """What Lark receives: the same keys each time, `resend` empty the first time and then its number.

        Once the marketing consent is withdrawn nothing that hangs on it is among it.
        """
        withheld = {} if self.marketing_withdrawn is None else WITHHELD
        known = {"replaces": ""} | json.loads(self.payload)
        return known | withheld | {"resend": str(self.resend) if self.resend else ""}


def _refuse_moved(reasons: Sequence[str]) -> None:
    if CONDITION_FAILED in reasons:
        raise ConflictError("what is replaced was moved by somebody else") from None


def _turn(submission: Submission) -> str:
    if submission.later:
        return LATER
    return TRIED if submission.attempt_count else UNTRIED


def client_token(submission_id: str, resend: int) -> str:
    """Return the token of one more sending and all its attempts; the first one's is the submission's id."""
    return derived_id("client-token", submission_id, str(resend))


def event_id(submission_id: str) -> str:
    """Return the id of a form as Meta's event: a page's pixel and a server that both name it count once."""
    return derived_id("meta-event", submission_id)


class SubmissionStore(WorkStore[Submission]):
    """Every access to the Submissions table."""

    def __init__(self, table_name: str) -> None:
        super().__init__(table_name, Submission)

    def add_with(
        self,
        submission: Submission,
        actions: Sequence[Action],
        spare: Sequence[Action] = (),
        replacing: Sequence[Action] = (),
    ) -> Submission | None:
        """Store a new submission and what follows from it, in one transaction; one request.

        What cannot be stored with it is left out, with a second request or a third: nothing may stand in the
        way of a submission.

        Parameters
        ----------
        spare
            What is left out first, so that it costs no other of the `actions`.
        replacing
            What `as_seen_action` returned of those that it takes the places of.

        Returns
        -------
        Submission or None
            As `add` does.

        Raises
        ------
        ConflictError
            When somebody has moved what is replaced; nothing was written.
        """
        put = self.table.put_action(to_record(submission), Submission.SHAPE.key)
        needed = [put, *replacing, *actions]
        for together in [[*needed, *spare]] + ([needed] if spare and len(needed) > 1 else []):
            try:
                transact(together)
            except TransactionRefusedError as error:
                if error.reasons[0] == CONDITION_FAILED:
                    return self.unless_own(submission, error.items[0])
                _refuse_moved(error.reasons[1 : 1 + len(replacing)])
            except AwsUnavailableError as error:
                log_crash("submission stored with less", error, submissionId=submission.submission_id)
            else:
                if len(together) < len(needed) + len(spare):
                    count("FeedsBroken")
                return None
        if actions or spare:
            count("FeedsBroken")
        return self.add(submission)

    def as_seen_action(
        self, seen: Submission, changes: Mapping[str, Any], attempts: Sequence[dict[str, Any]] = ()
    ) -> Action:
        """Return the write of `changes`, if the submission is as it was `seen`.

        Nobody has moved it or taken its place since, and no file has followed it.
        """
        _, _, action = self.change_action(seen, changes, attempts)
        unchanged = " AND attribute_not_exists(replacedBy)"
        if not seen.file_followed:
            unchanged += " AND attribute_not_exists(fileFollowed)"
        action["Update"]["ConditionExpression"] += unchanged
        return action

    def of_phone(self, phone: str, page_size: int = PAGE_SIZE) -> Iterator[Submission]:
        """Yield the summaries of the forms with a phone number in E.164, newest first; a request a page."""
        return self._summaries("by-phone", ("phoneKey", phone), None, page_size)

    def latest(self, original: Submission) -> Submission:
        """Return a submission, or the last one that has taken its place; a request for each in between."""
        for _ in range(_MOST_CORRECTIONS):
            newer = self.get(original.replaced_by) if original.replaced_by else None
            if newer is None:
                break
            original = newer
        return original
