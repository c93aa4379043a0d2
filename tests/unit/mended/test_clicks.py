"""A record shows the result of the newest click, whatever happens at the same time or is cut off."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, override

import pytest

from sandbox.faults import Fault
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.documents import CLICK
from tests.support.events import TABLE, Events
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import Interference

DONE, NOT_DONE = "Đã xong", "Chưa thực hiện được"
TOO_FAST = Fault("error_code", 1254290)

type Action = Callable[[Events], object]


@pytest.fixture
def events(environ: dict[str, str]) -> Events:
    return Events(environ)


@dataclass
class Interrupted(Calls):
    """Lets `meanwhile` happen just before call number `at`, and then perhaps the process end."""

    at: int = 0
    meanwhile: Callable[[], object] = lambda: None
    stops: bool = False
    happened: bool = False

    @override
    def before(self, name: str) -> None:
        if len(self.made) == self.at and not self.happened:
            self.happened = True
            self.meanwhile()
            self.stop_at = (len(self.made), "before") if self.stops else None
        super().before(name)


class Watched(Interference):
    """Reports DynamoDB's requests as calls."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        self._calls.before(operation)

    @override
    def after(self, operation: str, parameters: Mapping[str, Any]) -> None:
        self._calls.after()


def press(events: Events) -> None:
    """Click, and let the stream announce it."""
    document = CLICK | {"timestamp": str(round(events.clock.timestamp() * 1000))}
    assert events.world.webhook("feishu-button", document).status == 200
    events.world.wake()


def press_and_send(events: Events) -> None:
    press(events)
    events.world.sweep()


def sweep(events: Events) -> None:
    events.world.sweep()


def shown(events: Events, field: str = "Kết quả") -> Any:
    return (events.outside.openapi.bases.get(*TABLE, "rec_1") or {}).get(field)


def leave_a_result(events: Events) -> None:
    """Leave the result of a click that failed unwritten and due; everybody else is well again."""
    events.configure_button()
    events.outside.hooks.faults("crm").set(Fault("error_code", 400))
    events.outside.openapi.bases.write_faults.set(TOO_FAST)
    press_and_send(events)
    events.outside.hooks.faults("crm").clear()
    events.outside.openapi.bases.write_faults.clear()
    assert shown(events) is None
    events.clock.advance(minutes=5)


def every_moment(action: Action, meanwhile: Action, *, stops: bool) -> Iterator[tuple[Events, int]]:
    """Yield a world for each call of `action`, in which `meanwhile` happened just before it."""
    for at in itertools.count():
        with memory_aws() as dynamo:
            events = Events(SETTINGS)
            leave_a_result(events)
            calls = Interrupted(at=at, meanwhile=lambda events=events: meanwhile(events), stops=stops)
            dynamo.interference, events.world.transport.calls = Watched(calls), calls
            try:
                action(events)
            except ProcessStoppedError:
                events.world.restart()
            dynamo.interference, events.world.transport.calls = Interference(), Calls()
            if not calls.happened:
                assert at > 4, "hardly any call was interrupted"
                return
            yield events, at


@pytest.mark.parametrize("stops", [False, True], ids=["goes on", "stops"])
@pytest.mark.parametrize(
    ("action", "meanwhile"), [(press_and_send, sweep), (sweep, press_and_send)], ids=["newer", "older"]
)
def test_result_of_the_newest_click_stays(action: Action, meanwhile: Action, stops: bool) -> None:
    for events, at in every_moment(action, meanwhile, stops=stops):
        if at == 0 and action is press_and_send and stops:
            press_and_send(events)
        events.settle()
        assert shown(events) == DONE, at


def test_older_result_whose_answer_was_lost_does_not_stay_over_a_newer_one(events: Events) -> None:
    leave_a_result(events)
    events.outside.openapi.bases.write_faults.set(Fault("answer_lost", times=1))
    events.world.sweep()
    assert shown(events) == NOT_DONE
    press_and_send(events)
    events.settle()
    assert shown(events) == DONE


def test_click_that_another_owner_gets_drops_nobodys_result(events: Events) -> None:
    leave_a_result(events)
    events.configure_button("crm", enabled=False)
    events.configure_button("shop", result_field="Ghi chú")
    events.outside.openapi.bases.put(*TABLE, CLICK["record_id"], {"Kết quả": None, "Ghi chú": None})
    press_and_send(events)
    events.settle()
    assert (shown(events), shown(events, "Ghi chú")) == (NOT_DONE, DONE)


def test_owners_who_share_a_field_are_all_shown_there_the_newest_first(events: Events) -> None:
    leave_a_result(events)
    events.configure_button("crm", enabled=False)
    events.configure_button("shop")
    press_and_send(events)
    events.settle()
    assert shown(events) == f"{DONE}\n{NOT_DONE}"
