"""First attempts at deliveries that have just been stored: side by side, and at each destination's rate."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.observability import count, log_crash, logger, plain_id
from larkbridge.sending.delivery_attempts import Targets
from larkbridge.sending.lanes import Lane, SharedRate, Turns
from larkbridge.sending.workers import Running, Workers
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.destinations import Destination
from larkbridge.store.rate_limits import RateLimitStore
from larkbridge.work import circuit
from larkbridge.work.circuit import KnownStates
from larkbridge.work.policy import Policy

BUDGET = timedelta(seconds=5)
"""Of a batch, since the next one waits for it: nothing starts in it that is likely to end later."""


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
        store: DeliveryStore,
        targets: Targets,
        states: KnownStates,
        limits: RateLimitStore,
        clock: Clock,
        workers: Workers,
    ) -> None:
        self.store = store
        self._targets = targets
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
        batch = _Batch(self._targets, self._clock, self._workers, self._clock.now() + BUDGET, owner)
        batch.drive(self._lanes(deliveries, batch.ends))
        logger.info("first attempts", announced=len(deliveries), started=batch.started)
        return batch.started

    def _lanes(self, deliveries: Sequence[Delivery], ends: datetime) -> list[Lane]:
        """Return the ways to the destinations that may be called, each with its deliveries."""
        now = self._clock.now()
        self._turns = {name: turns for name, turns in self._turns.items() if not turns.is_idle(now)}
        lanes: dict[str, Lane | None] = {}
        for delivery in deliveries:
            attempts = self._targets.get(delivery.target)
            if not (attempts and attempts.target.configured and _is_new(delivery, attempts.policy, now)):
                continue
            name = delivery.destination
            if name not in lanes:
                rate = attempts.target.requests_per_second()
                lanes[name] = self._lane(name, rate) if self._clock.now() < ends else None
            if lane := lanes[name]:
                lane.waiting.append(delivery)
        return [lane for lane in lanes.values() if lane]

    def _lane(self, destination: str, per_second: int) -> Lane | None:
        """Return the way to a destination, None when nothing may go there now."""
        state, now = self._state(destination), self._clock.now()
        if state is None or state.trips or circuit.is_closed_off(state, now):
            return None
        turns = self._turns.setdefault(destination, Turns(per_second))
        rate = SharedRate(self._limits, destination, per_second)
        drained_until = from_text(state.lease_until) if state.lease_until else None
        return Lane(turns, rate, drained_until, not_before=now)

    def _state(self, destination: str) -> Destination | None:
        try:
            return self._states.get(destination)
        except AwsUnavailableError as error:
            log_crash("destination's state not known", error, destination=plain_id(destination))
            count("AttemptsCrashed")
            return None


def _is_new(delivery: Delivery, policy: Policy, now: datetime) -> bool:
    """Return whether nobody has attempted a delivery, and it is not for later."""
    due = delivery.next_attempt_at
    return not delivery.attempt_count and due is not None and due <= to_text(now + policy.head_start)


class _Batch:
    def __init__(self, targets: Targets, clock: Clock, workers: Workers, ends: datetime, owner: str) -> None:
        self._targets = targets
        self._clock = clock
        self._workers = workers
        self._owner = owner
        self._running: dict[Running, tuple[Lane, datetime]] = {}
        self.ends = ends
        self.started = 0

    def drive(self, lanes: Sequence[Lane]) -> None:
        """Start what may start, each in its turn, and return when all of it has ended."""
        while True:
            for lane in lanes:
                self._start_due(lane)
            moment = min(filter(None, map(self._next_start, lanes)), default=None)
            if moment is None and not self._running:
                return
            self._wait(moment)
            self._note_ended()

    def _next_start(self, lane: Lane) -> datetime | None:
        """Return when a lane's next attempt may start; None: not before another has ended, or not at all."""
        moment = lane.next_start(self._clock.now())
        return moment if moment and moment + lane.longest < self.ends else None

    def _start_due(self, lane: Lane) -> None:
        while (moment := self._next_start(lane)) and moment <= self._clock.now():
            if not self._may_start(lane, moment):
                continue
            delivery, owner = lane.waiting.popleft(), f"{self._owner} {self.started}"
            lane.turns.start()
            running = self._workers.start(lambda work=delivery, owner=owner: self._attempt(lane, work, owner))
            self._running[running] = lane, moment
            self.started += 1

    def _may_start(self, lane: Lane, now: datetime) -> bool:
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

    def _attempt(self, lane: Lane, delivery: Delivery, owner: str) -> None:
        try:
            attempts = self._targets[delivery.target]
            held = attempts.claim(delivery, owner)
            if held and attempts.attempt(held).outcome.throttled:
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
        for ended in [running for running in self._running if running.done()]:
            lane, started = self._running.pop(ended)
            ended.result()
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
