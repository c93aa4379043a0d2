"""What was to be sent out and has not arrived."""

import itertools
from collections import Counter
from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import Field

from larkbridge.agent.tools.centre_access import COUNTED, SHOWN, centre_tool, progress
from larkbridge.agent.tools.local_time import stored
from larkbridge.agent.tools.redaction import Redactor
from larkbridge.agent.tools.tool import Arguments, Asker, Tool
from larkbridge.routes import Scope
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.work import Status
from larkbridge.targets.policies import TARGETS


class DeliveriesAsked(Arguments):
    state: Annotated[
        Literal["failed", "dead"] | None,
        Field(description="failed: tried again by itself; dead: given up. Both without it."),
    ] = None


class Deliveries:
    """Reads the Deliveries table."""

    def __init__(self, deliveries: DeliveryStore) -> None:
        self._deliveries = deliveries

    def tools(self, staff_chats: Collection[str]) -> tuple[Tool, ...]:
        """Return the tool."""
        return (
            centre_tool(
                "failed_deliveries",
                "What was to go out (cards, records, button calls, files) and has failed or was given up: "
                "how many by kind, and the newest ones with the reason and what can be done.",
                DeliveriesAsked,
                self._failed,
                needs=Scope.READ,
                staff_chats=staff_chats,
            ),
        )

    def _failed(self, asker: Asker, asked: DeliveriesAsked) -> dict[str, Any]:
        """Count and show, newest first; at most 12 requests and one for each hundred of 2,000 entries."""
        statuses = (Status.FAILED, Status.DEAD) if asked.state is None else (Status(asked.state),)
        found = self._deliveries.listed(TARGETS, statuses, None)
        looked_at = list(itertools.islice(found, COUNTED))
        matching = [one for one in looked_at if one.status in statuses]
        redactor = Redactor(asker)
        return {
            "count": len(matching),
            "complete": len(looked_at) < COUNTED or next(found, None) is None,
            "byKind": dict(sorted(Counter(f"{one.target} {one.status}" for one in matching).items())),
            "newest": [_delivery(one, redactor) for one in matching[:SHOWN]],
            "more": max(0, len(matching) - SHOWN),
        }


def _delivery(one: Delivery, redactor: Redactor) -> dict[str, Any]:
    return {
        "deliveryId": one.delivery_id,
        "kind": one.target,
        "created": stored(one.created_at),
        **progress(one, redactor, is_larks=one.target.startswith("lark-")),
    }
