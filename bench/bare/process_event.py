"""The event processor's handler: one event taken, what follows from it, one line, one metric."""

import json
import os
from typing import Any

import botocore.session
import httpx
from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics(namespace="Bare")
dynamodb = botocore.session.get_session().create_client("dynamodb")
http = httpx.Client()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        key = {"eventId": image["eventId"]}
        dynamodb.update_item(TableName=os.environ["EVENTS_TABLE"], Key=key)
        payment = json.loads(image["payload"]["S"])["data"]["object"]
        item = {"paymentId": {"S": payment["id"]}, "status": {"S": payment["payment_status"]}}
        dynamodb.put_item(TableName=os.environ["PAYMENTS_TABLE"], Item=item)
        dynamodb.update_item(TableName=os.environ["EVENTS_TABLE"], Key=key)
        logger.info("processed")
    metrics.add_metric("Processed", "Count", 1)
    metrics.flush_metrics()
    return {"batchItemFailures": []}
