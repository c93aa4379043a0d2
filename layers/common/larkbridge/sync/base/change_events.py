"""Seeing to it that Lark sends a Base's changes; without them the schedules are all there is."""

from datetime import datetime
from typing import Any

from larkbridge.clock import to_text
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.files import Files
from larkbridge.sync.config.tables import Table
from larkbridge.sync.state.schedule import described


def subscribed(files: Files, table: Table, now: datetime) -> dict[str, Any]:
    """Subscribe to a table's Base, and return what an admin is told of it, a refusal too."""
    try:
        files.subscribe(table.app_token)
    except LarkApiError as error:
        return {"ok": False, **described(error, now)}
    return {"ok": True, "at": to_text(now)}
