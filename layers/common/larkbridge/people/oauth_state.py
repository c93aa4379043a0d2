"""The `state` that goes to Lark and comes back: signed, and bound to what it was begun for."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from larkbridge.errors import NotFoundError
from larkbridge.pages.signed_links import sign, verify
from larkbridge.store.connect_requests import ConnectRequest

KEY_SETTING = "SESSION_KEY"
MAX_LENGTH = 500


def new_state(request: ConnectRequest, nonce: str, keys: Sequence[str], until: datetime) -> str:
    """Return the state of a way; `keys` are the values of SESSION_KEY, of which the first signs."""
    return sign("connect", f"{nonce} {_binding(request)}", keys, until)


def nonce_of(state: str, keys: Sequence[str], now: datetime) -> tuple[str, str]:
    """Return a state's nonce and what it is bound to; raises NotFoundError if it is forged or expired."""
    if len(state) > MAX_LENGTH:
        raise NotFoundError("the link is not one of ours")
    nonce, _, binding = verify("connect", state, keys, now).partition(" ")
    return nonce, binding


def is_bound_to(binding: str, request: ConnectRequest) -> bool:
    """Say whether a state was made for this person, chat, message and purpose."""
    return hmac.compare_digest(binding.encode(), _binding(request).encode())


def _binding(request: ConnectRequest) -> str:
    turn = request.turn
    bound = (request.request_id, turn.open_id, turn.chat_id, turn.message_id, request.purpose)
    return hashlib.sha256("\0".join(bound).encode()).hexdigest()[:32]
