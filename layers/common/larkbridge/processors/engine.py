"""Runs processors: take an event, do what it asks for, store what must go out, write down the outcome."""

import json
import random
import uuid
from collections.abc import Collection, Iterable
from datetime import timedelta

from larkbridge.clock import Clock, to_text
from larkbridge.errors import AwsRefusedError, AwsUnavailableError, NotFoundError
from larkbridge.ids import plain_word
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.hints import hint_of
from larkbridge.observability import count, log_crash, logger
from larkbridge.processors.processor import (
    Incoming,
    NothingToDoError,
    Processors,
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


class Engine:
    """Processes events.

    Guarantee: an event that is stored ends up processed, ignored or dead. Its processor may run more than
    once, never twice at the same time, and what must go out is stored before the event counts as processed.
    """

    def __init__(
        self,
        events: EventStore,
        processors: Processors,
        deliveries: DeliveryStore,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._events = events
        self._processors = processors
        self._deliveries = deliveries
        self._clock = clock
        self._attempts = Attempts(events, EVENT, self._send, clock, rng)

    def process(self, event: Event) -> bool | None:
        """Process one event if it still waits; never raises for what happens to one event.

        Returns
        -------
        bool or None
            False when somebody else has it, None when it could not be taken or its outcome not be written:
            it stays due.
        """
        try:
            held = self._attempts.claim(event, str(uuid.uuid4()))
            if held is None:
                return False
            self._attempts.attempt(held)
        except Exception as error:
            log_crash("event not processed", error, eventId=event.event_id)
            count("ProcessorsCrashed")
            return None
        return True

    def sweep(self, sources: Collection[str], *, seconds: float) -> Report:
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
            taken = self.process(event)
            report.attempted += taken is True
            report.skipped += taken is False
            report.crashed += taken is None
        report.stopped = "time_up"
        return report

    def _send(self, event: Event) -> Outcome:
        try:
            return self._run(event)
        except (LarkApiError, ToldFailureError) as error:
            _log_refusal(event, error.outcome)
            return error.outcome
        except AwsRefusedError as error:
            return Outcome(verdict=Verdict.REJECT, reason="aws_refused", message=error.message)
        except AwsUnavailableError as error:
            return Outcome(verdict=Verdict.RETRY, reason="aws_unavailable", message=error.message)
        except Exception as error:
            log_crash("processor failed", error, eventId=event.event_id, type=plain_word(event.type))
            count("ProcessorsCrashed")
            return Outcome(verdict=Verdict.RETRY, reason="crashed")

    def _run(self, event: Event) -> Outcome:
        processor = self._processors.get((event.source, event.type))
        if processor is None:
            return Outcome(verdict=Verdict.IGNORED, reason="no_processor")
        try:
            whole = self._events.whole(event)
            self._store(processor(Incoming(whole, json.loads(whole.payload))))
        except NothingToDoError as error:
            return Outcome(verdict=Verdict.IGNORED, reason=str(error))
        except NotFoundError:
            return Outcome(verdict=Verdict.REJECT, reason="payload_expired")
        except ToldFailureError as error:
            self._store(error.deliveries)
            raise
        except UnprocessableEventError as error:
            self._store(error.deliveries)
            return Outcome(verdict=Verdict.REJECT, reason=error.reason, message=error.message)
        return Outcome(verdict=Verdict.OK, reason="processed")

    def _store(self, deliveries: Iterable[Delivery]) -> None:
        """Store what must go out, unless it is there already."""
        for delivery in deliveries:
            self._deliveries.add(delivery)


def _log_refusal(event: Event, outcome: Outcome) -> None:
    hint = hint_of(outcome.reason, outcome.lark_code, outcome.log_id)
    logger.warning("Lark did not do it", eventId=event.event_id, reason=outcome.reason, hint=hint)
