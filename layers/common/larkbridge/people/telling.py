"""Who hears of a connection: the person in their chat, the agent whose question waits, and the record."""

from datetime import datetime

from larkbridge.errors import AwsUnavailableError
from larkbridge.ids import derived_id
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.messages import Message, Messages
from larkbridge.observability import logger
from larkbridge.pages.connect_texts import CONNECTED_LINE, SOMEBODY_ELSE_LINE
from larkbridge.people.connecting import CONNECTED
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.chat_queue import ChatQueue
from larkbridge.store.connect_requests import ConnectRequest
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.work.outcome import Verdict


class Telling:
    """Says each thing at least once, and once in effect within the hour."""

    def __init__(self, messages: Messages, queue: ChatQueue, audit: AuditStore) -> None:
        self._messages, self._queue, self._audit = messages, queue, audit

    def connected(self, request: ConnectRequest, at: datetime) -> None:
        """Record it, hand the question to the agent if it still waits, and tell the person.

        Parameters
        ----------
        at
            When the person came back: each connecting by the same link is recorded and told of once.

        Raises
        ------
        AwsUnavailableError
            When the record or the queue has not taken it, or may not have.
        LarkApiError
            When the person may not have been told.
        """
        self._record(request, request.turn.open_id, "connect", at)
        if request.connected_at is None:
            self._queue.send(request.turn.taken_up_again(f"{CONNECTED}:{request.request_id}", at))
        try:
            self._say(request, f"{CONNECTED} {at.isoformat()}", CONNECTED_LINE)
        except LarkApiError as error:
            if error.outcome.verdict is not Verdict.REJECT:
                raise
            logger.warning("person not told", reason=error.outcome.reason)

    def somebody_else(self, request: ConnectRequest, who: str, at: datetime) -> None:
        """Record that somebody else agreed, and tell whom it was meant for, as far as that succeeds.

        Parameters
        ----------
        who
            The open id of who agreed.
        """
        try:
            self._record(request, who, "connect-refused", at)
            self._say(request, f"somebody-else {at.isoformat()}", SOMEBODY_ELSE_LINE)
        except (AwsUnavailableError, LarkApiError) as error:
            logger.warning("person not told", reason=error.message)

    def _record(self, request: ConnectRequest, who: str, what: str, at: datetime) -> None:
        subject, count = Owner(LARK_USER, request.turn.open_id).key, len(request.scopes)
        self._audit.add(AuditEntry(at=at, who=who, what=what, subject=subject, count=count))

    def _say(self, request: ConnectRequest, what: str, line: str) -> None:
        uuid = derived_id("connect", request.request_id, what)
        self._messages.send(request.turn.open_id, "open_id", Message("text", {"text": line}), uuid)
