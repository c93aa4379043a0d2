"""An SQS FIFO queue as its documentation has it, on simulated time; kinder ones prove nothing.

Groups go side by side, a group's messages one after the other: while one is under way the others wait. What
was received stays hidden for a while and then comes again, whatever its receiver still does; only the newest
receipt deletes it, and only while it is hidden. After so many receives in vain it goes to the queue of dead
letters. An equal deduplication id is dropped for five minutes, also when the first message is gone.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from larkbridge.clock import Clock

DEDUPLICATED_FOR = timedelta(minutes=5)


@dataclass
class _Message:
    number: int
    body: str
    group: str
    received: int = 0
    hidden_until: datetime | None = None


class Received(NamedTuple):
    """A message as one receiver has it; `number` and `receives` are its receipt."""

    number: int
    receives: int
    body: str
    group: str

    def record(self, arn: str) -> dict[str, Any]:
        """Return it as Lambda hands it over."""
        return {
            "messageId": f"message-{self.number}",
            "receiptHandle": f"{self.number}-{self.receives}",
            "body": self.body,
            "attributes": {
                "ApproximateReceiveCount": str(self.receives),
                "MessageGroupId": self.group,
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
        }


@dataclass
class FifoQueue:
    """One queue.

    Parameters
    ----------
    visibility
        So long a message that was received is hidden.
    receives
        After so many a message goes to `dead_letters`; without such a queue it comes for ever.
    """

    clock: Clock
    visibility: timedelta = timedelta(seconds=150)
    receives: int = 3
    dead_letters: "FifoQueue | None" = None
    _messages: list[_Message] = field(default_factory=list)
    _sent: dict[str, datetime] = field(default_factory=dict)
    _sent_count: int = 0

    def send(self, body: str, group: str, deduplication_id: str) -> bool:
        """Take a message; return whether it is a new one."""
        now, before = self.clock.now(), self._sent.get(deduplication_id)
        if before is not None and now < before + DEDUPLICATED_FOR:
            return False
        self._sent[deduplication_id] = now
        self._sent_count += 1
        self._messages.append(_Message(self._sent_count, body, group))
        return True

    def receive(self) -> Received | None:
        """Hand out the first message of the first group that has none under way."""
        for message in self._heads():
            if self.dead_letters is not None and message.received >= self.receives:
                self._messages.remove(message)
                self.dead_letters.send(message.body, message.group, f"{id(self)}-{message.number}")
                return self.receive()
            message.received += 1
            message.hidden_until = self.clock.now() + self.visibility
            return Received(message.number, message.received, message.body, message.group)
        return None

    def delete(self, received: Received) -> bool:
        """Delete what was received; return False when it has come to somebody again, or may."""
        for message in self._messages:
            if message.number == received.number:
                is_newest = message.received == received.receives
                if not is_newest or message.hidden_until is None or message.hidden_until <= self.clock.now():
                    return False
                self._messages.remove(message)
                return True
        return False

    def show(self, received: Received) -> None:
        """Let a message's hiding end early, while its receiver is still at it."""
        for message in self._messages:
            if message.number == received.number:
                message.hidden_until = None

    @property
    def next_at(self) -> datetime | None:
        """When the next message can be received, None when there is none; perhaps now."""
        heads = {message.group: message for message in reversed(self._messages)}
        return min((head.hidden_until or self.clock.now() for head in heads.values()), default=None)

    @property
    def bodies(self) -> list[str]:
        """What is in it, whether somebody has received it or not."""
        return [message.body for message in self._messages]

    def __len__(self) -> int:
        return len(self._messages)

    def _heads(self) -> list[_Message]:
        """Return each group's first message, of groups that have none under way."""
        heads: dict[str, _Message] = {}
        for message in self._messages:
            heads.setdefault(message.group, message)
        now = self.clock.now()
        return [head for head in heads.values() if head.hidden_until is None or head.hidden_until <= now]
