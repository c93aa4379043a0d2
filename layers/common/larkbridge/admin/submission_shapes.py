"""What the routes under /v1/submissions take and answer."""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import AfterValidator, Field, StrictBool, ValidationInfo
from pydantic_core import PydanticCustomError

from larkbridge.admin.requests import Checked, ManyOfTime, Page
from larkbridge.admin.work_lists import Attempt, Progress, RequestedBy, Skipped
from larkbridge.routes import MAX_ID_LENGTH
from larkbridge.shapes import Count, Cursor, Moment, Note, Uuid
from larkbridge.store.stored_files import FileStatus
from larkbridge.store.submissions import MARKETING, PROCESSING, STATUSES, FormType

_FORM_TYPE = Note("Only submissions of this form.", examples=["leave-request"])
_LARK_STATUS = Note("Only submissions in this state.", examples=["failed"])
MAX_IDS = 100
"""In one request: each costs a read and a write."""


class ListSubmissions(Page):
    form_type: Annotated[FormType | None, _FORM_TYPE] = None
    lark_status: Annotated[
        Literal["pending", "sending", "sent", "failed", "dead", "held", "discarded", "replaced"] | None,
        _LARK_STATUS,
    ] = None


class RetrySubmission(Checked):
    again: Annotated[StrictBool, Note("Send once more what Lark has had already.", examples=[True])] = False


class RetrySubmissions(ManyOfTime):
    form_type: Annotated[FormType | None, _FORM_TYPE] = None
    lark_status: Annotated[Literal["failed", "dead", "sent"] | None, _LARK_STATUS] = None


def _ids_or_a_filter(ids: list[str] | None, info: ValidationInfo) -> list[str] | None:
    filters = ("form_type", "lark_status", "from_", "to")
    if (ids is None) == all(info.data.get(name) is None for name in filters):
        raise PydanticCustomError(
            "ids", "Send ids, or else at least one of formType, larkStatus, from and to"
        )
    return ids


type _Ids = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]] | None,
    Field(min_length=1, max_length=MAX_IDS),
    AfterValidator(_ids_or_a_filter),
    Note("These submissions, instead of those that a filter finds."),
]


class ReleaseSubmissions(ManyOfTime):
    form_type: Annotated[FormType | None, _FORM_TYPE] = None
    lark_status: Annotated[Literal["held"] | None, _LARK_STATUS] = None
    ids: _Ids = Field(None, validate_default=True)


class DiscardSubmissions(ManyOfTime):
    form_type: Annotated[FormType | None, _FORM_TYPE] = None
    lark_status: Annotated[Literal["failed", "dead", "held"] | None, _LARK_STATUS] = None
    ids: _Ids = Field(None, validate_default=True)


class RestoreSubmissions(ManyOfTime):
    form_type: Annotated[FormType | None, _FORM_TYPE] = None
    lark_status: Annotated[Literal["discarded"] | None, _LARK_STATUS] = None
    ids: _Ids = Field(None, validate_default=True)


class SubmissionSummary(Progress):
    submissionId: Uuid
    formType: Annotated[str, Note(enum=[*FormType])]
    submittedAt: Moment
    larkStatus: Annotated[str, Note(enum=[*STATUSES])]
    contactName: Annotated[str, Note(examples=["Nguyễn Thị Hà"])]
    contactPhone: Annotated[str, Note(pattern=r"^\+[1-9][0-9]+$", examples=["+84912345678"])]
    sentAt: Moment | None
    maybeDuplicate: Annotated[
        bool, Note("Sent again after 3 hours though an earlier attempt's outcome was unknown.")
    ]
    resend: Annotated[int, Note("How often it was to be sent again after Lark had it.", minimum=0)]
    heldFor: Annotated[
        list[str], Note("Signs that a robot sent it; while `larkStatus` is `held` it waits for a person.")
    ]
    releasedAt: Annotated[Moment | None, Note("When a held one was let go.")]


class GivenConsent(TypedDict):
    kind: Annotated[str, Note(enum=[PROCESSING, MARKETING])]
    givenAt: Moment
    page: Annotated[str, Note("Its path, or the `eventSourceUrl` of a page that is not ours.")]
    textVersion: Annotated[str, Note("Of the text, as the page says; empty where it does not.")]
    language: NotRequired[Annotated[str, Note("Of a page that is ours.", enum=["vi", "en"])]]


class Withdrawal(TypedDict):
    at: Moment
    by: Annotated[str, Note(enum=["parent", "admin"])]
    key: NotRequired[Annotated[str, Note("The name of the admin's key.")]]
    owner: NotRequired[Annotated[str, Note("Who the key was made for.")]]


class ShownAttachment(TypedDict):
    fileId: str
    status: Annotated[str, Note(enum=[*FileStatus, "not_found"])]
    reason: Annotated[str | None, Note("Why the file is not kept.", examples=["other_type"])]


class ShownSubmission(SubmissionSummary):
    payload: Annotated[
        dict[str, str | bool | int],
        Note(
            "What Lark receives: every field of the form, an absent one as an empty string; `replaces`, "
            "the submission that it corrects; and `resend`, empty the first time and then its number.",
            required=[
                "formType",
                "submittedAt",
                "submissionId",
                "replaces",
                "resend",
                "parentName",
                "parentPhone",
            ],
        ),
    ]
    clientToken: Uuid
    consents: Annotated[list[GivenConsent], Note("What the parent agreed to.")]
    marketingWithdrawn: Annotated[Withdrawal | None, Note("The marketing consent; null: it was not.")]
    replacedBy: Annotated[Uuid | None, Note("The one that corrects it: it is not sent any more.")]
    attachment: Annotated[ShownAttachment | None, Note("What became of the form's file.")]
    requestedBy: RequestedBy | None
    attempts: list[Attempt]


class SubmissionPage(TypedDict):
    items: list[SubmissionSummary]
    cursor: Cursor


class ReleaseReport(TypedDict):
    dryRun: Literal[False]
    released: Count
    skipped: Skipped
    cursor: Cursor


class DiscardReport(TypedDict):
    dryRun: Literal[False]
    discarded: Count
    skipped: Skipped
    cursor: Cursor


class RestoreReport(TypedDict):
    dryRun: Literal[False]
    restored: Count
    skipped: Skipped
    cursor: Cursor
