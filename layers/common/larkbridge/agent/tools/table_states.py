"""How the tables fare that are the same here and in Lark Base."""

from collections.abc import Collection, Mapping
from typing import Any

from larkbridge.agent.tools.centre_access import centre_tool
from larkbridge.agent.tools.local_time import stored
from larkbridge.agent.tools.redaction import Redactor
from larkbridge.agent.tools.time_tools import NoArguments
from larkbridge.agent.tools.tool import Asker, Tool, ToolError
from larkbridge.errors import NotConfiguredError
from larkbridge.lark.hints import hint_of
from larkbridge.routes import Scope
from larkbridge.sync.config.registered import Registered
from larkbridge.sync.overview import Overview


class TableStates:
    """Reads what is known of each table's sync."""

    def __init__(self, tables: Registered, overview: Overview) -> None:
        self._tables = tables
        self._overview = overview

    def tools(self, staff_chats: Collection[str]) -> tuple[Tool, ...]:
        """Return the tool."""
        return (
            centre_tool(
                "table_syncs",
                "Each table that is the same here and in Lark Base: when it was last the same, how many rows "
                "wait, were refused or do not fit, and why a sync fails.",
                NoArguments,
                self._all,
                needs=Scope.READ,
                staff_chats=staff_chats,
            ),
        )

    def _all(self, asker: Asker, _: NoArguments) -> dict[str, Any]:
        """Show every table; as many requests as `Overview` takes for each."""
        try:
            tables = list(self._tables.all())
        except NotConfiguredError as error:
            raise ToolError(f"The list of tables cannot be used: {error.message}") from None
        return {"tables": [_table(self._overview.of(table), Redactor(asker)) for table in tables]}


def _table(known: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return what is told of a table; what there is nothing to tell of is left out."""
    told = {name: known[name] for name in ("name", "role", "connected", "lagSeconds", "counts", "requested")}
    times = {name: stored(known[name]) for name in ("lastSync", "nextRunAt") if known[name]}
    troubles: dict[str, Any] = {}
    if error := known["lastError"]:
        hint = error.get("hint") or hint_of(error["reason"])
        troubles["lastError"] = {
            "reason": error["reason"],
            "message": redactor.text(error.get("message") or ""),
        }
        troubles["lastError"] |= {"hint": hint} if hint else {}
    if suspicion := known["suspicious"]:
        troubles["suspicious"] = redactor.text(suspicion["reason"])
    if known["drift"]:
        troubles["columnsThatDiffer"] = [
            redactor.text(f"{one['field']}: {one['kind']}") for one in known["drift"]
        ]
    return {**{name: value for name, value in told.items() if value is not None}, **times, **troubles}
