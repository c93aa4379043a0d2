"""What sending must know of one kind of outbound call, and what a delivery comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from larkbridge.store.deliveries import Delivery, new_delivery
from larkbridge.work.attempts import Attempted
from larkbridge.work.outcome import Outcome
from larkbridge.work.policy import Policy


class Target(Protocol):
    """One kind of call. It is at least once: `send` carries the delivery's id as its idempotency token.

    `name` is stored with each delivery; `policy` says how the call is attempted.
    """

    name: ClassVar[str]
    policy: ClassVar[Policy]

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


@dataclass(frozen=True, slots=True)
class Origin:
    """One cause of deliveries: two with the same `about` and target are one.

    `subject` is the event that it goes back to, `moment` when it happened.
    """

    about: tuple[str, ...]
    subject: str
    moment: datetime

    def delivery(self, target: type[Target], destination: str, content: dict[str, Any]) -> Delivery:
        """Return a new delivery, which is due once its head start is over."""
        policy = target.policy
        return new_delivery(
            target.name,
            about=self.about,
            destination=destination,
            subject=self.subject,
            content=content,
            now=self.moment,
            next_attempt_at=self.moment + policy.head_start,
            give_up_at=self.moment + policy.deadline if policy.deadline else None,
        )
