"""Drains a backlog towards one destination: what is due, in order, at a rate that the destination allows."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.observability import count, log_crash, logger
from larkbridge.outbox import breaker, states
from larkbridge.outbox.attempts import Attempts
from larkbridge.outbox.pacer import Pacer
from larkbridge.outcome import Outcome
from larkbridge.store.destinations import Destination, DestinationStore
from larkbridge.store.work import Work

MAX_CRASHES = 3
"""So many unexpected errors in a row are not about single pieces of work."""


class Lane(Protocol):
    """The way to one destination."""

    @property
    def configured(self) -> bool:
        """Whether there is an address to send to."""
        ...

    def requests_per_second(self) -> int:
        """Return the rate that the destination allows."""
        ...


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


def only_due[W: Work](works: Iterable[W], now: datetime) -> Iterator[W]:
    """Yield those whose time has come and which nobody holds."""
    return (work for work in works if states.is_due(work, now))


class Drain:
    """Runs over backlogs."""

    def __init__(self, destinations: DestinationStore, clock: Clock) -> None:
        self._destinations = destinations
        self._clock = clock

    def run[W: Work](
        self,
        due: Iterable[W],
        attempts: Attempts[W],
        destination: str,
        lane: Lane,
        *,
        owner: str,
        seconds: float,
    ) -> Report:
        """Send what is due until nothing is, the circuit opens or the time is up.

        Several runs at once are safe: the second one finds the destination taken and ends. One that was
        cut off leaves its place after `seconds`, and what it held after its lease.

        Parameters
        ----------
        owner
            Unique to this run.
        seconds
            How long the run may take; it starts no attempt that might outlast it.
        """
        started = self._clock.now()
        waiting = iter(due)
        first = next(waiting, None)
        if first is None:
            return Report()
        if not lane.configured:
            return Report(stopped="not_configured")
        ends = started + timedelta(seconds=seconds)
        state = self._destinations.acquire(
            destination, owner=owner, now=to_text(started), until=to_text(ends)
        )
        if state is None:
            return Report(stopped="already_running")
        run = _Run(attempts, self._clock, state, destination, owner, ends - states.SEND_MARGIN)
        try:
            if run.may_go_on():
                last_ended = from_text(state.last_send_at) if state.last_send_at else None
                pacer = Pacer(lane.requests_per_second(), last_ended)
                run.drain(itertools.chain([first], waiting), pacer)
        finally:
            self._destinations.release(destination, run.state, owner=owner)
        return run.report


class _Run[W: Work]:
    def __init__(
        self,
        attempts: Attempts[W],
        clock: Clock,
        state: Destination,
        destination: str,
        owner: str,
        stop_at: datetime,
    ) -> None:
        self._attempts = attempts
        self._destination = destination
        self._clock = clock
        self._owner = owner
        self._stop_at = stop_at
        self.state = state
        self.report = Report()
        self._crashes = 0

    def drain(self, due: Iterable[W], pacer: Pacer) -> None:
        for work in due:
            if not (self._wait(pacer.next_turn(self._clock.now()), "time_up") and self.may_go_on()):
                return
            try:
                self._deliver(work, pacer)
            except Exception as error:
                self._take_note(error, work)
            else:
                self._crashes = 0

    def _deliver(self, work: W, pacer: Pacer) -> None:
        held = self._attempts.claim(work, self._owner)
        if held is None:
            self.report.skipped += 1
            return
        started = self._clock.now()
        try:
            outcome = self._attempts.attempt(held).outcome
        finally:
            ended = self._clock.now()
            pacer.note(started, ended)
            self.state = replace(self.state, last_send_at=to_text(ended))
        self.report.attempted += 1
        self._observe(outcome, ended)

    def _take_note(self, error: Exception, work: W) -> None:
        """Go on after an error that may be this work's own; give up the run when they come in a row."""
        log_crash("attempt failed", error, **{work.SHAPE.key: work.id})
        count("AttemptsCrashed")
        self.report.crashed += 1
        self._crashes += 1
        if self._crashes == MAX_CRASHES:
            raise error

    def may_go_on(self) -> bool:
        """Return whether a request may go out in the time that is left; wait if need be."""
        now = self._clock.now()
        open_until = from_text(self.state.open_until) if self.state.open_until else now
        return self._wait(now, "time_up") and self._wait(open_until, "circuit_open")

    def _wait(self, moment: datetime, otherwise: str) -> bool:
        """Wait for `moment`; return False at once when the run would be over by then."""
        if moment >= self._stop_at:
            self.report.stopped = otherwise
            return False
        self._clock.sleep(max(0.0, (moment - self._clock.now()).total_seconds()))
        return True

    def _observe(self, outcome: Outcome, now: datetime) -> None:
        before, self.state = self.state, breaker.observe(self.state, outcome.verdict, now)
        if outcome.throttled:
            self.state = breaker.pause(self.state, outcome.retry_after or 1, now)
        if self.state.trips > before.trips:
            count("CircuitOpened")
            logger.warning("circuit opened", destination=self._destination, until=self.state.open_until)
