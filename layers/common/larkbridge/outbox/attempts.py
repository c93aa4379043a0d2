"""One attempt: take work that is due, do it, then write down what came of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from larkbridge.clock import Clock
from larkbridge.errors import ConflictError
from larkbridge.observability import count, flush_metrics, logger
from larkbridge.outbox import states
from larkbridge.outcome import Outcome, Verdict
from larkbridge.store.table import Action
from larkbridge.store.work import FINAL, Status, Work
from larkbridge.store.work_store import WorkStore


@dataclass(frozen=True, slots=True)
class Attempted:
    """What came of one attempt, and where that leaves the work."""

    outcome: Outcome
    status: Status


class Attempts[W: Work]:
    """Makes attempts at one kind of work.

    Guarantee: at least once; once in effect while the other side remembers the token, and marked
    `maybe_duplicate` beyond that if an earlier attempt's outcome is unknown. Nothing is given up
    without the metric `<kind>Dead`, which may count it twice.

    Parameters
    ----------
    kind
        Names the work in logs and metrics, in the singular and the plural.
    send
        Makes the attempt; what it raises leaves the outcome unknown.
    token_window
        For how long the other side remembers the idempotency token; None: for ever.
    retention
        For how long work is kept once it is done or given up; None: what was stored with it stays.
    """

    def __init__(
        self,
        store: WorkStore[W],
        send: Callable[[W], Outcome],
        clock: Clock,
        rng: random.Random,
        *,
        kind: tuple[str, str],
        token_window: timedelta | None = None,
        retention: timedelta | None = None,
    ) -> None:
        self._store = store
        self._send = send
        self._clock = clock
        self._rng = rng
        self._noun, self._plural = kind
        self._token_window = token_window
        self._retention = retention

    def claim(self, work: W, owner: str) -> W | None:
        """Take due work for one attempt; one request.

        Returns
        -------
        W or None
            None when somebody else has it, or when it has no attempt left.
        """
        change = states.claim(work, owner, self._clock.now(), self._rng, self._token_window)
        if change.fields["status"] == Status.DEAD:
            cut_off = Outcome(verdict=Verdict.UNKNOWN, reason="interrupted")
            self._write(work, change, self._also(work, Attempted(cut_off, Status.DEAD)))
            return None
        return self._write(work, change, [])

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
        change = states.record(work, outcome, ended, self._rng)
        logger.info(
            f"{self._noun} attempted",
            extra={work.SHAPE.key: work.id, work.SHAPE.partition: work.partition} | work.log_details,
            attempt=work.attempt_count,
            attemptLimit=work.attempt_limit,
            durationMs=round((ended - started).total_seconds() * 1000),
            verdict=outcome.verdict,
            reason=outcome.reason,
            httpStatus=outcome.http_status,
            larkCode=outcome.lark_code,
            larkLogId=outcome.log_id,
            status=change.fields["status"],
            nextAttemptAt=change.fields["next_attempt_at"],
        )
        attempted = Attempted(outcome, change.fields["status"])
        self._write(work, change, self._also(work, attempted))
        return attempted

    def _also(self, work: W, attempted: Attempted) -> list[Action]:
        """Return writes that belong to the outcome: they happen if and only if it is recorded."""
        return []

    def _write(self, work: W, change: states.Change, also: list[Action]) -> W | None:
        """Write a change, None if somebody else came first, and count where it leads."""
        status = change.fields["status"]
        if status == Status.DEAD:
            # Before the write: a stop in between must not leave dead work that nobody hears of.
            count(f"{self._plural}Dead")
            flush_metrics()
        try:
            fields = change.fields | self._expiry(status)
            written = self._store.change(work, fields, attempts=change.attempts, also=also)
        except ConflictError:
            logger.warning("moved by somebody else", extra={work.SHAPE.key: work.id})
            return None
        if status not in (Status.DEAD, Status.SENDING):
            count(f"{self._plural}{written.word.capitalize()}")
        return written

    def _expiry(self, status: Status) -> dict[str, int | None]:
        """Return when the work may be forgotten: never while it is open."""
        if self._retention is None:
            return {}
        expires = int((self._clock.now() + self._retention).timestamp())
        return {"expires_at": expires if status in FINAL else None}
