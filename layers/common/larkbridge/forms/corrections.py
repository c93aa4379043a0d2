"""A form that corrects an earlier one: staff see one case, and what has not left yet is never sent."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError, ConflictError
from larkbridge.forms.attachment import Attachments
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


class Taking(NamedTuple):
    """A submission that takes the places of others, and the writes that belong to that.

    `replacing` keeps the others from being sent. `moves` lets it have a file of theirs. `forgetting` deletes
    their traces: what a parent agrees to now is what the new one says.
    """

    submission: Submission
    replacing: Sequence[Action]
    moves: Sequence[Action]
    forgetting: Sequence[Action]


class Places:
    """Knows whose places a correction takes, and what belongs to taking them."""

    def __init__(
        self, store: SubmissionStore, consents: MarketingConsentStore, attachments: Attachments
    ) -> None:
        self.store = store
        self._consents = consents
        self._attachments = attachments

    def taken_with(self, first: Submission) -> list[Submission]:
        """Return all whose places one takes that corrects `first`, the nearest before the others.

        That is the last one that has corrected `first`. A form that was never let go has taken nobody's
        place: so what it corrects comes along, and so on, up to 20 forms.
        """
        found: dict[str, Submission] = {}
        named = first.id
        while named and len(found) < _MOST_STEPS:
            earlier = self.store.get(named)
            original = earlier and self.store.latest(earlier)
            if original is None or original.id in found:  # moved since the one that names it was read
                break
            found[original.id] = original
            named = original.document["replaces"] if was_never_let_go(original) else ""
        return [*found.values()]

    def taking(self, originals: Sequence[Submission], submission: Submission, now: datetime) -> Taking:
        """Return a submission in the places of all these.

        It tells Lark what it replaces; for what Lark has never had, what that one replaces in its turn. It
        has the file that followed the nearest of them, unless it has one itself.
        """
        moves: Sequence[Action] = ()
        submission = _naming(submission, _known_to_lark(originals[-1]))
        followed = next((original for original in originals if original.file_followed), None)
        if followed and not submission.document.get("attachmentId"):
            submission = _with_file_of(followed, submission)
            moves = self._attachments.moves(submission, followed.id, now)
        changes = [(original, give_way(original, submission.id, SUBMISSION, now)) for original in originals]
        return Taking(
            submission,
            [self.store.as_seen_action(one, change.fields, change.attempts) for one, change in changes],
            moves,
            [self._consents.forget_action(original.id) for original in originals],
        )


class Correction:
    """Stores a form in place of the one that it says it corrects.

    That one must be of the same form and of the same phone number; otherwise the form is stored as one that
    corrects nothing. Where others have corrected it meanwhile, the form takes the place of the last of them;
    and with that of a held one, the place of what that corrects (`Places`). What is being sent is waited for,
    6 s at most. A held form takes nobody's place: whoever lets it go sees to that.
    """

    def __init__(self, places: Places, clock: Clock, replaces: str, form_type: str, phone: str) -> None:
        self._places = places
        self._clock = clock
        self._until = clock.now() + WAIT
        first = places.store.get(replaces)
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
        store = self._places.store
        for _ in range(_MOST_STEPS):
            originals = [*itertools.takewhile(lambda one: one.id != submission.id, self._originals)]
            if not originals:
                return submission, store.add_with(submission, actions, spare)
            if submission.held_for:
                named = _naming(submission, originals[0].id)
                return named, store.add_with(named, actions, spare)
            taking = self._places.taking(originals, submission, self._clock.now())
            needed, others = [*actions, *taking.moves], [*spare, *taking.forgetting]
            try:
                earlier = store.add_with(taking.submission, needed, others, taking.replacing)
            except ConflictError:
                self._originals = self._settled()
            else:
                return taking.submission, earlier
        raise AwsUnavailableError("the form that is corrected moves again and again")

    def _settled(self) -> list[Submission]:
        """Return what it replaces, once no attempt at it is under way."""
        originals = self._places.taken_with(self._first) if self._first else []
        return [settled(self._places.store, original, self._clock, self._until) for original in originals]


def _known_to_lark(original: Submission) -> str:
    """Return the id by which Lark may know a form, or what that one replaces."""
    may_be_there = (
        original.status == Status.SENT
        or original.status in UNDER_WAY
        or original.resend
        or original.first_unknown_at
    )
    return original.id if may_be_there else original.document["replaces"] or original.id


def _naming(submission: Submission, replaces: str) -> Submission:
    return _changed(submission, {"replaces": replaces})


def _with_file_of(original: Submission, submission: Submission) -> Submission:
    file = {name: original.document[name] for name in ("attachmentId", "attachmentLink")}
    return replace(_changed(submission, file), file_id=original.file_id, file_followed=True)


def _changed(submission: Submission, changes: Mapping[str, str]) -> Submission:
    """Return a submission with some fields of its document changed."""
    return replace(submission, payload=to_json(json.loads(submission.payload) | changes))
