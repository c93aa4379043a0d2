"""Shows the results of clicks in records of Lark Base."""

from collections.abc import Sequence
from copy import replace
from dataclasses import asdict
from datetime import timedelta
from typing import ClassVar

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import Base
from larkbridge.lark.error_codes import FIELD_NOT_FOUND
from larkbridge.observability import logger
from larkbridge.store.button_results import ButtonResultStore, Place, Result
from larkbridge.store.deliveries import Delivery
from larkbridge.targets.policies import DELIVERY
from larkbridge.targets.target import Origin
from larkbridge.work.attempts import Attempted
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import Policy

MAX_WRITES = 3
"""By one attempt, while others bring newer results."""

LANDING_TIME = 60.0
"""Seconds after which a request that nobody answered no longer takes effect."""


class LarkRecord:
    """Writes into a field what it must show; doing it twice is doing it once.

    A result is stored first, unless its owner has a newer one. What is written is always what is stored, and
    it is compared with that once more afterwards. So whoever writes last has seen every result whose own
    writing came before: the newest result of each owner stays, in whatever order attempts are made, answered
    or cut off. An attempt whose writing may still come about is made again, and never before it has.
    """

    name: ClassVar[str] = "lark-record"
    policy: ClassVar[Policy] = replace(DELIVERY, margin=timedelta(seconds=50))
    """What a record shows is read back, and written again if another result came: hence its margin."""

    def __init__(self, base: Base, results: ButtonResultStore, clock: Clock, *, configured: bool) -> None:
        self._base = base
        self._results = results
        self._clock = clock
        self.configured = configured

    def requests_per_second(self) -> int:
        return 5

    def send(self, delivery: Delivery) -> Outcome:
        place, result = Place(**delivery.content["place"]), Result(**delivery.content["result"])
        try:
            is_newest = self._results.put(place, result, self._clock.now())
            shown = self._results.text(place)
        except AwsUnavailableError as error:
            return unavailable(error)
        if not is_newest and not may_have_written(delivery):
            return Outcome(verdict=Verdict.OK, reason="superseded")
        return self._show(place, shown)

    def follow_ups(self, delivery: Delivery, attempted: Attempted) -> Sequence[Delivery]:
        return []

    def _show(self, place: Place, shown: str) -> Outcome:
        """Write until what is shown is what is stored."""
        table, has_written = self._base.table(place.app_token, place.table_id), False
        for _ in range(MAX_WRITES):
            try:
                table.update(place.record_id, {place.field: shown})
                has_written = True
                stored = self._results.text(place)
            except LarkApiError as error:
                if error.outcome.reason == FIELD_NOT_FOUND:
                    return _without_column(error)
                return unsettled(error.outcome, has_written)
            except AwsUnavailableError as error:
                return unsettled(unavailable(error), has_written)
            if stored == shown:
                return Outcome(verdict=Verdict.OK, reason="updated")
            shown = stored
        return unsettled(Outcome(verdict=Verdict.RETRY, reason="newer_results"), has_written)


def _without_column(error: LarkApiError) -> Outcome:
    """Return what becomes of a result that has no column: it ends, since the person has it by card."""
    logger.warning("no column for the result", reason=error.outcome.reason, hint=error.hint)
    return error.outcome._replace(verdict=Verdict.OK, reason="no_result_column")


def unavailable(error: AwsUnavailableError) -> Outcome:
    return Outcome(verdict=Verdict.RETRY, reason="aws_unavailable", message=error.message)


def unsettled(outcome: Outcome, has_written: bool) -> Outcome:
    """Return the outcome of an attempt that did not get to its end: once it has written, nobody knows."""
    verdict = Verdict.UNKNOWN if has_written else outcome.verdict
    if verdict is not Verdict.UNKNOWN:
        return outcome
    return outcome._replace(verdict=verdict, retry_after=max(outcome.retry_after or 0, LANDING_TIME))


def may_have_written(delivery: Delivery) -> bool:
    """Tell whether an attempt may have written what is older by now."""
    return any(attempt["verdict"] == Verdict.UNKNOWN for attempt in delivery.attempts)


def new_record_update(place: Place, result: Result, origin: Origin) -> Delivery:
    """Return the delivery of a result to a field of a record."""
    content = {"place": asdict(place), "result": asdict(result)}
    return origin.delivery(LarkRecord, "lark-api", content)
