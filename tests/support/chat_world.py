"""Chats on the whole bundle in one process: what people do in simulated Lark, and what they see there."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from larkbridge.settings import ChatAgentSettings, VaultSettings
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.token_pair import TokenPair
from larkbridge.wiring.chatting import chatting
from larkbridge.wiring.vault import token_vault
from sandbox.lark.chats import P2P, Group
from sandbox.lark.scopes import EVERY_SCOPE
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.memory_sqs import CHAT_QUEUE_ARN, GIVEN_UP_ARN
from tests.support.webhooks import FIRST_SECRETS, request
from tests.support.world import World

AN, HUONG = "ou_sandbox_person", "ou_sandbox_manager"
OWN, GROUP = P2P + AN, "oc_teachers"


class Seen(NamedTuple):
    """A message as people see it."""

    sender: str
    text: str


class ChatWorld:
    """Two people, each with a chat with the bot, and a group of both."""

    def __init__(self, world: World, account: MemoryAccount) -> None:
        account.sqs.use(world.clock)
        self.world = world
        self.queue, self.given_up = account.sqs.turns, account.sqs.given_up
        self.lark = world.simulators.openapi
        self.chats = self.lark.chats
        self.chats.groups[GROUP] = Group(GROUP, "Giáo viên", [AN, HUONG])
        self.lark.events.secrets = FIRST_SECRETS
        self.lark.events.post = self._posts_to("/webhook/event")
        self.lark.events.post_callback = self._posts_to("/webhook/card")
        self.restart()

    def restart(self, **settings: str) -> None:
        """Start a new process of the agent, with other settings."""
        self._agent = chatting(ChatAgentSettings(self.world.environ | settings), self.world.parts())

    def connect(self, who: str = AN) -> str:
        """Have a person connected who has agreed to everything; return the access token."""
        token = self.lark.tokens.user_tokens.issue(who, EVERY_SCOPE)
        pair = TokenPair(token, self.world.clock.now() + timedelta(hours=2), "", None, tuple(EVERY_SCOPE))
        vault = token_vault(VaultSettings(self.world.environ), self.world.parts())
        vault.keep(Owner(LARK_USER, who), pair)
        return token

    def say(self, text: str, *, chat: str = OWN, who: str = AN, **more: str) -> str:
        """Let a person write, and everything follow from it; return the message's id."""
        message_id = self.chats.say(chat, who, text, **more)
        self.settle()
        return message_id

    def settle(self) -> None:
        """Let everything follow from what people did."""
        self.lark.events.deliver_due()
        self.world.wake()
        while self.take_turn():
            pass

    def take_turn(self) -> bool:
        """Let the agent take the next turn; return whether there was one."""
        for queue, arn in ((self.queue, CHAT_QUEUE_ARN), (self.given_up, GIVEN_UP_ARN)):
            received = queue.receive()
            if received is not None:
                answer = self._agent.take({"Records": [received.record(arn)]})
                if not answer["batchItemFailures"]:
                    queue.delete(received)
                return True
        return False

    def seen(self, chat: str = OWN) -> list[Seen]:
        """Return what is to be seen in a chat, oldest first."""
        return [Seen(line.sender, line.text) for line in self.lark.chat_view.lines(chat)]

    def heard(self, chat: str = OWN) -> list[str]:
        """Return what the bot has said in a chat."""
        return [line.text for line in self.lark.chat_view.lines(chat) if line.sender == "Larkbridge"]

    def _posts_to(self, path: str) -> Any:
        def post(headers: Mapping[str, str], body: bytes) -> int:
            return self.world.receive(request(f"POST {path}", body, headers)).status

        return post
