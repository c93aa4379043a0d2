"""One attempt: whether it may be made now; take work that is due, do it, write down what came of it."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from larkbridge.clock import Clock, to_text
from larkbridge.errors import AwsUnavailableError, ConflictError
from larkbridge.observability import count, flush_metrics, log_crash, logger
from larkbridge.store.destinations import Destination, DestinationStore
from larkbridge.store.table import Action
from larkbridge.store.work import DONE, Status, Work
from larkbridge.store.work_store import WorkStore
from larkbridge.work import circuit, replacement, share, states
from larkbridge.work.outcome import QUOTA_USED_UP, RATE_LIMITED, Outcome, Verdict
from larkbridge.work.policy import Policy


class Attempted(NamedTuple):
    """What came of one attempt, and where that leaves the work."""

    outcome: Outcome
    status: Status


class Gate:
    """Knows when first attempts at one destination are held back; what it knows is up to 10 seconds old."""

    def __init__(self, destinations: DestinationStore, destination: str) -> None:
        self._destinations = destinations
        self._destination = destination
        self._state = Destination()
        self._known_until = datetime.min.replace(tzinfo=UTC)

    def held_back(self, now: datetime) -> str | None:
        """Return why nothing may be sent now, None when it may; also when that cannot be found out."""
        if now >= self._known_until:
            try:
                self._state = self._destinations.get(self._destination)
            except AwsUnavailableError as error:
                logger.warning("destination's state not known", reason=error.message)
                return None
            self._known_until = now + circuit.KNOWN_FOR
        state = self._state
        if state == Destination():  # never drained: nothing is known that could hold back
            return None
        if state.trips:  # also when its pause is over: the next request is the drain's to make
            return "circuit_open"
        is_drained = state.lease_until is not None and to_text(now) < state.lease_until
        if circuit.is_closed_off(state, now) or (is_drained and share.drains_part(now)):
            return "rate_shared"
        return None


class Attempts[W: Work]:
    """Makes attempts at one kind of work, as its policy says.

    Guarantee: at least once; once in effect while the other side remembers the token, and marked
    `maybe_duplicate` beyond that if an earlier attempt's outcome is unknown. Nothing is given up
    without the metric `<plural>Dead`, which may count it twice.

    Parameters
    ----------
    send
        Makes the attempt; what it raises leaves the outcome unknown.
    writes_after
        Returns writes that belong to an outcome: they happen if and only if it is recorded.
    """

    def __init__(
        self,
        store: WorkStore[W],
        policy: Policy,
        send: Callable[[W], Outcome],
        clock: Clock,
        rng: random.Random,
        writes_after: Callable[[W, Attempted], list[Action]] | None = None,
    ) -> None:
        self._store = store
        self.policy = policy
        self._send = send
        self._clock = clock
        self._rng = rng
        self._writes_after = writes_after

    def claim(self, work: W, owner: str) -> W | None:
        """Take due work for one attempt; one request.

        Returns
        -------
        W or None
            None when somebody else has it, when another has taken its place, or when no attempt is left.
        """
        change = states.claim(work, self.policy, owner, self._clock.now(), self._rng)
        if change.fields["status"] != Status.DEAD:
            held = self._write(work, change, read=True)
            if held and held.replaced_by:
                self._write(held, states.Change(replacement.TAKEN_OUT))
                return None
            return held
        outcome = Outcome(verdict=Verdict.UNKNOWN, reason=change.fields["last_error"]["reason"])
        self._write(work, change, Attempted(outcome, Status.DEAD))
        return None

    def attempt(self, work: W) -> Attempted:
        """Do work that is held and record the outcome; one request beside what is done.

        Raises
        ------
        AwsUnavailableError
            When the outcome cannot be recorded: the attempt then counts as unknown once its lease lapses.
        """
        started = self._clock.now()
        outcome = self._send(work)
        ended = self._clock.now()
        change = states.record(work, self.policy, outcome, ended, self._rng)
        attempted = Attempted(outcome, change.fields["status"])
        logger.info(
            f"{self.policy.noun} attempted",
            extra={work.SHAPE.key: work.id, work.SHAPE.partition: work.partition} | work.log_details,
            attempt=work.attempt_count,
            attemptLimit=work.round_start + work.throttled_count + self.policy.attempts,
            durationMs=round((ended - started).total_seconds() * 1000),
            verdict=outcome.verdict,
            reason=outcome.reason,
            httpStatus=outcome.http_status,
            larkCode=outcome.lark_code,
            larkLogId=outcome.log_id,
            status=attempted.status,
            nextAttemptAt=change.fields["next_attempt_at"],
        )
        if outcome.reason == QUOTA_USED_UP:
            count("QuotaUsedUp")
        elif outcome.reason == RATE_LIMITED:
            count(f"{self.policy.plural}Throttled")
        self._write(work, change, attempted)
        return attempted

    def attempt_at_once(self, work: W) -> bool:
        """Attempt work for the request that has just stored it, which holds it; return whether it is done.

        Whatever goes wrong, the work is stored: its lease lapses and the drain takes it up.
        """
        try:
            return self.attempt(work).status in DONE
        except Exception as error:
            log_crash("first attempt failed", error, **{work.SHAPE.key: work.id})
            count("AttemptsCrashed")
            return False

    def _write(
        self, work: W, change: states.Change, attempted: Attempted | None = None, *, read: bool = False
    ) -> W | None:
        """Write a change, None if somebody else came first, and count where an attempt leads."""
        if attempted and attempted.status == Status.DEAD:
            # Before the write: a stop in between must not leave dead work that nobody hears of.
            count(f"{self.policy.plural}Dead")
            flush_metrics()
        following = self._writes_after(work, attempted) if self._writes_after and attempted else []
        try:
            written = self._store.change(
                work, change.fields, attempts=change.attempts, actions=following, read=read
            )
        except ConflictError:
            logger.warning("moved by somebody else", extra={work.SHAPE.key: work.id})
            return None
        if attempted and attempted.status != Status.DEAD:
            count(f"{self.policy.plural}{attempted.status.capitalize()}")
        return written
