"""Drains the backlog of submissions: what is due, oldest first, at a rate that Lark allows."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.lark.flows import FormWorkflow
from larkbridge.observability import count, gauge_seconds, log_crash, logger
from larkbridge.outbox import breaker, states
from larkbridge.outbox.delivery import Delivery
from larkbridge.outbox.pacer import Pacer
from larkbridge.outcome import Outcome
from larkbridge.store.destinations import LARK_FORMS, Destination, DestinationStore
from larkbridge.store.submissions import Submission, SubmissionStore

MAX_CRASHES = 3
"""So many unexpected errors in a row are not about single submissions."""


@dataclass(slots=True)
class Report:
    """What one run did; `stopped` says why it ended."""

    attempted: int = 0
    skipped: int = 0
    crashed: int = 0
    stopped: str = "nothing_due"


class Drain:
    """One run over the backlog."""

    def __init__(
        self,
        store: SubmissionStore,
        destinations: DestinationStore,
        delivery: Delivery,
        workflow: FormWorkflow,
        clock: Clock,
    ) -> None:
        self._store = store
        self._destinations = destinations
        self._delivery = delivery
        self._workflow = workflow
        self._clock = clock

    def run(self, form_types: Iterable[str], *, owner: str, seconds: float) -> Report:
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
        due = self._due(form_types, started)
        first = next(due, None)
        if first is None:
            return Report()
        if not self._workflow.configured:
            return Report(stopped="not_configured")
        ends = started + timedelta(seconds=seconds)
        state = self._destinations.acquire(LARK_FORMS, owner=owner, now=to_text(started), until=to_text(ends))
        if state is None:
            return Report(stopped="already_running")
        run = _Run(self._delivery, self._clock, state, owner, ends - states.SEND_MARGIN)
        try:
            if run.may_go_on():
                last_ended = from_text(state.last_send_at) if state.last_send_at else None
                run.drain(
                    itertools.chain([first], due), Pacer(self._workflow.requests_per_second(), last_ended)
                )
        finally:
            self._destinations.release(LARK_FORMS, run.state, owner=owner)
        return run.report

    def _due(self, form_types: Iterable[str], now: datetime) -> Iterator[Submission]:
        for position, submission in enumerate(self._store.unsent(form_types)):
            if position == 0:
                age = now - from_text(submission.submitted_at)
                gauge_seconds("OldestUnsentAge", age.total_seconds())
            if states.is_due(submission, now):
                yield submission


class _Run:
    def __init__(
        self, delivery: Delivery, clock: Clock, state: Destination, owner: str, stop_at: datetime
    ) -> None:
        self._delivery = delivery
        self._clock = clock
        self._owner = owner
        self._stop_at = stop_at
        self.state = state
        self.report = Report()
        self._crashes = 0

    def drain(self, due: Iterable[Submission], pacer: Pacer) -> None:
        for submission in due:
            if not (self._wait(pacer.next_turn(self._clock.now()), "time_up") and self.may_go_on()):
                return
            try:
                self._deliver(submission, pacer)
            except Exception as error:
                self._take_note(error, submission)
            else:
                self._crashes = 0

    def _deliver(self, submission: Submission, pacer: Pacer) -> None:
        held = self._delivery.claim(submission, self._owner)
        if held is None:
            self.report.skipped += 1
            return
        started = self._clock.now()
        try:
            outcome = self._delivery.attempt(held)
        finally:
            ended = self._clock.now()
            pacer.note(started, ended)
            self.state = replace(self.state, last_send_at=to_text(ended))
        self.report.attempted += 1
        self._observe(outcome, ended)

    def _take_note(self, error: Exception, submission: Submission) -> None:
        """Go on after an error that may be this submission's own; give up the run when they come in a row."""
        log_crash("attempt failed", error, submissionId=submission.submission_id)
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
            logger.warning("circuit opened", destination=LARK_FORMS, until=self.state.open_until)
