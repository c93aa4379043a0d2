"""The results of two clicks on one record, in every interleaving, with a stop or a lost answer anywhere.

The record shows the newer result once both are done.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Condition, Thread, current_thread
from typing import Any, Self, cast, override

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import Base
from larkbridge.store.button_results import ButtonResultStore, Place, Result
from larkbridge.store.deliveries import Delivery
from larkbridge.targets.lark_record import LarkRecord, new_record_update
from larkbridge.targets.target import Origin
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.calls import ProcessStoppedError
from tests.support.clock import START, SimulatedClock
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import Interference

CALLS = 4
"""Of one attempt: store the result, read what is stored, write it, read it again."""
PLACE = Place(app_token="app_1", table_id="tbl_1", record_id="rec_1", field="Kết quả")


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with one sender: it stops before a call, or its writing takes effect so much later."""

    stops_before: int | None = None
    lands_after: int | None = None


STOPS = [Trouble(), *(Trouble(stops_before=call) for call in range(CALLS + 1))]
LATE = [Trouble(lands_after=calls) for calls in range(2 * CALLS)]
TROUBLES = {
    "stops": list(itertools.product(STOPS, STOPS)),
    "older lands late": [(late, stop) for late in LATE for stop in STOPS[:1]],
    "newer lands late": [(stop, late) for late in LATE for stop in STOPS[:1]],
}


class Turns(Interference):
    """Lets senders, each on a thread of its name, make their calls one at a time in a given order.

    Parameters
    ----------
    order
        Whose turn it is, call by call; who has ended is passed over, and when it is used up anybody goes on.
    """

    def __init__(self, order: Sequence[str], troubles: Mapping[str, Trouble]) -> None:
        self._order = list(order)
        self._troubles = troubles
        self._changed = Condition()
        self._alive: set[str] = set()
        self._waiting: set[str] = set()
        self._turn = ""
        self._made = dict.fromkeys(troubles, 0)
        self._landings: list[tuple[int, Callable[[], object]]] = []

    def run(self, senders: Mapping[str, Callable[[], object]]) -> None:
        """Run the senders to their ends, and let everything land that was written."""
        self._alive = set(senders)
        threads = [Thread(target=self._live, args=one, name=one[0]) for one in senders.items()]
        for thread in threads:
            thread.start()
        while self._next():
            self._land(sum(self._made.values()))
        for thread in threads:
            thread.join()
        self._land(None)

    @override
    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        self.take()

    def take(self) -> Trouble:
        """Wait for this sender's turn to make a call."""
        name = current_thread().name
        if name not in self._troubles:
            return Trouble()
        with self._changed:
            self._waiting.add(name)
            self._turn = ""
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._turn == name)
            self._waiting.discard(name)
        if self._troubles[name].stops_before == self._made[name]:
            raise ProcessStoppedError
        self._made[name] += 1
        return self._troubles[name]

    def land_later(self, calls: int, landing: Callable[[], object]) -> None:
        """Let something happen after so many further calls of anybody."""
        self._landings.append((sum(self._made.values()) + calls, landing))

    def _live(self, name: str, sender: Callable[[], object]) -> None:
        try:
            sender()
        except ProcessStoppedError:
            pass
        finally:
            with self._changed:
                self._alive.discard(name)
                self._turn = ""
                self._changed.notify_all()

    def _next(self) -> bool:
        """Give the next one its turn once nobody has it; return False when all have ended."""
        with self._changed:
            self._changed.wait_for(lambda: not self._turn and self._waiting == self._alive)
            if not self._alive:
                return False
            while self._order and self._order[0] not in self._alive:
                self._order.pop(0)
            self._turn = self._order.pop(0) if self._order else min(self._alive)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._turn)
        return True

    def _land(self, made: int | None) -> None:
        due = [one for one in self._landings if made is None or one[0] <= made]
        self._landings = [one for one in self._landings if one not in due]
        for _, landing in due:
            landing()


@dataclass
class Field:
    """The field of the record, in the place of a whole Base."""

    turns: Turns
    text: str | None = None
    landed: list[str] = field(default_factory=list)

    def table(self, app_token: str, table_id: str) -> Self:
        return self

    def update(self, record_id: str, fields: Mapping[str, str]) -> None:
        trouble = self.turns.take()
        text = fields[PLACE.field]
        if trouble.lands_after is None:
            self.write(text)
            return
        self.turns.land_later(trouble.lands_after, lambda: self.write(text))
        raise LarkApiError(Outcome(verdict=Verdict.UNKNOWN, reason="no_answer"))

    def write(self, text: str) -> None:
        self.text = text
        self.landed.append(text)


def delivery(name: str, asked_at: str) -> Delivery:
    result = Result(owner="crm", version=asked_at, text=name)
    return new_record_update(PLACE, result, Origin((name,), name, START))


DELIVERIES = {"older": delivery("older", "1"), "newer": delivery("newer", "2")}


def orders() -> list[tuple[str, ...]]:
    """Return every order in which the two can make their calls."""
    places = itertools.combinations(range(2 * CALLS), CALLS)
    return [tuple("older" if at in own else "newer" for at in range(2 * CALLS)) for own in places]


@pytest.mark.parametrize("kind", TROUBLES)
def test_newer_result_stays(kind: str) -> None:
    for troubles, order in itertools.product(TROUBLES[kind], orders()):
        landed = [played(order, dict(zip(DELIVERIES, troubles, strict=True)), last) for last in DELIVERIES]
        assert [texts[-1] for texts in landed] == ["newer", "newer"], (troubles, order, landed)


def played(order: Sequence[str], troubles: Mapping[str, Trouble], last: str) -> list[str]:
    """Return what was written when both are done; of those that are sent anew, `last` is the last one."""
    turns = Turns(order, troubles)
    shown = Field(turns)
    with memory_aws() as dynamo:
        dynamo.interference = turns
        results = ButtonResultStore(SETTINGS["BUTTON_RESULTS_TABLE"])
        target = LarkRecord(cast("Base", shown), results, SimulatedClock(), configured=True)
        done: set[str] = set()

        def send(name: str) -> None:
            outcome = target.send(DELIVERIES[name])
            if outcome.verdict is Verdict.OK and troubles[name].stops_before != CALLS:
                done.add(name)

        turns.run({name: lambda name=name: send(name) for name in DELIVERIES})
        for name in sorted(DELIVERIES.keys() - done, key=lambda name: name == last):
            cut_off = replace(DELIVERIES[name], attempts=[{"verdict": Verdict.UNKNOWN}])
            assert target.send(cut_off).verdict is Verdict.OK
    return shown.landed
