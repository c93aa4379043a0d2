"""The retry job's handler: what is due, one POST, what came of it, one line, one metric."""

import json
import os
from typing import Any

import botocore.session
import httpx
from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics(namespace="Bare")
session = botocore.session.get_session()
dynamodb = session.create_client("dynamodb")
secrets = session.create_client("secretsmanager")
http = httpx.Client()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    submissions, destinations = os.environ["SUBMISSIONS_TABLE"], os.environ["DESTINATIONS_TABLE"]
    for form_type in ("student-info", "leave-request", "transfer", "hold", "change"):
        dynamodb.query(
            TableName=submissions,
            IndexName="unsent",
            KeyConditionExpression="queue = :queue",
            ExpressionAttributeValues={":queue": {"S": form_type}},
        )
    dynamodb.update_item(TableName=destinations, Key={"destination": {"S": "lark-forms"}})
    token = json.loads(secrets.get_secret_value(SecretId=os.environ["SECRETS_ID"])["SecretString"])
    held = dynamodb.update_item(TableName=submissions, Key={"submissionId": {"S": "1"}})["Attributes"]
    url, headers = os.environ["LARK_FORM_WEBHOOK_URL"], {"Authorization": str(token)}
    http.post(url, content=held["payload"]["S"], headers=headers)
    dynamodb.update_item(TableName=submissions, Key={"submissionId": {"S": "1"}})
    dynamodb.update_item(TableName=destinations, Key={"destination": {"S": "lark-forms"}})
    logger.info("sent")
    metrics.add_metric("Sent", "Count", 1)
    metrics.flush_metrics()
    return {}
