"""The vendors over HTTP: what they send to a deployed stack, and what its admin sees of it."""

import time
from collections.abc import Collection
from typing import Any

import httpx

from sandbox.webhooks import Signed
from sandbox.webhooks.signers import SIGNERS
from tests.support.stack import LocalStack
from tests.support.waiting import wait_for
from tests.support.webhooks import body_of, route_of

FINAL = {"success", "ignored", "dead"}
DELIVERED = {"sent", "dead"}
FIRST_ATTEMPT_SECONDS = 150
"""When no stream wakes who makes it: a minute's head start, the schedule's minute, and time to make it."""


class Providers:
    """Sends signed requests through `api`; ids of events are as the event log has them."""

    def __init__(self, stack: LocalStack, api: httpx.Client) -> None:
        self.stack = stack
        self._api = api
        self._key = {"X-API-Key": stack.description["adminApiKey"]}
        values = stack.description["secrets"]
        self.secrets = {name: value if isinstance(value, str) else value[0] for name, value in values.items()}

    def signed(self, signer: str, document: Any) -> Signed:
        """Return a request as the vendor would send it now."""
        return SIGNERS[signer](body_of(document), self.secrets, time.time())

    def send(self, signer: str, document: Any, *, to: str | None = None) -> httpx.Response:
        """Send a document once, signed."""
        return self.post(to or path_of(signer), self.signed(signer, document))

    def post(self, path: str, request: Signed) -> httpx.Response:
        return self._api.post(path, content=request.body, headers=request.headers)

    def event(self, event_id: str) -> dict[str, Any]:
        """Return an event as an admin sees it."""
        answer = self._api.get(f"/v1/events/{event_id.replace('#', '%23')}", headers=self._key)
        return answer.raise_for_status().json()

    def processed(self, event_id: str) -> dict[str, Any]:
        """Wait until an event is done or dead and return it; what goes out for it is only stored then."""
        self.becomes(event_id, FINAL)
        return self.event(event_id)

    def becomes(self, event_id: str, statuses: Collection[str]) -> None:
        """Wait until an event has one of these statuses."""
        wait_for(
            lambda: self.event(event_id)["status"] in statuses,
            FIRST_ATTEMPT_SECONDS,
            lambda: self.event(event_id),
        )

    def delivered(self, event_id: str) -> list[dict[str, Any]]:
        """Wait until an event is processed and all that goes out for it is sent or dead, and return that.

        What follows from a delivery is among it: it is stored at the moment at which that delivery ends.
        """
        self.processed(event_id)
        wait_for(
            lambda: DELIVERED.issuperset(self._going_out(event_id).values()),
            FIRST_ATTEMPT_SECONDS,
            lambda: self.deliveries(event_id),
        )
        return self.deliveries(event_id)

    def deliveries(self, event_id: str) -> list[dict[str, Any]]:
        """Return what goes out for an event, oldest first, each as an admin sees it."""
        found = [
            self._api.get(f"/v1/deliveries/{one}", headers=self._key) for one in self._going_out(event_id)
        ]
        return [answer.raise_for_status().json() for answer in found]

    def _going_out(self, event_id: str) -> dict[str, str]:
        """Return the statuses of what goes out for an event, all at one moment, by the deliveries' ids."""
        found = self.stack.aws("dynamodb").query(
            TableName=self.stack.table("DeliveriesTable"),
            IndexName="by-subject",
            KeyConditionExpression="subject = :event",
            ExpressionAttributeValues={":event": {"S": event_id}},
        )
        return {item["deliveryId"]["S"]: item["status"]["S"] for item in found["Items"]}

    def replay(self, event_id: str) -> dict[str, Any]:
        """Have an event processed anew; it waits for that when this returns."""
        path = f"/v1/events/{event_id.replace('#', '%23')}/replay"
        answer = self._api.post(path, headers=self._key)
        return answer.raise_for_status().json()

    def column(self, table: str, key: str, attribute: str) -> dict[str, str]:
        """Return one attribute of every item of a table, by the item's key."""
        found = {}
        scan = self.stack.aws("dynamodb").get_paginator("scan")
        for page in scan.paginate(TableName=self.stack.table(table)):
            for item in page["Items"]:
                (found[item[key]["S"]],) = item.get(attribute, {"S": ""}).values()
        return found

    def item(self, table: str, **key: str) -> dict[str, Any]:
        """Return an item of one of the stack's tables as DynamoDB has it, by the table's logical id."""
        name = self.stack.table(table)
        typed = {attribute: {"S": value} for attribute, value in key.items()}
        return self.stack.aws("dynamodb").get_item(TableName=name, Key=typed).get("Item", {})


def path_of(signer: str) -> str:
    """Return the path that a signer's requests go to."""
    route, parameters = route_of(signer)
    return route.removeprefix("POST ").format(**parameters)
