"""A form's way in: read and check it, store it, then try to hand it to Lark, then answer."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

from pydantic import ValidationError

from larkbridge.apigateway import RouteTable, Served
from larkbridge.clock import HO_CHI_MINH, Clock, to_text
from larkbridge.errors import (
    AwsUnavailableError,
    BadRequestError,
    ConflictError,
    InvalidFieldsError,
    LarkbridgeError,
    RepeatedFieldsError,
)
from larkbridge.forms import wording
from larkbridge.forms.feed import Feed
from larkbridge.forms.fields import MAX_KEY_LENGTH, fault_of, overlong_fields
from larkbridge.forms.form import Form, typed_names
from larkbridge.http_exchange import Response, respond_error
from larkbridge.ids import derived_id
from larkbridge.observability import count, logger
from larkbridge.routes import HTML_FORM, JSON, Answer, Body, Call, Parameter, Refusal, Route
from larkbridge.shapes import Note, Uuid
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.store.work import Status
from larkbridge.targets.lark_form import to_json
from larkbridge.targets.policies import SUBMISSION
from larkbridge.text import line
from larkbridge.work.attempts import Attempts, Gate

_WAIT_FOR_OTHER = timedelta(seconds=6)
_LOOK_EVERY = 0.25
_IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "A random UUID for each opened form. The same key and content answers the first submission again, also "
    "when the page adds something (utm…, fbp, fbc, eventSourceUrl); other content is a 409.",
    "header",
    Annotated[str, Note(maxLength=MAX_KEY_LENGTH)],
    "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10",
)


class Receipt(TypedDict):
    ok: Literal[True]
    submissionId: Uuid
    larkStatus: Annotated[Literal["sent", "failed"], Note("`failed`: stored, and sent to Lark later.")]


class FilledIn(NamedTuple):
    """A form that is good: its fields as Lark receives them, and the client's own idempotency key."""

    fields: dict[str, Any]
    key: str | None


class Arrival(NamedTuple):
    """How a form came in, beside what was typed.

    Parameters
    ----------
    page
        The path of the page that it was typed on, empty for a caller that posts by itself.
    language
        `vi` or `en`: what that page was in.
    robot_signs
        Why a robot may have filled it in.
    """

    address: str = ""
    user_agent: str = ""
    page: str = ""
    language: str = "vi"
    robot_signs: tuple[str, ...] = ()


class Taken(NamedTuple):
    """A form that is stored, now or before with the same key, and whether Lark has it."""

    submission: Submission
    sent: bool


class KeyReusedError(ConflictError):
    """The idempotency key of a form was used with other content, which `earlier` has."""

    def __init__(self, earlier: Submission) -> None:
        super().__init__(wording.KEY_REUSED)
        self.earlier = earlier


class Submit:
    """Serves one form's route.

    Guarantee: once `submit` returns, the submission is stored and will end up sent or dead. When it raises,
    nothing was stored as far as we know.

    Parameters
    ----------
    gate
        Says whether a first attempt may be made now.
    feed
        What is stored together with a submission, if anything is.
    """

    def __init__(
        self,
        form: type[Form],
        store: SubmissionStore,
        attempts: Attempts[Submission],
        gate: Gate,
        clock: Clock,
        feed: Feed | None = None,
    ) -> None:
        self._form = form
        self._store = store
        self._attempts = attempts
        self._gate = gate
        self._clock = clock
        self._feed = feed

    def check(self, fields: dict[str, Any]) -> FilledIn:
        """Return the filled-in form; raises InvalidFieldsError in the words of the parent's language."""
        today = self._clock.now().astimezone(HO_CHI_MINH).date()
        try:
            form = self._form.model_validate(fields, context={"today": today})
        except ValidationError as error:
            raise InvalidFieldsError(wording.FORM, fields=wording.by_field(error)) from None
        filled_in = FilledIn(form.to_fields(), form.submission_key)
        if overlong := overlong_fields(filled_in.fields):
            raise InvalidFieldsError(wording.FORM, fields=dict.fromkeys(overlong, wording.TOO_MUCH))
        return filled_in

    def submit(self, call: Call[None, FilledIn]) -> Receipt:
        """Take a form from a caller that posts by itself; see `take`."""
        request, filled_in = call.request, call.body
        if header := request.headers.get("idempotency-key"):
            filled_in = filled_in._replace(key=_key(header, filled_in.key))
        arrival = Arrival(request.source_ip, request.headers.get("user-agent", ""))
        submission, sent = self.take(filled_in, arrival)
        return {
            "ok": True,
            "submissionId": submission.submission_id,
            "larkStatus": "sent" if sent else "failed",
        }

    def take(self, filled_in: FilledIn, arrival: Arrival) -> Taken:
        """Store and send one form: two DynamoDB requests and one POST when all goes well.

        A third request in ten seconds looks at Lark's state. While Lark is taken for down, or a backlog has
        its part of the clock, the form is stored as due and not sent. The same idempotency key and content
        answers for the first submission again.

        Raises
        ------
        KeyReusedError
            When the key was used with other content.
        AwsUnavailableError
            When the submission cannot be stored.
        """
        now = self._clock.now()
        submission = new_submission(self._form, filled_in, now)
        if held_back := self._gate.held_back(now):
            submission = _due_now(submission, held_back)
        fed = self._feed(submission.submission_id, filled_in.fields) if self._feed else ()
        earlier = self._store.add_with(submission, fed) if fed else self._store.add(submission)
        if earlier is None:
            sent = held_back is None and self._attempts.attempt_at_once(submission)
            count("SubmissionsAccepted")
            return Taken(submission, sent)
        if earlier.content_hash != submission.content_hash:
            raise KeyReusedError(earlier)
        return Taken(earlier, self._outcome_of(earlier))

    def _outcome_of(self, submission: Submission) -> bool:
        """Wait for the request that is sending this submission right now, a double click's first half."""
        until = self._clock.now() + _WAIT_FOR_OTHER
        while submission.status == Status.PENDING and self._clock.now() < until:
            self._clock.sleep(_LOOK_EVERY)
            try:
                submission = self._store.get(submission.submission_id) or submission
            except AwsUnavailableError as error:
                logger.warning("outcome not readable", error=error.message)
                return False
        return submission.status == Status.SENT


def form_endpoint(form: type[Form], submit: Submit) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler that takes `form`; it answers 200 once it is stored, whatever Lark did."""
    return RouteTable([], otherwise=Served(form_route(form), submit)).handler()


def form_route(form: type[Form]) -> Route[Submit, None, FilledIn]:
    """Return the route of a form."""
    return Route(
        "POST",
        form.path,
        None,
        name=f"submit{form.__name__}",
        summary=form.title,
        tag="forms",
        parameters=(_IDEMPOTENCY_KEY,),
        body=Body(form, Submit.check, (JSON, HTML_FORM)),
        answer=Answer(Receipt, "Stored; it will reach Lark."),
        raises=(KeyReusedError, LarkbridgeError),
        refusal=Refusal(_refuse),
        handle=Submit.submit,
    )


def new_submission(form: type[Form], filled_in: FilledIn, now: datetime) -> Submission:
    """Return a submission as it is first stored: held by its own request, with the exact text to send."""
    fields, key = filled_in
    submission_id = derived_id("submission", form.form_type, key) if key else str(uuid.uuid4())
    submitted_at = to_text(now)
    known = {"formType": form.form_type, "submittedAt": submitted_at, "submissionId": submission_id}
    typed = {name: fields[name] for name in fields if name in typed_names(form)}
    return Submission(
        submission_id=submission_id,
        form_type=form.form_type,
        sort_key=f"{submitted_at}#{submission_id}",
        submitted_at=submitted_at,
        status=Status.PENDING,
        attempt_count=1,
        attempted_at=submitted_at,
        next_attempt_at=to_text(now + SUBMISSION.head_start),
        lease_owner=str(uuid.uuid4()),
        contact_name=fields["parentName"],
        contact_phone=fields["parentPhone"],
        payload=to_json(known | fields | {"resend": ""}),
        content_hash=hashlib.sha256(to_json(typed).encode()).hexdigest(),
        client_token=submission_id,
    )


def _due_now(submission: Submission, reason: str) -> Submission:
    """Return a submission that its own request does not send: due at once, for the retry job."""
    return replace(
        submission,
        status=Status.FAILED,
        attempt_count=0,
        attempted_at=None,
        next_attempt_at=submission.submitted_at,
        last_error={"reason": reason},
    )


def _key(header: str, typed: str | None) -> str | None:
    """Return the idempotency key that a header has, or the form's own field where it is blank."""
    if fault_of(header) or len(header := line(header)) > MAX_KEY_LENGTH:
        message = f"Idempotency-Key is over {MAX_KEY_LENGTH} characters, or has one that is not allowed"
        raise BadRequestError(message)
    if header and typed and header != typed:
        raise BadRequestError("Idempotency-Key and submissionKey differ")
    return header or typed


def _refuse(error: Exception, request_id: str) -> Response:
    """Return the answer to an error, to a field that is given twice in the parent's language too."""
    if isinstance(error, RepeatedFieldsError):
        repeated = dict.fromkeys(error.fields, wording.REPEATED)
        error = InvalidFieldsError(wording.FORM, fields=repeated)
    return respond_error(error, request_id)
