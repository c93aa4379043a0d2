"""The handler of new deliveries: destination asked, one card taken and sent, one line, one metric."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.session
import httpx
from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics(namespace="Bare")
session = botocore.session.get_session()
dynamodb, secrets = session.create_client("dynamodb"), session.create_client("secretsmanager")
http = httpx.Client()
threads = ThreadPoolExecutor(100)


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    images = [record["dynamodb"]["NewImage"] for record in event["Records"]]
    for image in images:
        key = {"destination": image["destination"]}
        dynamodb.get_item(TableName=os.environ["DESTINATIONS_TABLE"], Key=key)
        dynamodb.update_item(TableName=os.environ["RATE_LIMITS_TABLE"], Key={"limitId": key["destination"]})
    list(threads.map(send, images))
    metrics.add_metric("Sent", "Count", 1)
    metrics.flush_metrics()
    return {"batchItemFailures": []}


def send(image: dict[str, Any]) -> None:
    key = {"deliveryId": image["deliveryId"]}
    held = dynamodb.update_item(TableName=os.environ["DELIVERIES_TABLE"], Key=key)["Attributes"]
    secret = json.loads(secrets.get_secret_value(SecretId=os.environ["PRIVATE_SECRETS_ID"])["SecretString"])
    domain, credential = os.environ["LARK_DOMAIN"], {"app_secret": str(secret)}
    token = http.post(f"{domain}/token", json=credential).json()["tenant_access_token"]
    card = held["content"]["M"]["text"]["S"]
    http.post(f"{domain}/messages", json=card, headers={"Authorization": token})
    dynamodb.update_item(TableName=os.environ["DELIVERIES_TABLE"], Key=key)
    logger.info("sent")
