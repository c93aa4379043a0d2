"""Somebody who looks after the submissions, and submissions to look after."""

import json
from typing import Any

import boto3

from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from tests.support.forms import http_event
from tests.support.world import Answer, World
from tools.api_key import create_key

LIST = "GET /v1/submissions"
GET = "GET /v1/submissions/{submissionId}"
RETRY = "POST /v1/submissions/{submissionId}/retry"
RETRY_ALL = "POST /v1/submissions/retry"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


class Admin:
    """Somebody with a key to the admin API; `keys` is where `tools.api_key` finds it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.keys = {"table_name": world.environ["API_KEYS_TABLE"], "dynamodb": boto3.resource("dynamodb")}
        self.key = create_key(name="Hà", owner="centre", **self.keys)

    def ask(self, route: str, submission_id: str = "", **query: str) -> Answer:
        path = {"submissionId": submission_id}
        return self.world.admin(
            http_event(route=route, headers={"x-api-key": self.key}, path=path, query=query)
        )

    def retry_all(self, **body: Any) -> Answer:
        headers = {"x-api-key": self.key, "content-type": "application/json"}
        return self.world.admin(http_event(json.dumps(body), route=RETRY_ALL, headers=headers))

    def ids(self, **query: str) -> list[str]:
        return [item["submissionId"] for item in self.ask(LIST, **query).body["items"]]


def post(world: World, *form_types: FormType, fault: Fault | None = None) -> list[str]:
    """Post forms a second apart and return their ids, newest first."""
    if fault:
        world.lark.faults.set(fault)
    ids = []
    for form_type in form_types:
        ids.append(world.post(form_type).body["submissionId"])
        world.clock.advance(seconds=1)
    world.lark.faults.clear()
    return ids[::-1]
