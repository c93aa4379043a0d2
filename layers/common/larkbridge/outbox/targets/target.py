"""What the outbox must know of one kind of outbound call."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

from larkbridge.outbox.attempts import Attempted
from larkbridge.outcome import Outcome
from larkbridge.store.deliveries import Delivery


class Target(Protocol):
    """One kind of call. It is at least once: `send` carries the delivery's id as its idempotency token.

    `name` is stored with each delivery; `outbox.policy.TARGETS` has its policy under it.
    """

    name: ClassVar[str]

    @property
    def configured(self) -> bool:
        """Whether calls can be made at all; while not, they wait."""
        ...

    def requests_per_second(self) -> int:
        """Return the rate that one destination allows."""
        ...

    def send(self, delivery: Delivery) -> Outcome:
        """Make the call; never raises for what the other side does."""
        ...

    def follow_ups(self, delivery: Delivery, attempted: Attempted) -> Sequence[Delivery]:
        """Return what must be sent because of this outcome; stored if and only if the outcome is.

        Pure: the same arguments give the same deliveries.
        """
        ...
