"""A form that corrects an earlier one: staff see one case, and what has not left yet is never sent."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError, ConflictError
from larkbridge.forms.settling import WAIT, settled
from larkbridge.observability import logger
from larkbridge.store.marketing_consent import MarketingConsentStore
from larkbridge.store.submissions import Submission, SubmissionStore, to_json
from larkbridge.store.table import Action
from larkbridge.store.work import UNDER_WAY, Status
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work.admin_moves import was_never_let_go
from larkbridge.work.replacement import give_way

_MOST_STEPS = 20
"""So many held forms in a row are followed, and so often an original may move while it is replaced."""


class Correction:
    """Stores a form in place of the one that it says it corrects.

    That one must be of the same form and of the same phone number; otherwise the form is stored as one that
    corrects nothing. Where others have corrected it meanwhile, the form takes the place of the last of them;
    and with that of a held one, the place of what that corrects (`taken_with`).
    What is being sent is waited for, 6 s at most. The traces of what is replaced are deleted:
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
        self._first = first
        self._originals = self._settled()

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
        for _ in range(_MOST_STEPS):
            originals = [*itertools.takewhile(lambda one: one.id != submission.id, self._originals)]
            if not originals:
                return submission, self._store.add_with(submission, actions, spare)
            if submission.held_for:
                named = _naming(submission, originals[0].id)
                return named, self._store.add_with(named, actions, spare)
            named, replacing = taking_their_places(self._store, originals, submission, self._clock.now())
            forgetting = [self._consents.forget_action(original.id) for original in originals]
            try:
                return named, self._store.add_with(named, actions, [*spare, *forgetting], replacing)
            except ConflictError:
                self._originals = self._settled()
        raise AwsUnavailableError("the form that is corrected moves again and again")

    def _settled(self) -> list[Submission]:
        """Return what it replaces, once no attempt at it is under way."""
        originals = taken_with(self._store, self._first) if self._first else []
        return [settled(self._store, original, self._clock, self._until) for original in originals]


def taken_with(store: SubmissionStore, first: Submission) -> list[Submission]:
    """Return all whose places one takes that corrects `first`, the nearest before the others.

    That is the last one that has corrected `first`. A form that was never let go has taken nobody's place:
    so what it corrects comes along, and so on, up to 20 forms.
    """
    found: dict[str, Submission] = {}
    named = first.id
    while named and len(found) < _MOST_STEPS:
        earlier = store.get(named)
        original = earlier and store.latest(earlier)
        if original is None or original.id in found:  # moved since the one that names it was read
            break
        found[original.id] = original
        named = original.document["replaces"] if was_never_let_go(original) else ""
    return [*found.values()]


def taking_their_places(
    store: SubmissionStore, originals: Sequence[Submission], submission: Submission, now: datetime
) -> tuple[Submission, list[Action]]:
    """Return a submission that tells Lark what it replaces, and the writes that keep that from being sent.

    For what Lark has never had it tells what that one replaces in its turn.
    """
    furthest = originals[-1]
    may_be_there = (
        furthest.status == Status.SENT
        or furthest.status in UNDER_WAY
        or furthest.resend
        or furthest.first_unknown_at
    )
    replaces = furthest.id if may_be_there else furthest.document["replaces"] or furthest.id
    changes = [(original, give_way(original, submission.id, SUBMISSION, now)) for original in originals]
    replacing = [store.replace_action(one, change.fields, change.attempts) for one, change in changes]
    return _naming(submission, replaces), replacing


def _naming(submission: Submission, replaces: str) -> Submission:
    return replace(submission, payload=to_json(json.loads(submission.payload) | {"replaces": replaces}))
