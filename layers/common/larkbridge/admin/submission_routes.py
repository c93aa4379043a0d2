"""What an admin can see of submissions, and do about those that Lark does not have."""

from collections.abc import Sequence
from typing import Any

from larkbridge.admin.follow_ups import Discarding
from larkbridge.admin.requests import ManyOfTime, body_of, optional_body_of
from larkbridge.admin.submission_shapes import (
    DiscardReport,
    DiscardSubmissions,
    ListSubmissions,
    ReleaseReport,
    ReleaseSubmissions,
    RestoreReport,
    RestoreSubmissions,
    RetrySubmission,
    RetrySubmissions,
    ShownSubmission,
    SubmissionPage,
    SubmissionSummary,
)
from larkbridge.admin.submission_views import detail, summary
from larkbridge.admin.work_lists import (
    Filter,
    MatchCount,
    RetryReport,
    WorkAdmin,
)
from larkbridge.clock import Clock
from larkbridge.errors import ConflictError
from larkbridge.forms.attachment import Attachments
from larkbridge.forms.corrections import Places
from larkbridge.forms.letting_go import LettingGo
from larkbridge.routes import Answer, Call, Parameter, Route, Scope
from larkbridge.settings import AdminApiSettings
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.marketing_consent import MarketingConsentStore
from larkbridge.store.stored_files import FileStore
from larkbridge.store.submissions import STATUSES, FormType, Submission, SubmissionStore
from larkbridge.store.work import Status
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work import admin_moves
from larkbridge.work.moving import RETRY, RETRYABLE, Move

_AGAIN = Move[Submission]("again", "retried", admin_moves.send_again)
_DISCARDABLE: dict[str | None, Sequence[Status]] = {
    None: (Status.FAILED, Status.DEAD, Status.SENDING, Status.HELD),
    "failed": (Status.FAILED, Status.SENDING),
    "dead": (Status.DEAD,),
    "held": (Status.HELD,),
}
"""What a filter for a status finds: an attempt that is cut off has failed, one under way is skipped."""

_ID = Parameter("submissionId", "The submission's id.")


class Submissions:
    """Serves the routes under /v1/submissions."""

    def __init__(self, settings: AdminApiSettings, clock: Clock) -> None:
        submissions = SubmissionStore(settings.submissions_table)
        self._consents = MarketingConsentStore(submissions, settings.traces_table)
        deliveries = DeliveryStore(settings.deliveries_table)
        places = Places(submissions, self._consents, Attachments(deliveries, ""))
        letting_go = LettingGo(places, settings.feeds, clock)
        discarding = Discarding(deliveries, clock)
        self._release = Move("release", "released", admin_moves.release, letting_go)
        self._discard = Move("discard", "discarded", admin_moves.discard, discarding)
        self._restore = Move("restore", "restored", admin_moves.restore_form, letting_go)
        self._work = WorkAdmin(submissions, SUBMISSION, clock, summary=summary, noun="submission")
        self._files = FileStore(settings.stored_files_table)
        self._clock = clock

    def page(self, call: Call[ListSubmissions]) -> dict[str, Any]:
        return self._work.page(_filter(call.query, _statuses(call.query.lark_status, STATUSES)), call.query)

    def get(self, call: Call) -> dict[str, Any]:
        return self._detail(self._work.get(call.ids["submissionId"]))

    def withdraw(self, call: Call) -> dict[str, Any]:
        by = {"by": "admin", "key": call.caller.name, "owner": call.caller.owner}
        return self._detail(self._consents.withdraw(call.ids["submissionId"], by, self._clock.now()))

    def retry(self, call: Call[None, RetrySubmission]) -> dict[str, Any]:
        return self._work.move(call.ids["submissionId"], _AGAIN if call.body.again else RETRY, call.caller)

    def retry_many(self, call: Call[None, RetrySubmissions]) -> dict[str, Any]:
        asked = call.body
        move = _AGAIN if asked.lark_status == "sent" else RETRY
        return self._work.move_many(
            _filter(asked, _statuses(asked.lark_status, RETRYABLE)), asked, move, call.caller
        )

    def discard(self, call: Call[None, DiscardSubmissions]) -> dict[str, Any]:
        asked = call.body
        wanted = asked.ids or _filter(asked, _DISCARDABLE[asked.lark_status])
        return self._work.move_many(wanted, asked, self._discard, call.caller)

    def restore(self, call: Call[None, RestoreSubmissions]) -> dict[str, Any]:
        asked = call.body
        wanted = asked.ids or _filter(asked, (Status.DISCARDED,))
        return self._work.move_many(wanted, asked, self._restore, call.caller)

    def release(self, call: Call) -> dict[str, Any]:
        return self._work.move(call.ids["submissionId"], self._release, call.caller)

    def release_many(self, call: Call[None, ReleaseSubmissions]) -> dict[str, Any]:
        asked = call.body
        wanted = asked.ids or _filter(asked, (Status.HELD,))
        return self._work.move_many(wanted, asked, self._release, call.caller)

    def _detail(self, submission: Submission) -> dict[str, Any]:
        file = self._files.get(submission.file_id) if submission.file_id else None
        return detail(submission, file, self._clock.now())


ROUTES = (
    Route(
        "GET",
        "/v1/submissions",
        Scope.READ,
        name="listSubmissions",
        summary="Submissions, newest first",
        tag="submissions",
        query=ListSubmissions,
        answer=Answer(SubmissionPage, "One page."),
        handle=Submissions.page,
    ),
    Route(
        "GET",
        "/v1/submissions/{submissionId}",
        Scope.READ,
        name="getSubmission",
        summary="One submission with its payload and attempts",
        tag="submissions",
        parameters=(_ID,),
        answer=Answer(ShownSubmission, "The submission."),
        handle=Submissions.get,
    ),
    Route(
        "POST",
        "/v1/submissions/{submissionId}/withdraw-marketing-consent",
        Scope.WRITE,
        name="withdrawMarketingConsent",
        summary="Note that a parent withdraws the marketing consent, and delete the traces of the browser",
        description="Safe to repeat. What Lark has already stays there; what it has not goes without.",
        tag="submissions",
        parameters=(_ID,),
        raises=(ConflictError,),
        answer=Answer(ShownSubmission, "It is withdrawn."),
        handle=Submissions.withdraw,
    ),
    Route(
        "POST",
        "/v1/submissions/{submissionId}/retry",
        Scope.RETRY,
        name="retrySubmission",
        summary="Make a failed or dead submission due now, or send a sent one again; within a minute",
        description="`again` sends what Lark has had already, under a new token and as another `resend`.",
        tag="submissions",
        parameters=(_ID,),
        body=optional_body_of(RetrySubmission),
        raises=(ConflictError,),
        answer=Answer(SubmissionSummary, "It is due."),
        handle=Submissions.retry,
    ),
    Route(
        "POST",
        "/v1/submissions/retry",
        Scope.RETRY,
        name="retrySubmissions",
        summary="Make failed and dead submissions due now, or send sent ones again, or count them",
        description="Sent ones only if `larkStatus` is `sent`: each is sent once more, under a new token.",
        tag="submissions",
        body=body_of(RetrySubmissions),
        answer=Answer(MatchCount | RetryReport, "Done, or counted."),
        handle=Submissions.retry_many,
    ),
    Route(
        "POST",
        "/v1/submissions/discard",
        Scope.RETRY,
        name="discardSubmissions",
        summary="Never send failed, dead and held submissions, or count them; restored within 30 days",
        description="What is being sent is skipped. Without `ids` a filter must be given.",
        tag="submissions",
        body=body_of(DiscardSubmissions),
        answer=Answer(MatchCount | DiscardReport, "Done, or counted."),
        handle=Submissions.discard,
    ),
    Route(
        "POST",
        "/v1/submissions/restore",
        Scope.RETRY,
        name="restoreSubmissions",
        summary="Make discarded submissions due now, or count them",
        description="Without `ids` a filter must be given.",
        tag="submissions",
        body=body_of(RestoreSubmissions),
        answer=Answer(MatchCount | RestoreReport, "Done, or counted."),
        handle=Submissions.restore,
    ),
    Route(
        "POST",
        "/v1/submissions/{submissionId}/release",
        Scope.RETRY,
        name="releaseSubmission",
        summary="Let a held submission go; it is sent within a minute",
        tag="submissions",
        parameters=(_ID,),
        raises=(ConflictError,),
        answer=Answer(SubmissionSummary, "It is due."),
        handle=Submissions.release,
    ),
    Route(
        "POST",
        "/v1/submissions/release",
        Scope.RETRY,
        name="releaseSubmissions",
        summary="Let held submissions go, or count them",
        description="Without `ids` a filter must be given.",
        tag="submissions",
        body=body_of(ReleaseSubmissions),
        answer=Answer(MatchCount | ReleaseReport, "Done, or counted."),
        handle=Submissions.release_many,
    ),
)


def _filter(
    asked: ListSubmissions | RetrySubmissions | ReleaseSubmissions | DiscardSubmissions | RestoreSubmissions,
    statuses: Sequence[Status],
) -> Filter[Submission]:
    times = asked if isinstance(asked, ManyOfTime) else None
    return Filter(
        partitions=tuple(FormType) if asked.form_type is None else (asked.form_type,),
        statuses=statuses,
        since=(times and times.from_) or "",
        before=times and times.to,
    )


def _statuses(word: str | None, otherwise: Sequence[Status]) -> Sequence[Status]:
    return otherwise if word is None else (Status(word),)
