"""The vendors over HTTP: what they send to a deployed stack, and what its admin sees of it."""

import time
from typing import Any

import httpx

from sandbox.webhooks import Signed
from sandbox.webhooks.signers import SIGNERS
from tests.support.stack import LocalStack
from tests.support.waiting import wait_for
from tests.support.webhooks import body_of, route_of

FINAL = {"success", "ignored", "dead"}
PROCESSING_SECONDS = 60


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

    def processed(self, event_id: str, *, seconds: float = PROCESSING_SECONDS) -> dict[str, Any]:
        """Wait until an event is done or dead and return it."""
        wait_for(lambda: self.event(event_id)["status"] in FINAL, seconds)
        return self.event(event_id)

    def replay(self, event_id: str) -> dict[str, Any]:
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
