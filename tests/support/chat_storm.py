"""The chat agent on a FIFO queue where everything happens: kills, two at once, hiding that ends early."""

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from larkbridge.agent.handed_over import HandedOver
from larkbridge.agent.protocols import Responder, Speaker
from larkbridge.agent.turns import Turns
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.conversations import ConversationStore
from tests.support.calls import ProcessStoppedError
from tests.support.chat_room import ChatRoom
from tests.support.clock import SimulatedClock
from tests.support.fifo_queue import FifoQueue, Received
from tests.support.memory_dynamo.aws import SETTINGS
from tests.support.memory_dynamo.client import Interference, MemoryDynamo
from tests.support.memory_sqs import CHAT_QUEUE_ARN, GIVEN_UP_ARN

FUNCTION_SECONDS = 120
DEEPEST = 3


@dataclass
class Trouble:
    """How likely each thing is at each call: a kill, a minute's wait, others meanwhile.

    `shown_early` says how likely a message comes to others while it is under way, which happens to each once.
    """

    kill: float = 0.0
    slow: float = 0.0
    others: float = 0.0
    shown_early: float = 0.0


@dataclass
class _Running:
    received: Received
    queue: FifoQueue
    started: Any


@dataclass
class ChatStorm(Interference):
    """A chat agent, its queues, and what goes wrong at its calls.

    Parameters
    ----------
    kill_at
        The number of the one call, from 0, that its process does not survive.
    """

    dynamo: MemoryDynamo
    rng: random.Random = field(default_factory=random.Random)
    trouble: Trouble = field(default_factory=Trouble)
    kill_at: int | None = None
    calls: int = 0

    def __post_init__(self) -> None:
        self.clock = SimulatedClock()
        self.given_up = FifoQueue(self.clock)
        self.queue = FifoQueue(self.clock, dead_letters=self.given_up)
        self.room = ChatRoom(self.clock, self.at_call)
        self.conversations = ConversationStore(SETTINGS["CONVERSATIONS_TABLE"])
        self.speak_by(self.room, self.room)
        self._running: list[_Running] = []
        self._shown: set[str] = set()
        self.dynamo.interference = self

    def before(self, operation: str, parameters: Any) -> None:
        self.at_call(operation)

    def after(self, operation: str, parameters: Any) -> None:
        self.at_call(operation)

    def speak_by(self, responder: Responder, speaker: Speaker) -> None:
        """Let others than the room's find the answers and say them."""
        self.turns = Turns(self.conversations, responder, speaker, self.clock)
        self._agent = HandedOver(self.turns, GIVEN_UP_ARN)

    def hand_over(self, turn: ChatTurn) -> None:
        self.queue.send(turn.to_json(), turn.group, turn.deduplication_id)

    def run(self) -> None:
        """Let the agent run until both queues are empty."""
        for _ in range(50_000):
            waiting = [queue.next_at for queue in (self.queue, self.given_up)]
            moments = [moment for moment in waiting if moment is not None]
            if not moments:
                return
            self.clock.move_to(min(moments))
            for queue in (self.queue, self.given_up):
                self._take_from(queue)
        raise AssertionError("the queues never end")

    def _take_from(self, queue: FifoQueue) -> None:
        """Run the function on the next message, if there is one."""
        received = queue.receive()
        if received is None:
            return
        self._running.append(_Running(received, queue, self.clock.now()))
        arn = GIVEN_UP_ARN if queue is self.given_up else CHAT_QUEUE_ARN
        try:
            with suppress(ProcessStoppedError):
                if not self._agent.take({"Records": [received.record(arn)]})["batchItemFailures"]:
                    queue.delete(received)
        finally:
            self._running.pop()

    def at_call(self, _: str) -> None:
        """Let happen what may at a call of the agent's."""
        if not self._running:
            return
        running = self._running[-1]
        self.calls += 1
        self.clock.advance(seconds=60 if self.rng.random() < self.trouble.slow else 0.05)
        if len(self._running) <= DEEPEST and self.rng.random() < self.trouble.others:
            self._let_others(running)
        is_over_time = self.clock.now() - running.started >= timedelta(seconds=FUNCTION_SECONDS)
        if is_over_time or self.calls - 1 == self.kill_at or self.rng.random() < self.trouble.kill:
            raise ProcessStoppedError

    def _let_others(self, running: _Running) -> None:
        """Let others run meanwhile, perhaps with the very message that is under way here."""
        if running.received.body not in self._shown and self.rng.random() < self.trouble.shown_early:
            self._shown.add(running.received.body)
            running.queue.show(running.received)
        for queue in (self.queue, self.given_up):
            self._take_from(queue)
