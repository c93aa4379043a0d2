"""The app's bot itself.

Source: the answer as lark-oapi reads it (lark_oapi/channel/bot_identity.py): flat, without ``data``.
"""

from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.platform import Platform
from sandbox.routing import Request, Route

BOT_PATH = "/open-apis/bot/v3/info"
BOT_ID = "ou_sandbox_bot"
API_RATE = 50


class Bot:
    """Who the bot is; `open_id` is how others mention it."""

    def __init__(self) -> None:
        self.faults = FaultSwitch()
        self.open_id = BOT_ID

    def routes(self, platform: Platform) -> list[Route]:
        """Return the bot API."""
        return [platform.route("GET", BOT_PATH, self.faults, API_RATE, self._info, flat=True)]

    def _info(self, _: Request) -> dict[str, Any]:
        return {"bot": {"activate_status": 2, "app_name": "Larkbridge", "open_id": self.open_id}}
