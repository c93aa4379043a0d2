"""Processes events: at once those that the Events stream announces, later those that are due."""

import json
import random
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from larkbridge.clock import Clock, to_text
from larkbridge.errors import AwsRefusedError, AwsUnavailableError, NotFoundError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.hints import hint_of
from larkbridge.observability import count, log_crash, logger, plain_word
from larkbridge.processors.subscriber import (
    Incoming,
    NothingToDoError,
    Subscriber,
    Subscribers,
    ToldFailureError,
    UnprocessableEventError,
)
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.events import Event, EventStore
from larkbridge.work import states
from larkbridge.work.attempts import Attempts
from larkbridge.work.drain import Report
from larkbridge.work.due import cut_off, in_turn, survey
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import EVENT

_LIGHTEST_FIRST = (Verdict.IGNORED, Verdict.OK, Verdict.REJECT, Verdict.UNKNOWN, Verdict.RETRY)


class Engine:
    """Lets the subscribers of events run.

    Guarantee: an event that is stored ends up processed, ignored or dead. Each of its subscribers may run
    more than once, never twice at the same time. What they return is stored before the event counts as
    processed.

    What becomes of one subscriber is no matter to the others: in each attempt all of them run, and what they
    want to go out is stored, also beside a refusal or a crash. The gravest of their outcomes is the event's:
    one that has to run again has all of them run again; else one that refuses the event for good makes it
    dead, with that one's reason; else it is processed, or ignored if there was nothing to do for any of them.
    Of equally grave outcomes the first subscriber's counts.
    """

    def __init__(
        self,
        events: EventStore,
        subscribers: Subscribers,
        deliveries: DeliveryStore,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._events = events
        self._subscribers = subscribers
        self._deliveries = deliveries
        self._clock = clock
        self._attempts = Attempts(events, EVENT, self._run, clock, rng)

    def process(self, event: Event, owner: str) -> bool | None:
        """Process one event if it still waits; never raises for what happens to one event.

        Parameters
        ----------
        owner
            Names the invocation: the lease has it, beside an id of its own.

        Returns
        -------
        bool or None
            False when somebody else has it, None when it could not be taken or its outcome not be written:
            it stays due.
        """
        try:
            held = self._attempts.claim(event, f"{owner} {uuid.uuid4()}")
            if held is None:
                return False
            self._attempts.attempt(held)
        except Exception as error:
            log_crash("event not processed", error, eventId=event.event_id)
            count("ProcessorsCrashed")
            return None
        return True

    def sweep(self, sources: Collection[str], *, owner: str, seconds: float) -> Report:
        """Process what is due, the oldest of each source in turn, while one more attempt is sure to fit."""
        now, report = self._clock.now(), Report()
        stop_at = now + timedelta(seconds=seconds) - EVENT.margin
        found = survey(self._events, sources, EVENT, "OldestEventAge", self._clock, stop_at)
        failed = [
            self._events.due(head.lane, to_text(now)) for head in found.heads if states.is_due(head, now)
        ]
        never_recorded = [
            cut_off(self._events, source, EVENT, self._clock, stop_at) for source in found.cut_off
        ]
        due = in_turn([*never_recorded, *failed])
        while self._clock.now() <= stop_at:
            event = next(due, None)
            if event is None:
                return report
            taken = self.process(event, owner)
            report.attempted += taken is True
            report.skipped += taken is False
            report.crashed += taken is None
        report.stopped = "time_up"
        return report

    def _run(self, event: Event) -> Outcome:
        """Let each subscriber run, then store what must go out; return the gravest of the outcomes."""
        subscribers = self._subscribers.get((event.source, event.type))
        if not subscribers:
            return Outcome(verdict=Verdict.IGNORED, reason="no_processor")
        try:
            event = self._events.with_payload(event) if event.parts else event
            incoming = Incoming(event, json.loads(event.payload))
        except Exception as error:
            return _outcome_of(error, event)
        asked = [_ask(subscriber, incoming) for subscriber in subscribers]
        outcomes = [
            self._store(event, outcome, deliveries) if deliveries else outcome
            for outcome, deliveries in asked
        ]
        by_verdict = {outcome.verdict: outcome for outcome in reversed(outcomes)}
        return by_verdict[max(by_verdict, key=_LIGHTEST_FIRST.index)]

    def _store(self, event: Event, outcome: Outcome, deliveries: Sequence[Delivery]) -> Outcome:
        """Store one subscriber's deliveries, unless they are there already; return what its run came to."""
        try:
            for delivery in deliveries:
                self._deliveries.add(delivery)
        except Exception as error:
            return _outcome_of(error, event)
        return outcome


def _ask(subscriber: Subscriber[Incoming], incoming: Incoming) -> tuple[Outcome, Sequence[Delivery]]:
    """Let a subscriber run; return what came of it, and what must go out in any case."""
    try:
        return Outcome(verdict=Verdict.OK, reason="processed"), subscriber(incoming)
    except NothingToDoError as error:
        return Outcome(verdict=Verdict.IGNORED, reason=str(error)), ()
    except UnprocessableEventError as error:
        return Outcome(verdict=Verdict.REJECT, reason=error.reason, message=error.message), error.deliveries
    except ToldFailureError as error:
        _log_refusal(incoming.event, error.outcome)
        return error.outcome, error.deliveries
    except Exception as error:
        return _outcome_of(error, incoming.event), ()


def _outcome_of(error: Exception, event: Event) -> Outcome:
    match error:
        case LarkApiError():
            _log_refusal(event, error.outcome)
            return error.outcome
        case AwsRefusedError():
            return Outcome(verdict=Verdict.REJECT, reason="aws_refused", message=error.message)
        case AwsUnavailableError():
            return Outcome(verdict=Verdict.RETRY, reason="aws_unavailable", message=error.message)
        case NotFoundError():
            return Outcome(verdict=Verdict.REJECT, reason="payload_expired")
        case _:
            log_crash("processor failed", error, eventId=event.event_id, type=plain_word(event.type))
            count("ProcessorsCrashed")
            return Outcome(verdict=Verdict.RETRY, reason="crashed")


def _log_refusal(event: Event, outcome: Outcome) -> None:
    hint = hint_of(outcome.reason, outcome.lark_code, outcome.log_id)
    logger.warning("Lark did not do it", eventId=event.event_id, reason=outcome.reason, hint=hint)


class Processing(NamedTuple):
    """What processes events."""

    events: EventStore
    engine: Engine
    clock: Clock


def process_records(
    batch: Mapping[str, Any], processing: Processing, *, owner: str, seconds: float
) -> dict[str, Any]:
    """Process the events that a batch announces, each once at most.

    The stream only wakes: whatever happens to an event here, its record in the table says what is due, and
    the retry job takes it up. So only a record that cannot even be read is given back to the stream, which
    ends in the dead-letter queue after a few more tries.

    Parameters
    ----------
    owner
        Names this invocation in the leases that it takes.

    Returns
    -------
    dict
        `batchItemFailures`, as Lambda's ReportBatchItemFailures wants it.
    """
    clock = processing.clock
    stop_at = clock.now() + timedelta(seconds=seconds) - EVENT.margin
    events, failures = processing.events.announced(batch)
    for event in events:
        if clock.now() >= stop_at:
            logger.warning("left to the retry job", eventId=event.event_id)
            continue
        processing.engine.process(event, owner)
    return {"batchItemFailures": failures}
