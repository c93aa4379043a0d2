"""What the staff want to know in the morning: yesterday's forms, what fails or waits, what ends soon.

Counts alone: no name, no number and no id of anybody.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any, NamedTuple

from larkbridge.clock import HO_CHI_MINH, from_text, to_text
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.events import EventStore
from larkbridge.store.grants import StoredGrant, warned_from
from larkbridge.store.submissions import STATUSES, FormType, SubmissionStore
from larkbridge.store.tokens import TokenStore
from larkbridge.store.work import UNDER_WAY, Status
from larkbridge.store.work_store import WorkStore, queue_of
from larkbridge.targets.policies import TARGETS
from larkbridge.work.admin_moves import HELD_FOR

COUNTED = 500
"""Of each number: what is beyond is not counted."""
LOOKED_AT = 100
"""Grants."""
SOON = timedelta(days=7)
_DAY = timedelta(days=1)
_LATE = timedelta(minutes=5)
"""What was stored since may be under way as it should be."""
_WAITING = UNDER_WAY | {Status.RECEIVED, Status.FAILED}


class Counted(NamedTuple):
    """So many; `or_more` when that is all that was counted."""

    number: int
    or_more: bool = False

    @property
    def words(self) -> str:
        return f"{self.number}+" if self.or_more else str(self.number)


class Open(NamedTuple):
    """Of one kind of work: what was given up, and what is late and goes on by itself."""

    dead: Counted
    waiting: Counted


class Report(NamedTuple):
    """How things are in the morning.

    Attributes
    ----------
    day
        Yesterday, in Vietnam.
    forms
        Those that were filled in on that day.
    held, held_ending
        Forms that somebody has to look at, and of these what is discarded within a week.
    grants_ending
        People's and services' connections that end within a week, of those that are in use.
    """

    day: date
    forms: Mapping[FormType, Counted]
    submissions: Open
    events: Open
    deliveries: Open
    held: Counted
    held_ending: Counted
    grants_ending: Counted


class Stores(NamedTuple):
    """What is looked at."""

    submissions: SubmissionStore
    events: EventStore
    deliveries: DeliveryStore
    tokens: TokenStore


def report(stores: Stores, sources: Collection[str], now: datetime) -> Report:
    """Count.

    Three requests for each type of form, source and target at least; one more for each hundred entries that
    are counted, and one for each grant that is looked at.

    Parameters
    ----------
    sources
        Those that events come from.

    Raises
    ------
    AwsUnavailableError
        When something could not be read.
    """
    today = now.astimezone(HO_CHI_MINH).date()
    late = to_text(now - _LATE)
    submissions = stores.submissions
    held = [queue_of(form, Status.HELD) for form in FormType]
    ends = to_text(now + SOON - HELD_FOR)
    return Report(
        day=today - _DAY,
        forms={form: _of_day(submissions, form, today - _DAY) for form in FormType},
        submissions=_open(submissions, FormType, late),
        events=_open(stores.events, sources, late),
        deliveries=_open(stores.deliveries, TARGETS, late),
        held=counted(submissions.listed(FormType, {Status.HELD}, None)),
        held_ending=counted(one for queue in held for one in submissions.fresh(queue, ends)),
        grants_ending=counted(_grants_ending(stores.tokens, now)),
    )


def _of_day(submissions: SubmissionStore, form: FormType, day: date) -> Counted:
    begins, ends = (to_text(datetime.combine(one, time(), HO_CHI_MINH)) for one in (day, day + _DAY))
    found = submissions.listed([form], STATUSES, ends)
    of_day = takewhile(lambda one: one.sort_key >= begins, found)
    return counted(of_day)


def _open(store: WorkStore[Any], partitions: Collection[str], late: str) -> Open:
    waiting = (one for one in store.listed(partitions, _WAITING, late) if one.status in _WAITING)
    return Open(dead=counted(store.listed(partitions, {Status.DEAD}, None)), waiting=counted(waiting))


def _grants_ending(tokens: TokenStore, now: datetime) -> Iterator[StoredGrant]:
    """Yield the grants that end within a week: the keeper looks at each of them every day."""
    for owner in islice(tokens.due(now + _DAY), LOOKED_AT):
        grant = tokens.get(owner)
        if grant and not grant.ended_for and now >= warned_from(from_text(grant.granted_at)):
            yield grant


def counted(found: Iterable[object]) -> Counted:
    """Count up to `COUNTED`."""
    seen = sum(1 for _ in islice(found, COUNTED + 1))
    return Counted(min(seen, COUNTED), seen > COUNTED)
