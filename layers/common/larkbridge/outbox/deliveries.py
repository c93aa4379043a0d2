"""The outbox of everything but forms: deliveries to several targets, by one state machine."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import override

from larkbridge.clock import Clock, from_text
from larkbridge.observability import gauge_seconds
from larkbridge.outbox.attempts import Attempted, Attempts
from larkbridge.outbox.drain import Drain, Report, only_due
from larkbridge.outbox.targets.target import Target
from larkbridge.store.deliveries import RETENTION, Delivery, DeliveryStore
from larkbridge.store.table import Action

MAX_SCANNED = 10_000
"""Of one target; one run sorts so many that are due by destination."""

MAX_PER_DESTINATION = 200
"""In one run."""

MIN_SHARE = 35.0
"""Seconds: what one attempt may take, and ten more."""


class _TargetAttempts(Attempts[Delivery]):
    def __init__(self, store: DeliveryStore, target: Target, clock: Clock, rng: random.Random) -> None:
        kind = ("delivery", "Deliveries")
        window = target.token_window
        super().__init__(store, target.send, clock, rng, kind=kind, token_window=window, retention=RETENTION)
        self._deliveries = store
        self._target = target

    @override
    def _also(self, work: Delivery, attempted: Attempted) -> list[Action]:
        # What is given up for its attempts comes from the index, which carries no content.
        whole = work if work.content else self._deliveries.get(work.id) or work
        return [self._deliveries.put_action(one) for one in self._target.follow_ups(whole, attempted)]


def _measured(oldest_first: Iterator[Delivery], now: datetime) -> Iterator[Delivery]:
    for position, delivery in enumerate(oldest_first):
        if position == 0:
            gauge_seconds("OldestDeliveryAge", (now - from_text(delivery.created_at)).total_seconds())
        yield delivery


class DeliveryOutbox:
    """Sends deliveries: one when it is asked to, and whatever is due.

    Guarantee: a delivery that is stored ends up sent or dead, and so does everything that follows from it.
    """

    def __init__(
        self,
        store: DeliveryStore,
        targets: Sequence[Target],
        drain: Drain,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._store = store
        self._targets = {target.name: target for target in targets}
        self._attempts = {one.name: _TargetAttempts(store, one, clock, rng) for one in targets}
        self._drain = drain
        self._clock = clock
        self._rng = rng

    def target_of(self, delivery: Delivery) -> Target | None:
        """Return what makes a delivery's call, None when this version knows no such target."""
        return self._targets.get(delivery.target)

    def attempt(self, delivery: Delivery, owner: str) -> None:
        """Make one attempt at a delivery, unless somebody else has it.

        Raises
        ------
        AwsUnavailableError
            When it cannot be taken, or its outcome not be written: it stays due.
        """
        attempts = self._attempts[delivery.target]
        if held := attempts.claim(delivery, owner):
            attempts.attempt(held)

    def run(self, *, owner: str, seconds: float) -> Report:
        """Send what is due, destination by destination in no order; see `Drain.run`.

        Each destination gets a share of the time, so that a slow one delays the others and starves none. An
        unexpected error ends its destination's share, and is raised once all of them have had theirs.
        """
        report, ends = Report(), self._clock.now() + timedelta(seconds=seconds)
        lanes = [(name, *lane) for name in self._targets for lane in self._due(name).items()]
        self._rng.shuffle(lanes)
        errors: list[Exception] = []
        for number, (name, destination, due) in enumerate(lanes):
            left = (ends - self._clock.now()).total_seconds()
            share = min(left, max(left / (len(lanes) - number), MIN_SHARE))
            attempts, target = self._attempts[name], self._targets[name]
            try:
                report += self._drain.run(due, attempts, destination, target, owner=owner, seconds=share)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return report

    def _due(self, target: str) -> dict[str, list[Delivery]]:
        """Return what is due by its destination, the oldest of each."""
        by_destination = defaultdict[str, list[Delivery]](list)
        now = self._clock.now()
        due = only_due(_measured(self._store.backlog([target]), now), now)
        for delivery in islice(due, MAX_SCANNED):
            waiting = by_destination[delivery.destination]
            if len(waiting) < MAX_PER_DESTINATION:
                waiting.append(delivery)
        return by_destination
