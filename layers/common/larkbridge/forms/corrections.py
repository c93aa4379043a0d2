"""A form that corrects an earlier one: staff see one case, and what has not left yet is never sent."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError, ConflictError
from larkbridge.forms.settling import WAIT, settled
from larkbridge.observability import logger
from larkbridge.store.marketing_consent import MarketingConsentStore
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.store.table import Action
from larkbridge.store.work import UNDER_WAY, Status
from larkbridge.targets.lark_form import to_json
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work.replacement import give_way

_MOST_STEPS = 20
"""So many corrections in a row are followed, and so often an original may move while it is replaced."""


class Correction:
    """Stores a form in place of the one that it says it corrects.

    That one must be of the same form and of the same phone number; otherwise the form is stored as one that
    corrects nothing. Where others have corrected it meanwhile, the form takes the place of the last of them.
    One that is being sent is waited for, 6 s at most. The traces of the one that is replaced are deleted:
    what a parent agrees to now is what the new one says. A held form
    takes nobody's place: whoever lets it go sees to that.
    """

    def __init__(
        self,
        store: SubmissionStore,
        consents: MarketingConsentStore,
        clock: Clock,
        replaces: str,
        form_type: str,
        phone: str,
    ) -> None:
        self._store = store
        self._consents = consents
        self._clock = clock
        self._until = clock.now() + WAIT
        first = store.get(replaces)
        if first is None or (first.form_type, first.contact_phone) != (form_type, phone):
            reason = "no such form" if first is None else "another form or phone number"
            logger.info("form corrects nothing", replaces=replaces, reason=reason)
            first = None
        self._original = first and self._settled(first)

    def add(
        self, submission: Submission, actions: Sequence[Action], spare: Sequence[Action]
    ) -> tuple[Submission, Submission | None]:
        """Store a submission as `SubmissionStore.add_with` does.

        Returns
        -------
        Submission
            As it is stored: Lark hears what it replaces.
        Submission or None
            The one that already has its id.

        Raises
        ------
        AwsUnavailableError
            When it cannot be stored.
        """
        original = self._original
        for _ in range(_MOST_STEPS):
            if original is None or original.id == submission.id:
                return submission, self._store.add_with(submission, actions, spare)
            if submission.held_for:
                return (named := _naming(submission, original.id)), self._store.add_with(
                    named, actions, spare
                )
            named, replacing = taking_its_place(self._store, original, submission, self._clock.now())
            forgetting = self._consents.forget_action(original.id)
            try:
                return named, self._store.add_with(named, actions, [*spare, forgetting], replacing)
            except ConflictError:
                original = self._settled(self._store.get(original.id) or original)
        raise AwsUnavailableError("the form that is corrected moves again and again")

    def _settled(self, original: Submission) -> Submission:
        """Return what has come of an original, or of the last one that has taken its place."""
        return settled(self._store, latest(self._store, original), self._clock, self._until)


def latest(store: SubmissionStore, original: Submission) -> Submission:
    """Return an original, or the last one that has taken its place."""
    for _ in range(_MOST_STEPS):
        newer = store.get(original.replaced_by) if original.replaced_by else None
        if newer is None:
            break
        original = newer
    return original


def taking_its_place(
    store: SubmissionStore, original: Submission, submission: Submission, now: datetime
) -> tuple[Submission, Action]:
    """Return a submission that tells Lark what it replaces, and the write that keeps that from being sent.

    For what Lark has never had it tells what that one replaces in its turn.
    """
    change = give_way(original, submission.id, SUBMISSION, now)
    may_be_there = (
        original.status == Status.SENT
        or original.status in UNDER_WAY
        or original.resend
        or original.first_unknown_at
    )
    replaces = original.id if may_be_there else original.document["replaces"] or original.id
    replacing = store.replace_action(original, change.fields, change.attempts)
    return _naming(submission, replaces), replacing


def _naming(submission: Submission, replaces: str) -> Submission:
    return replace(submission, payload=to_json(json.loads(submission.payload) | {"replaces": replaces}))
