"""What a held form brings about when it is let go, as any other form does when it is stored."""

from collections.abc import Sequence
from functools import cache, partial

from larkbridge.clock import Clock
from larkbridge.forms.feed import form_feed
from larkbridge.settings import FeedSettings
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.store.table import Action
from larkbridge.work.admin_moves import was_never_let_go


class FollowUps:
    """Returns the writes that belong to letting a form go; one request for a form that feeds a table."""

    def __init__(self, store: SubmissionStore, feeds: FeedSettings, clock: Clock) -> None:
        self._store = store
        self._feed = cache(partial(form_feed, settings=feeds, clock=clock))

    def __call__(self, summary: Submission) -> Sequence[Action]:
        """Return the writes, none for a form from which they have followed already."""
        feed = self._feed(summary.form_type) if was_never_let_go(summary) else None
        whole = self._store.get(summary.id) if feed else None
        return feed(whole.id, whole.document) if feed and whole else ()
