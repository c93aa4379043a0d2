"""First attempts at deliveries that have just been stored: side by side, and at each destination's rate."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.observability import count, log_crash, logger
from larkbridge.sending.delivery_attempts import DeliveryOutbox
from larkbridge.sending.turns import SharedRate, Turns
from larkbridge.sending.workers import Running, Workers
from larkbridge.store.deliveries import Delivery
from larkbridge.store.destinations import Destination
from larkbridge.store.rate_limits import RateLimitStore
from larkbridge.targets.policies import DELIVERY
from larkbridge.work import circuit
from larkbridge.work.circuit import KnownStates
from larkbridge.work.share import others_turn

BUDGET = timedelta(seconds=5)
"""Of a batch, since the next one waits for it: nothing starts in it that is likely to end later."""


@dataclass(slots=True)
class _Lane:
    """The way to one destination.

    `longest` is what its slowest attempt of the batch took. Once one was `too_fast`, the drain sends
    the rest.
    """

    turns: Turns
    rate: SharedRate
    drained_until: datetime | None
    not_before: datetime
    waiting: deque[Delivery] = field(default_factory=deque)
    longest: timedelta = timedelta(0)
    too_fast: bool = False

    def next_start(self, now: datetime) -> datetime | None:
        """Return when its next attempt may start; None: not before another has ended, or never."""
        turn = self.turns.next_turn(now) if self.waiting and not self.too_fast else None
        if turn is None:
            return None
        turn = max(turn, self.not_before)
        return others_turn(turn) if self.drained_until and turn < self.drained_until else turn


class FirstAttempts:
    """Makes first attempts.

    Guarantee: none. Whatever is left out, or goes wrong, is due for the retry job a minute after it was
    stored; an attempt that both would make is made by the one that claims it.

    Parameters
    ----------
    workers
        At least as many as a batch has deliveries, so that none waits behind a slow one.
    """

    def __init__(
        self,
        outbox: DeliveryOutbox,
        states: KnownStates,
        limits: RateLimitStore,
        clock: Clock,
        workers: Workers,
    ) -> None:
        self.store = outbox.store
        self._outbox = outbox
        self._states = states
        self._limits = limits
        self._clock = clock
        self._workers = workers
        self._turns: dict[str, Turns] = {}

    def run(self, deliveries: Sequence[Delivery], *, owner: str) -> int:
        """Attempt each delivery once if that can be now; return how many attempts were started.

        Attempts at all destinations go on side by side, those at one as far as its rate lets them. Nothing
        goes to a destination whose circuit is not closed, or that has asked for a pause: its next request is
        the drain's to make.
        """
        batch = _Batch(self._outbox, self._clock, self._workers, self._clock.now() + BUDGET, owner)
        batch.drive(self._lanes(deliveries, batch.ends))
        logger.info("first attempts", announced=len(deliveries), started=batch.started)
        return batch.started

    def _lanes(self, deliveries: Sequence[Delivery], ends: datetime) -> list[_Lane]:
        """Return the ways to the destinations that may be called, each with its deliveries."""
        now = self._clock.now()
        self._turns = {name: turns for name, turns in self._turns.items() if not turns.is_idle(now)}
        lanes: dict[str, _Lane | None] = {}
        for delivery in deliveries:
            target = self._outbox.target_of(delivery)
            if not (_is_new(delivery, now) and target and target.configured):
                continue
            name = delivery.destination
            if name not in lanes:
                rate = target.requests_per_second()
                lanes[name] = self._lane(name, rate) if self._clock.now() < ends else None
            if lane := lanes[name]:
                lane.waiting.append(delivery)
        return [lane for lane in lanes.values() if lane]

    def _lane(self, destination: str, per_second: int) -> _Lane | None:
        """Return the way to a destination, None when nothing may go there now."""
        state, now = self._state(destination), self._clock.now()
        if state is None or state.trips or circuit.is_closed_off(state, now):
            return None
        turns = self._turns.setdefault(destination, Turns(per_second))
        rate = SharedRate(self._limits, destination, per_second)
        drained_until = from_text(state.lease_until) if state.lease_until else None
        return _Lane(turns, rate, drained_until, not_before=now)

    def _state(self, destination: str) -> Destination | None:
        try:
            return self._states.get(destination)
        except AwsUnavailableError as error:
            log_crash("destination's state not known", error, destination=destination)
            count("AttemptsCrashed")
            return None


def _is_new(delivery: Delivery, now: datetime) -> bool:
    """Return whether nobody has attempted a delivery, and it is not for later."""
    due = delivery.next_attempt_at
    return not delivery.attempt_count and due is not None and due <= to_text(now + DELIVERY.head_start)


class _Batch:
    def __init__(
        self, outbox: DeliveryOutbox, clock: Clock, workers: Workers, ends: datetime, owner: str
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._workers = workers
        self._owner = owner
        self._running: dict[Running, tuple[_Lane, datetime]] = {}
        self.ends = ends
        self.started = 0

    def drive(self, lanes: Sequence[_Lane]) -> None:
        """Start what may start, each in its turn, and return when all of it has ended."""
        while True:
            for lane in lanes:
                self._start_due(lane)
            moment = min(filter(None, map(self._next_start, lanes)), default=None)
            if moment is None and not self._running:
                return
            self._wait(moment)
            self._note_ended()

    def _next_start(self, lane: _Lane) -> datetime | None:
        """Return when a lane's next attempt may start; None: not before another has ended, or not at all."""
        moment = lane.next_start(self._clock.now())
        return moment if moment and moment + lane.longest < self.ends else None

    def _start_due(self, lane: _Lane) -> None:
        while (moment := self._next_start(lane)) and moment <= self._clock.now():
            if not self._may_start(lane, moment):
                continue
            delivery, owner = lane.waiting.popleft(), f"{self._owner} {self.started}"
            lane.turns.start()
            running = self._workers.start(lambda work=delivery, owner=owner: self._attempt(lane, work, owner))
            self._running[running] = lane, moment
            self.started += 1

    def _may_start(self, lane: _Lane, now: datetime) -> bool:
        """Take one start of the rate; let the lane wait, or end, if there is none to be had."""
        try:
            later = lane.rate.take(len(lane.waiting), now)
        except AwsUnavailableError as error:
            log_crash("destination's rate not known", error)
            count("AttemptsCrashed")
            lane.waiting.clear()
            return False
        lane.not_before = later or now
        return later is None

    def _attempt(self, lane: _Lane, delivery: Delivery, owner: str) -> None:
        try:
            attempted = self._outbox.attempt(delivery, owner)
            if attempted and attempted.outcome.throttled:
                lane.too_fast = True
        except Exception as error:
            log_crash("first attempt failed", error, deliveryId=delivery.delivery_id)
            count("AttemptsCrashed")

    def _wait(self, moment: datetime | None) -> None:
        seconds = max(0.0, (moment - self._clock.now()).total_seconds()) if moment else None
        if self._running:
            self._workers.wait(self._running, seconds)
        elif seconds:
            self._clock.sleep(seconds)

    def _note_ended(self) -> None:
        now = self._clock.now()
        for running in [one for one in self._running if one.done()]:
            lane, started = self._running.pop(running)
            running.result()
            lane.turns.end(now)
            lane.longest = max(lane.longest, now - started)


def send_records(batch: Mapping[str, Any], first_attempts: FirstAttempts, *, owner: str) -> dict[str, Any]:
    """Attempt the deliveries that a batch of the Deliveries stream announces, each once at most.

    Returns
    -------
    dict
        `batchItemFailures`, as Lambda's ReportBatchItemFailures wants it: the records that cannot be read.
    """
    deliveries, failures = first_attempts.store.announced(batch)
    first_attempts.run(deliveries, owner=owner)
    return {"batchItemFailures": failures}
