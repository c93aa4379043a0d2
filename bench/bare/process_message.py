"""The event processor's handler for a chat's message: taken, handed over to a queue, one line, one metric."""

import json
import os
from typing import Any

import botocore.session
import httpx
from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics(namespace="Bare")
session = botocore.session.get_session()
dynamodb, sqs = session.create_client("dynamodb"), session.create_client("sqs")
http = httpx.Client()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        key = {"eventId": image["eventId"]}
        dynamodb.update_item(TableName=os.environ["EVENTS_TABLE"], Key=key)
        message = json.loads(image["payload"]["S"])["event"]["message"]
        sqs.send_message(
            QueueUrl=os.environ["CHAT_QUEUE_URL"],
            MessageBody=json.dumps(message),
            MessageGroupId=message["chat_id"],
            MessageDeduplicationId=message["message_id"],
        )
        dynamodb.update_item(TableName=os.environ["EVENTS_TABLE"], Key=key)
        logger.info("processed")
    metrics.add_metric("Processed", "Count", 1)
    metrics.flush_metrics()
    return {"batchItemFailures": []}
