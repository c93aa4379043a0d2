"""SQS in memory: the queue of chat turns, as far as the layer calls it."""

from typing import Any

from tests.support.clock import SimulatedClock
from tests.support.fifo_queue import FifoQueue

CHAT_QUEUE_URL = "https://sqs.ap-southeast-1.amazonaws.com/123456789012/ChatQueue.fifo"
CHAT_QUEUE_ARN = "arn:aws:sqs:ap-southeast-1:123456789012:ChatQueue.fifo"
GIVEN_UP_ARN = "arn:aws:sqs:ap-southeast-1:123456789012:ChatTurnsGivenUp.fifo"

type Answer = dict[str, Any]


class MemorySqs:
    """The queue of chat turns and the one of those that were given up, on a clock that a test may replace."""

    def __init__(self) -> None:
        self.use(SimulatedClock())

    def use(self, clock: SimulatedClock) -> None:
        """Begin with empty queues on this clock."""
        self.given_up = FifoQueue(clock)
        self.turns = FifoQueue(clock, dead_letters=self.given_up)

    def send_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - AWS's own names
        MessageBody: str,  # noqa: N803
        MessageGroupId: str,  # noqa: N803
        MessageDeduplicationId: str,  # noqa: N803
    ) -> Answer:
        assert QueueUrl == CHAT_QUEUE_URL
        for one in (MessageGroupId, MessageDeduplicationId):
            assert 0 < len(one) <= 128
            assert one.isascii()
            assert one.isprintable()
            assert " " not in one
        assert len(MessageBody.encode()) <= 256 * 1024
        self.turns.send(MessageBody, MessageGroupId, MessageDeduplicationId)
        return {"MessageId": "00000000-0000-4000-8000-000000000000"}
