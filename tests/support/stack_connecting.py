"""Links with which people connect on the deployed stack, made in this process."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from larkbridge.clock import SystemClock
from larkbridge.people.connecting import CALLBACK_PATH, Connecting
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.store.connect_requests import ConnectRequestStore
from sandbox.lark.chats import P2P
from tests.support.lark_accounts import READ_TASKS
from tests.support.stack import LocalStack, in_aws_of


@contextmanager
def connecting_on(stack: LocalStack) -> Iterator[Connecting]:
    """Give what asks people to connect, on the stack's table."""
    with in_aws_of(stack):
        requests = ConnectRequestStore(stack.table("ConnectRequestsTable"))
        yield Connecting(requests, f"{stack.description['apiUrl']}{CALLBACK_PATH}", SystemClock())


def asked(connecting: Connecting, open_id: str) -> str:
    """Return the link that a person is sent who has asked something."""
    turn = ChatTurn(
        kind=TurnKind.MESSAGE,
        event_id=f"lark#{uuid.uuid4()}",
        open_id=open_id,
        sent_at="2026-11-28T03:00:00.000Z",
        chat_id=f"{P2P}{open_id}",
        message_id=f"om_{uuid.uuid4()}",
        message_type="text",
        content='{"text": "/help"}',
    )
    return connecting.ask(turn, [READ_TASKS])
