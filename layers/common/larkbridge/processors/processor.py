"""What a processor is, and how it says that an event cannot be processed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from larkbridge.store.deliveries import Delivery
from larkbridge.store.events import Event
from larkbridge.work.outcome import Outcome


class UnprocessableEventError(Exception):
    """The event will never be processed as it is: it is given up, and its `reason` is shown.

    `deliveries` must go out all the same.
    """

    def __init__(self, reason: str, message: str = "", deliveries: Sequence[Delivery] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = message
        self.deliveries = deliveries


class ToldFailureError(Exception):
    """Lark did not do what processing needs: the attempt ends as `outcome` says.

    `deliveries` must go out all the same: they tell whoever waits for it.
    """

    def __init__(self, outcome: Outcome, deliveries: Sequence[Delivery]) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome
        self.deliveries = deliveries


class NothingToDoError(Exception):
    """The event is none that anything follows from; the text says why."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event, whole, with its payload parsed."""

    event: Event
    document: dict[str, Any]


type Processor = Callable[[Incoming], Sequence[Delivery]]
"""Does what an event asks for and returns what must go out because of it.

It may run any number of times for one event, and stop anywhere. Raises `UnprocessableEventError`,
`ToldFailureError`, `NothingToDoError`, or an error that passes (`AwsUnavailableError`, `LarkApiError`).
"""

type Processors = Mapping[tuple[str, str], Processor]
"""By source and type."""
