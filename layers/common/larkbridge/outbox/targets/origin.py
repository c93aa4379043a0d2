"""What a delivery comes from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from larkbridge.outbox.policy import TARGETS
from larkbridge.store.deliveries import Delivery, new_delivery


@dataclass(frozen=True, slots=True)
class Origin:
    """One cause of deliveries: two with the same `about` and target are one.

    `subject` is the event that it goes back to, `moment` when it happened.
    """

    about: tuple[str, ...]
    subject: str
    moment: datetime

    def delivery(self, target: str, destination: str, content: dict[str, Any]) -> Delivery:
        """Return a new delivery, which is due once its head start is over."""
        policy = TARGETS[target]
        deadline = policy.deadline
        return new_delivery(
            target,
            about=self.about,
            destination=destination,
            subject=self.subject,
            content=content,
            now=self.moment,
            next_attempt_at=self.moment + policy.head_start,
            give_up_at=self.moment + deadline if deadline else None,
        )
