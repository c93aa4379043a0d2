"""Links with which people connect on the deployed stack, made in this process."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from larkbridge import aws
from larkbridge.clock import SystemClock
from larkbridge.people.connecting import CALLBACK_PATH, Connecting
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.store.connect_requests import ConnectRequestStore
from sandbox.lark.chats import P2P
from tests.support.aws import CREDENTIALS
from tests.support.lark_accounts import READ_TASKS
from tests.support.stack import LocalStack


@contextmanager
def connecting_on(stack: LocalStack) -> Iterator[Connecting]:
    """Give what asks people to connect, on the stack's table."""
    place = {"AWS_ENDPOINT_URL": stack.aws_endpoint, "AWS_DEFAULT_REGION": stack.description["region"]}
    with patch.dict(os.environ, CREDENTIALS | place):
        aws.client.cache_clear()
        requests = ConnectRequestStore(stack.table("ConnectRequestsTable"))
        try:
            yield Connecting(requests, f"{stack.description['apiUrl']}{CALLBACK_PATH}", SystemClock())
        finally:
            aws.client.cache_clear()


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
