"""The backlog of deliveries, which go to many destinations."""

import itertools
import math
import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from larkbridge.clock import Clock, to_text
from larkbridge.observability import count, logger
from larkbridge.sending.delivery_attempts import Targets
from larkbridge.sending.workers import Workers
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.targets.policies import DELIVERY
from larkbridge.work import states
from larkbridge.work.drain import Drain, Report
from larkbridge.work.due import note_cut, survey

SIDE_BY_SIDE = 16
"""So many destinations are drained at the same time: most of the time goes by in waiting for them."""

MORE_THAN_ONE_ATTEMPT = timedelta(seconds=10)
"""A destination's share of a run is no less than what one attempt may take, and this."""


class DeliveryBacklog:
    """Sends the deliveries that are due, each destination's in the order in which they fell due.

    Parameters
    ----------
    workers
        Drain `SIDE_BY_SIDE` destinations at once.
    """

    def __init__(
        self,
        store: DeliveryStore,
        targets: Targets,
        drain: Drain,
        clock: Clock,
        rng: random.Random,
        workers: Workers,
    ) -> None:
        self._store = store
        self._targets = targets
        self._drain = drain
        self._clock = clock
        self._rng = rng
        self._workers = workers

    def run(self, *, seconds: float) -> Report:
        """Send what is due, destination by destination in no order; see `Drain.run`.

        Destinations are drained side by side and each gets a share of the time, so that a slow one delays
        none and starves none. An unexpected error ends its destination's share, and is raised once all of
        them have had theirs.
        """
        ends = self._clock.now() + timedelta(seconds=seconds)
        lanes = self._due_lanes(ends - DELIVERY.margin)
        self._rng.shuffle(lanes)
        reports: list[Report] = []
        waiting = len(lanes)

        def drain(head: Delivery, left: int) -> None:
            reports.append(self._drain_lane(head, left, ends))

        runs = [
            self._workers.start(partial(drain, head, waiting - number)) for number, head in enumerate(lanes)
        ]
        while running := [run for run in runs if not run.done()]:
            self._workers.wait(running, None)
        for run in runs:
            run.result()
        return sum(reports, Report())

    def _due_lanes(self, stop_at: datetime) -> list[Delivery]:
        """Return the first delivery of each destination that has any due."""
        found = survey(self._store, (), DELIVERY, "OldestDeliveryAge", self._clock, stop_at)
        now = self._clock.now()
        return [head for head in found.heads if states.is_due(head, now)]

    def _drain_lane(self, head: Delivery, left: int, ends: datetime) -> Report:
        """Drain the destination of `head`, one of the `left` whose turn has not come yet."""
        now, skipped = self._clock.now(), Report()
        due = self._known(self._store.due(head.destination, to_text(now)), skipped, ends - DELIVERY.margin)
        first = next(due, None)
        if first is None:
            return skipped
        attempts = self._targets[first.target]
        if not attempts.target.configured:
            return skipped + Report(stopped="not_configured")
        share = (ends - now) / math.ceil(left / SIDE_BY_SIDE)
        return skipped + self._drain.run(
            itertools.chain([first], due),
            lambda delivery: self._targets[delivery.target],
            head.destination,
            attempts.target.requests_per_second,
            ends=min(ends, now + max(share, attempts.policy.margin + MORE_THAN_ONE_ATTEMPT)),
        )

    def _known(self, due: Iterable[Delivery], skipped: Report, stop_at: datetime) -> Iterator[Delivery]:
        """Yield the deliveries whose target this version knows; the others wait for one that does.

        It reads past those until `stop_at` and no longer.
        """
        for delivery in due:
            if delivery.target in self._targets:
                yield delivery
                continue
            logger.warning("target not known", deliveryId=delivery.id, target=delivery.target)
            count("DeliveriesUnreadable")
            skipped.skipped += 1
            if self._clock.now() > stop_at:
                note_cut(DELIVERY)
                return
