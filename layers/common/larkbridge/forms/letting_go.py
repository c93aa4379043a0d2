"""What belongs to a held form's going out: its row, the form that it replaces."""

from collections.abc import Sequence
from functools import cache, partial

from larkbridge.clock import Clock
from larkbridge.errors import ConflictError
from larkbridge.forms.corrections import Places
from larkbridge.forms.feed import form_feed
from larkbridge.settings import FeedSettings
from larkbridge.store.submissions import Submission
from larkbridge.store.table import Action
from larkbridge.work.admin_moves import was_never_let_go
from larkbridge.work.moving import FollowUps


class LettingGo:
    """Returns what a held form brings about when it is let go, as any other form does when it is stored."""

    def __init__(self, places: Places, feeds: FeedSettings, clock: Clock) -> None:
        self._places = places
        self._feed = cache(partial(form_feed, settings=feeds, clock=clock))
        self._clock = clock

    def __call__(self, summary: Submission) -> FollowUps:
        """Return it, nothing for a form from which it has followed already.

        Raises
        ------
        ConflictError
            When what the form corrects was corrected by a later one, which is to stay.
        """
        whole = self._places.store.get(summary.id) if was_never_let_go(summary) else None
        if whole is None:
            return FollowUps()
        feed = self._feed(whole.form_type)
        return self._replacing(whole, feed(whole.id, whole.document) if feed else ())

    def _replacing(self, submission: Submission, fed: Sequence[Action]) -> FollowUps:
        replaces = submission.document["replaces"]
        first = self._places.store.get(replaces) if replaces else None
        taken = self._places.taken_with(first) if first else []
        originals = [one for one in taken if one.id != submission.id]  # it may be let go this moment
        if not originals:
            return FollowUps(spare=fed)
        if any(original.submitted_at > submission.submitted_at for original in originals):
            raise ConflictError("a later form has corrected the same one")
        taking = self._places.taking(originals, submission, self._clock.now())
        fields = {name: getattr(taking.submission, name) for name in ("payload", "file_id", "file_followed")}
        return FollowUps(fields, [*taking.replacing, *taking.moves], [*fed, *taking.forgetting])
