"""Drains a backlog towards one destination: what is due, in order, at a rate that the destination allows."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.observability import count, log_crash, logger, plain_id
from larkbridge.store.destinations import Destination, DestinationStore
from larkbridge.store.work import Work
from larkbridge.work import circuit, share
from larkbridge.work.attempts import Attempts
from larkbridge.work.outcome import Outcome
from larkbridge.work.pacer import Pacer

MAX_CRASHES = 3
"""So many unexpected errors in a row are not about single pieces of work."""

_CROWDED = timedelta(seconds=30)
"""For so long a run keeps to its own part of the clock once it was too fast in the others'."""


@dataclass(slots=True)
class Report:
    """What one run did; `stopped` says why it ended."""

    attempted: int = 0
    skipped: int = 0
    crashed: int = 0
    stopped: str = "nothing_due"

    def __add__(self, other: "Report") -> "Report":
        return Report(
            self.attempted + other.attempted,
            self.skipped + other.skipped,
            self.crashed + other.crashed,
            other.stopped if self.stopped == "nothing_due" else self.stopped,
        )


class Drain:
    """Runs over backlogs."""

    def __init__(self, destinations: DestinationStore, clock: Clock) -> None:
        self._destinations = destinations
        self._clock = clock

    def run[W: Work](
        self,
        due: Iterable[W],
        attempts: Callable[[W], Attempts[W]],
        destination: str,
        requests_per_second: Callable[[], int],
        *,
        ends: datetime,
    ) -> Report:
        """Send what is due until nothing is, the circuit opens or the time is up.

        Several runs at once are safe: the second one finds the destination taken and stops. One that was
        cut off leaves its place at `ends`, and what it held after its lease.

        Parameters
        ----------
        attempts
            Returns what makes the attempts at a piece of work.
        ends
            When the run must be over; it starts no attempt that might outlast it.
        """
        waiting = iter(due)
        first = next(waiting, None)
        if first is None:
            return Report()
        owner = str(uuid.uuid4())
        now, until = to_text(self._clock.now()), to_text(ends)
        state = self._destinations.acquire(destination, owner=owner, now=now, until=until)
        if state is None:
            return Report(stopped="already_running")
        run = _Run(attempts, self._clock, state, destination, owner, ends)
        try:
            if run.may_go_on(first):
                last_ended = from_text(state.last_send_at) if state.last_send_at else None
                run.drain(first, waiting, Pacer(requests_per_second(), last_ended))
        finally:
            self._destinations.release(destination, run.state, owner=owner)
        return run.report


class _Run[W: Work]:
    def __init__(
        self,
        attempts: Callable[[W], Attempts[W]],
        clock: Clock,
        state: Destination,
        destination: str,
        owner: str,
        ends: datetime,
    ) -> None:
        self._attempts = attempts
        self._destination = destination
        self._clock = clock
        self._owner = owner
        self._ends = ends
        self._crowded_until: datetime | None = None
        self._crashes = 0
        self.state = state
        self.report = Report()

    def drain(self, first: W, rest: Iterator[W], pacer: Pacer) -> None:
        work: W | None = first
        while work is not None:
            if not (self.may_go_on(work) and self._wait(self._turn(pacer), work, "time_up")):
                return
            try:
                self._deliver(work, pacer)
            except Exception as error:
                self._take_note(error, work)
            else:
                self._crashes = 0
            work = next(rest, None)

    def _turn(self, pacer: Pacer) -> datetime:
        """Return when the next request may start."""
        turn = pacer.next_turn(self._clock.now())
        is_crowded = self._crowded_until is not None and turn < self._crowded_until
        return share.drains_turn(turn) if is_crowded else turn

    def _deliver(self, work: W, pacer: Pacer) -> None:
        attempts = self._attempts(work)
        held = attempts.claim(work, self._owner)
        if held is None:
            self.report.skipped += 1
            return
        started = self._clock.now()
        try:
            outcome = attempts.attempt(held).outcome
        finally:
            ended = self._clock.now()
            pacer.note(started, ended)
            self.state = replace(self.state, last_send_at=to_text(ended))
        self.report.attempted += 1
        self._observe(outcome, started, ended)

    def _take_note(self, error: Exception, work: W) -> None:
        """Go on after an error that may be this work's own; give up the run when they come in a row."""
        log_crash("attempt failed", error, **{work.SHAPE.key: work.id})
        count("AttemptsCrashed")
        self.report.crashed += 1
        self._crashes += 1
        if self._crashes == MAX_CRASHES:
            raise error

    def may_go_on(self, work: W) -> bool:
        """Return whether a request may go out in the time that is left; wait if need be."""
        now = self._clock.now()
        reason = "circuit_open" if circuit.is_open(self.state, now) else "paused"
        open_from = from_text(circuit.not_before(self.state, now))
        return self._wait(now, work, "time_up") and self._wait(open_from, work, reason)

    def _wait(self, moment: datetime, work: W, otherwise: str) -> bool:
        """Wait for `moment`; return False at once when there is no time for an attempt then."""
        if moment >= self._ends - self._attempts(work).policy.margin:
            self.report.stopped = otherwise
            return False
        self._clock.sleep(max(0.0, (moment - self._clock.now()).total_seconds()))
        return True

    def _observe(self, outcome: Outcome, started: datetime, now: datetime) -> None:
        before, self.state = self.state, circuit.observe(self.state, outcome, now)
        if outcome.throttled and not share.drains_part(started):
            self._crowded_until = now + _CROWDED
        if self.state.trips > before.trips:
            count("CircuitOpened")
            logger.warning(
                "circuit opened", destination=plain_id(self._destination), until=self.state.open_until
            )
