"""A form's way in, whoever posts it: check it, store it, then try to hand it to Lark."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from larkbridge.clock import HO_CHI_MINH, Clock, to_text
from larkbridge.errors import ConflictError, InvalidFieldsError
from larkbridge.forms.address_limits import AddressLimits
from larkbridge.forms.attachment import Attachments
from larkbridge.forms.feed import Feed
from larkbridge.forms.fields import overlong_fields
from larkbridge.forms.filled_in import Arrival, FilledIn
from larkbridge.forms.form import Form, typed_names
from larkbridge.forms.put_off import due_now, held
from larkbridge.forms.robot_signs import Evidence, robot_signs
from larkbridge.forms.wording import FORM, KEY_REUSED, TOO_MUCH, Language, by_field
from larkbridge.ids import derived_id
from larkbridge.observability import count, logger
from larkbridge.store.submissions import MARKETING, PROCESSING, Submission, SubmissionStore, to_json
from larkbridge.store.table import Action
from larkbridge.store.work import Status
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work.attempts import Attempts, Gate

if TYPE_CHECKING:
    from larkbridge.forms.corrections import Correction
    from larkbridge.forms.turnstile import Turnstile
    from larkbridge.forms.twins import Slot


class Taken(NamedTuple):
    """A form that is stored, now or before with the same key, and whether Lark has it."""

    submission: Submission
    sent: bool


class KeyReusedError(ConflictError):
    """The key of a form was used for `earlier`, which has other content or has been replaced."""

    def __init__(self, earlier: Submission) -> None:
        super().__init__(KEY_REUSED.vi)
        self.earlier = earlier


class Submit:
    """Takes one form.

    Guarantee: once `take` returns, the submission is stored and will end up sent or dead. When it raises,
    nothing was stored as far as we know.

    Parameters
    ----------
    gate
        Says whether a first attempt may be made now.
    feed
        What is stored together with a submission, if anything is.
    limits
        Counts what comes from each address.
    turnstile
        Asks Cloudflare whether a person has posted, where that is switched on.
    traces_table
        Where the traces of those who agreed to marketing are kept.
    """

    def __init__(
        self,
        form: type[Form],
        store: SubmissionStore,
        attempts: Attempts[Submission],
        gate: Gate,
        clock: Clock,
        attachments: Attachments,
        feed: Feed | None = None,
        *,
        limits: AddressLimits,
        turnstile: "Turnstile | None",
        traces_table: str,
    ) -> None:
        self._form = form
        self._store = store
        self._attempts = attempts
        self._gate = gate
        self._clock = clock
        self._attachments = attachments
        self._feed = feed
        self.limits = limits
        self._turnstile = turnstile
        self._traces_table = traces_table

    def check(self, fields: dict[str, Any], language: Language = "vi") -> FilledIn:
        """Return the filled-in form; raises InvalidFieldsError in the words of a language."""
        today = self._clock.now().astimezone(HO_CHI_MINH).date()
        try:
            form = self._form.model_validate(fields, context={"today": today})
        except ValidationError as error:
            raise InvalidFieldsError(FORM.of(language), fields=by_field(error, language)) from None
        evidence = Evidence(form.honeypot, form.started_at, form.turnstile_token)
        version = form.consent_version or ""
        filled_in = FilledIn(form.to_fields(), form.submission_key, evidence, form.replaces, version)
        if overlong := overlong_fields(filled_in.fields):
            too_much = dict.fromkeys(overlong, TOO_MUCH.of(language))
            raise InvalidFieldsError(FORM.of(language), fields=too_much)
        return filled_in

    def take(self, filled_in: FilledIn, arrival: Arrival) -> Taken:
        """Store and send one form: three DynamoDB requests and one POST when all goes well.

        One more in ten seconds looks at Lark's state. While Lark is taken for down, or a backlog has
        its part of the clock, the form is stored as due and not sent; one that a robot may have sent is
        held, and nothing follows from it. The same idempotency key and content answers for the first
        submission again, and so does the same content from another tab.

        Raises
        ------
        KeyReusedError
            When the key was used with other content, or what it was used for has been replaced.
        TooManyRequestsError
            When too many have come from this address.
        AwsUnavailableError
            When the submission cannot be stored.
        """
        slot = self._slot(filled_in) if arrival.page and not filled_in.replaces else None
        counted = self.limits.counted(arrival.request, self._clock.now(), slot)
        if slot and (twin := slot.twin(counted.remembered, self._store)):
            return Taken(twin, self._outcome_of(twin))
        correction = self._correction(filled_in, filled_in.replaces) if filled_in.replaces else None
        now, typed = self._clock.now(), filled_in.fields
        file_id = typed.get("attachmentId")
        link = self._attachments.link(file_id, arrival.request.domain) if file_id else ""
        filled_in = filled_in._replace(fields=typed | {"attachmentLink": link})
        submission = new_submission(self._form, filled_in, arrival, now)
        if signs := self._robot_signs(filled_in, submission.id, now):
            held_back, submission = "held", held(submission, signs)
            logger.info("form held", submissionId=submission.id, signs=signs)
        elif held_back := "many_from_address" if counted.is_later else self._gate.held_back(now):
            submission = due_now(submission, held_back, later=counted.is_later)
        feed = None if submission.held_for else self._feed
        moves = self._attachments.moves(submission, filled_in.replaces, now) if link else ()
        traces = self._traces(submission, arrival, now) if typed["marketingConsent"] else ()
        spare = [*(feed(submission.submission_id, typed) if feed else ()), *traces]
        if correction:
            submission, earlier = correction.add(submission, moves, spare)
        else:
            store = self._store
            earlier = store.add_with(submission, moves, spare) if moves or spare else store.add(submission)
        if earlier is None:
            sent = held_back is None and self._attempts.attempt_at_once(submission)
            count("SubmissionsAccepted")
            if submission.held_for:
                count("SubmissionsHeld")
            return Taken(submission, sent)
        if earlier.content_hash != submission.content_hash or earlier.replaced_by:
            raise KeyReusedError(earlier)
        return Taken(earlier, self._outcome_of(earlier))

    def _robot_signs(self, filled_in: FilledIn, submission_id: str, now: datetime) -> list[str]:
        signs = [*robot_signs(filled_in.evidence, filled_in.fields, now)]
        if self._turnstile and not signs:
            sign = self._turnstile.sign(filled_in.evidence.turnstile_token, submission_id)
            signs += [sign] if sign else []
        return signs

    def _slot(self, filled_in: FilledIn) -> "Slot":
        from larkbridge.forms.twins import Slot  # for pages only

        return Slot.of(*identity_of(self._form, filled_in))

    def _correction(self, filled_in: FilledIn, replaces: str) -> "Correction":
        from larkbridge.forms.corrections import Correction, Places  # few forms correct another one
        from larkbridge.store.marketing_consent import MarketingConsentStore

        consents = MarketingConsentStore(self._store, self._traces_table)
        places = Places(self._store, consents, self._attachments)
        phone = filled_in.fields["parentPhone"]
        return Correction(places, self._clock, replaces, self._form.form_type, phone)

    def _traces(self, submission: Submission, arrival: Arrival, now: datetime) -> Sequence[Action]:
        from larkbridge.store.marketing_consent import MarketingConsentStore  # few parents give it

        store = MarketingConsentStore(self._store, self._traces_table)
        user_agent = arrival.request.headers.get("user-agent", "")
        return [store.traces_action(submission.id, user_agent, self.limits.address_of(arrival.request), now)]

    def _outcome_of(self, submission: Submission) -> bool:
        """Wait for the request that is sending this submission right now, a double click's first half."""
        from larkbridge.forms.settling import WAIT, settled  # few forms are sent twice

        until = self._clock.now() + WAIT
        return settled(self._store, submission, self._clock, until).status == Status.SENT


def identity_of(form: type[Form], filled_in: FilledIn) -> tuple[str, str]:
    """Return the hash of what was typed, and the submission's id: it follows from the key if there is one."""
    fields, key = filled_in.fields, filled_in.key
    typed = {name: fields[name] for name in fields if name in typed_names(form)}
    submission_id = derived_id("submission", form.form_type, key) if key else str(uuid.uuid4())
    return hashlib.sha256(to_json(typed).encode()).hexdigest(), submission_id


def new_submission(form: type[Form], filled_in: FilledIn, arrival: Arrival, now: datetime) -> Submission:
    """Return a submission as it is first stored: held by its own request, with the exact text to send."""
    fields = filled_in.fields
    content_hash, submission_id = identity_of(form, filled_in)
    submitted_at = to_text(now)
    known = {"formType": form.form_type, "submittedAt": submitted_at, "submissionId": submission_id}
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
        phone_key=fields["parentPhone"],
        payload=to_json(known | fields | {"replaces": "", "resend": ""}),
        content_hash=content_hash,
        client_token=submission_id,
        consents=_consents(filled_in, arrival, submitted_at),
        file_id=fields["attachmentId"] if fields.get("attachmentLink") else None,
    )


def _consents(filled_in: FilledIn, arrival: Arrival, at: str) -> list[dict[str, str]]:
    """Return what was agreed to, and on which page in which words, as far as that is known."""
    fields = filled_in.fields
    page = arrival.page or fields["eventSourceUrl"].partition("?")[0].partition("#")[0]
    shown = {"page": page, "textVersion": filled_in.consent_version}
    if arrival.page:
        shown["language"] = arrival.language
    kinds = (PROCESSING, MARKETING) if fields["marketingConsent"] else (PROCESSING,)
    return [{"kind": kind, "givenAt": at, **shown} for kind in kinds]
