"""The ConnectRequests table: what people are asked to agree to in Lark, and each way there that was begun.

Keys: `key`, which is ``request#`` and the id that a link names, or ``state#`` and the nonce that a state
carries. A request holds for 24 hours and may be opened any number of times; a way holds for 10 minutes and
comes back once. TTL on `expiresAt` tidies up.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from larkbridge.clock import to_text
from larkbridge.errors import ConditionFailedError
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.codec import decode, encode
from larkbridge.store.table import Table

REQUEST_FOR = timedelta(hours=24)
WAY_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectRequest:
    """What a person is asked to agree to.

    Attributes
    ----------
    purpose
        A word for what the grant is for, such as ``agent``.
    turn
        What the person did that needs the grant, to be taken up again.
    expires_at
        In unix seconds.
    connected_at
        When the chat last knew of a grant by it.
    """

    request_id: str
    purpose: str
    scopes: tuple[str, ...]
    turn: ChatTurn
    asked_at: str
    expires_at: int
    connected_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to Lark and back that a person has begun.

    Attributes
    ----------
    verifier
        PKCE's, which nobody but Lark is told.
    spent_at
        When it came back.
    """

    nonce: str
    request_id: str
    verifier: str = field(repr=False)
    expires_at: int
    spent_at: str | None = None


class Spent(NamedTuple):
    """A way that has come back; `again` for one that had come back before, and then `way` says when."""

    way: Way
    again: bool


class ConnectRequestStore:
    """Every access to the ConnectRequests table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def add(self, request: ConnectRequest) -> None:
        """Store a request; may be repeated."""
        self._table.put({"key": _request(request.request_id)} | encode(request))

    def get(self, request_id: str, now: datetime) -> ConnectRequest | None:
        """Return a request, None for one that there is not or that no longer holds."""
        record = self._table.get({"key": _request(request_id)})
        request = decode(ConnectRequest, record) if record else None
        return request if request and now.timestamp() < request.expires_at else None

    def begin(self, way: Way) -> None:
        """Store a way before the person sets out."""
        self._table.put({"key": _state(way.nonce)} | encode(way))

    def spend(self, nonce: str, now: datetime) -> Spent | None:
        """Let a way come back; exactly one call finds it unspent. None where nobody has begun it."""
        action = self._table.update_action(
            {"key": _state(nonce)},
            {"spentAt": to_text(now)},
            condition="attribute_exists(nonce) AND attribute_not_exists(#spentAt)",
        )
        try:
            return Spent(decode(Way, self._table.update(action)), again=False)
        except ConditionFailedError as error:
            return None if error.item is None else Spent(decode(Way, error.item), again=True)

    def note_connected(self, request_id: str, now: datetime) -> None:
        """Note that the grant is there and the chat knows."""
        action = self._table.update_action(
            {"key": _request(request_id)},
            {"connectedAt": to_text(now)},
            condition="attribute_exists(requestId)",
        )
        try:
            self._table.write(action)
        except ConditionFailedError:
            return  # it has expired meanwhile, and nobody can open it any more


def _request(request_id: str) -> str:
    return f"request#{request_id}"


def _state(nonce: str) -> str:
    return f"state#{nonce}"
