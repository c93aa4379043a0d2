"""Cards that people press, and their updates.

Sources: open platform documentation, "Delay update message card" and "Update the message card sent by the
app": their limits and error codes. What they leave open, and is assumed here:

* the codes of the delayed update come with HTTP 200;
* only an update that was made counts as a use of its token; how many a token has, the pages say differently;
* a message that is no card, or a card that is not shared by all, is a bad parameter of the update by message;
* a card of JSON 2.0 is shared unless it says otherwise, and becoming one of 1.0 is refused by both updates.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark import message_codes
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.message_content import VERSION_2, is_shared, parsed_content
from sandbox.lark.messages import MESSAGE_PATH, Message, MessageBox
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import UPDATE_MESSAGES
from sandbox.rate import RateWindow
from sandbox.routing import Request, Route

UPDATE_PATH = "/open-apis/interactive/v1/card/update"
TOKEN_SECONDS = 30 * 60
PATCH_SECONDS = 14 * 24 * 60 * 60
MAX_UPDATE_BYTES = 100 * 1024
API_RATE = 50
MESSAGE_RATE = 5


class ErrorCode(IntEnum):
    BAD_CARD = 10002
    CARD_TOO_LARGE = 100000
    TOKEN_INVALID = 300020
    TOKEN_EXPIRED = 300030
    TOKEN_USED_UP = 300040
    OPEN_IDS_MISSING = 300090


@dataclass(frozen=True, slots=True)
class Update:
    """A change of a card, for some people or, without `open_ids`, for everybody."""

    time: float
    message_id: str
    card: dict[str, Any]
    open_ids: list[str]


@dataclass(slots=True)
class _Press:
    message: Message
    end: float
    uses: int = 0


class CardUpdates:
    """The changes of the box's cards, in `updates`, oldest first.

    Attributes
    ----------
    updates_per_token
        How often one press's token may be used.
    """

    def __init__(self, now: Callable[[], float], box: MessageBox) -> None:
        self.faults = FaultSwitch()
        self.updates: list[Update] = []
        self.updates_per_token = 2
        self._now = now
        self._box = box
        self._presses: dict[str, _Press] = {}
        self._windows = defaultdict[str, RateWindow](lambda: RateWindow(MESSAGE_RATE))

    def press(self, message_id: str) -> str:
        """Press a card's button, and return the update token that the callback carries."""
        token = f"c-{secrets.token_hex(20)}"
        self._presses[token] = _Press(self._box.find(message_id), self._now() + TOKEN_SECONDS)
        return token

    def routes(self, platform: Platform) -> list[Route]:
        """Return the card APIs."""
        return [
            platform.route("POST", UPDATE_PATH, self.faults, API_RATE, self._update),
            platform.route(
                "PATCH", MESSAGE_PATH, self.faults, API_RATE, self._patch, user=True, scopes=UPDATE_MESSAGES
            ),
        ]

    def _update(self, request: Request) -> dict[str, Any]:
        document = json_object(request)
        press, card = self._press(document.get("token")), document.get("card")
        if not isinstance(card, dict):
            raise RefusedError(ErrorCode.BAD_CARD, "card is required")
        if len(json.dumps(card).encode()) > MAX_UPDATE_BYTES:
            raise RefusedError(ErrorCode.CARD_TOO_LARGE, "the card is too large")
        open_ids = card.get("open_ids") or []
        if not isinstance(open_ids, list):
            raise RefusedError(ErrorCode.BAD_CARD, "open_ids is not a list")
        now_shown = self._box.shown(press.message)
        if not open_ids and not is_shared(now_shown):
            raise RefusedError(
                ErrorCode.OPEN_IDS_MISSING, "open_ids is required for a card that is not shared"
            )
        _require_version(now_shown, card)
        press.uses += 1
        shown = {name: value for name, value in card.items() if name != "open_ids"}
        self._change(Update(self._now(), press.message.message_id, shown, open_ids))
        return {}

    def _press(self, token: object) -> _Press:
        press = self._presses.get(token) if isinstance(token, str) else None
        if press is None:
            raise RefusedError(ErrorCode.TOKEN_INVALID, "the token is not valid")
        if self._now() >= press.end:
            raise RefusedError(ErrorCode.TOKEN_EXPIRED, "the token is expired")
        if press.uses >= self.updates_per_token:
            raise RefusedError(ErrorCode.TOKEN_USED_UP, "the token is used up")
        return press

    def _patch(self, request: Request) -> dict[str, Any]:
        message = self._box.reachable(request.params["message_id"])
        content = json_object(request).get("content")
        if not isinstance(content, str) or not content:
            raise RefusedError(INVALID_FIELD, "content is required", 400)
        card, now = parsed_content("interactive", content), self._now()
        now_shown = self._box.shown(message)
        if message.msg_type != "interactive" or not (is_shared(now_shown) and is_shared(card)):
            raise RefusedError(
                message_codes.ErrorCode.BAD_PARAMETER, "this message is not a shared card", 400
            )
        _require_version(now_shown, card)
        self._box.require_audit(card)
        if now >= message.time + PATCH_SECONDS:
            raise RefusedError(
                message_codes.ErrorCode.TOO_OLD_TO_CHANGE, "the message is older than 14 days", 400
            )
        window = self._windows[message.message_id]
        if window.is_full(now):
            raise RefusedError(message_codes.ErrorCode.RATE_LIMITED, "too many updates of a message", 400)
        window.add(now)
        self._change(Update(now, message.message_id, card, []))
        return {}

    def _change(self, update: Update) -> None:
        self.updates.append(update)
        if not update.open_ids:
            self._box.changed[update.message_id] = update.card


def _require_version(sent: Any, card: dict[str, Any]) -> None:
    if sent.get("schema") == VERSION_2 and card.get("schema") != VERSION_2:
        code = message_codes.ErrorCode.CARD_VERSION
        raise RefusedError(code, "a card of JSON 2.0 cannot become one of 1.0", 400)
