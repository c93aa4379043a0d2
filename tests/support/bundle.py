"""A bundle whose functions start anew for each event, against simulators on a port."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import httpx

from sandbox.local_tables import APP_TOKEN, lark_tables, make_tables
from sandbox.server import SandboxServer, build_router
from sandbox.settings import SandboxSettings
from tests.support.aws import SECRETS
from tests.support.functions import environment, functions, loaded, references
from tests.support.webhooks import LARK_APP_ID, ZALO_APP_ID
from tests.support.world import Answer, Context
from tools.api_key import create_key

CONTROL = "/_sandbox/lark/workflow"


@dataclass
class Bundle:
    """A bundle whose functions start anew for each event."""

    refs: dict[str, str]
    lark: httpx.Client
    api_key: str

    def invoke(self, folder: str, event: dict[str, Any]) -> dict[str, Any]:
        function = functions()[folder]
        with loaded(function, environment(function, self.refs)) as handler:
            return handler(event, Context("invocation-1"))

    def answer(self, folder: str, case: str) -> Answer:
        """Return what a sample is answered, sent with the admin key in place of the placeholder."""
        event = functions()[folder].samples()[case]
        if "x-api-key" in event["headers"]:
            event["headers"]["x-api-key"] = self.api_key
        response = self.invoke(folder, event)
        return Answer(response["statusCode"], json.loads(response["body"]))

    def runs(self) -> list[dict[str, Any]]:
        """Return what the Lark workflow was started with."""
        return [one["payload"] for one in self.lark.get(f"{CONTROL}/runs").json()["items"]]

    def put_record(self, table: str, record_id: str, fields: dict[str, Any]) -> None:
        """Write a record as a person in Lark does."""
        path = f"/_sandbox/lark/base/{APP_TOKEN}/{table}/{record_id}"
        self.lark.put(path, json={"fields": fields}).raise_for_status()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table, as the admin API shows them."""
        event = functions()["admin_api"].samples()["list_rows"] | {"pathParameters": {"table": table}}
        event["headers"]["x-api-key"] = self.api_key
        return json.loads(self.invoke("admin_api", event)["body"])["items"]

    def events(self) -> list[dict[str, Any]]:
        """Return the webhook events that are stored, as DynamoDB has them."""
        return boto3.client("dynamodb").scan(TableName=self.refs["EventsTable"])["Items"]

    def stored(self) -> int:
        return boto3.client("dynamodb").scan(TableName=self.refs["SubmissionsTable"])["Count"]


@contextmanager
def deployed(environ: dict[str, str]) -> Iterator[Bundle]:
    """Run the simulators, with the tables of `tables.toml`, and give a bundle that is connected to them."""
    settings = SandboxSettings(
        form_webhook_tokens=SECRETS["LARK_FORM_WEBHOOK_TOKEN"],
        lark_app_id=LARK_APP_ID,
        lark_app_secrets=[SECRETS["LARK_APP_SECRET"]],
    )
    router = build_router(settings)
    with (
        SandboxServer("127.0.0.1", 0, router).running() as url,
        httpx.Client(base_url=url, trust_env=False) as lark,
    ):
        refs = references(
            environ,
            LarkFormWebhookUrl=f"{url}/base/automation/webhook/event/forms",
            LarkDomain=url,
            LarkAppId=LARK_APP_ID,
            LarkTables=lark_tables(),
            ZaloAppId=ZALO_APP_ID,
            LocalOrigin=url,
        )
        make_tables(url)
        key = create_key(refs["ApiKeysTable"], "tests", "tests", dynamodb=boto3.resource("dynamodb"))
        yield Bundle(refs, lark, key)
