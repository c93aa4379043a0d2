"""The push's handler: what waits in one table, one batch, what came of it, one line, one metric."""

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
secrets = session.client("secretsmanager")
http = httpx.Client()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    rows, state = os.environ["SOURCE_ROWS_TABLE"], os.environ["SYNC_STATE_TABLE"]
    key = {"table": {"S": "students"}, "part": {"S": "state"}}
    dynamodb.get_item(TableName=state, Key=key)
    waiting(rows)
    for _ in ("lease", "state"):
        dynamodb.update_item(TableName=state, Key=key)
    secret = secrets.get_secret_value(SecretId=os.environ["PRIVATE_SECRETS_ID"])["SecretString"]
    domain, credential = os.environ["LARK_DOMAIN"], {"app_secret": str(json.loads(secret))}
    headers = {"Authorization": http.post(f"{domain}/token", json=credential).json()["tenant_access_token"]}
    http.get(f"{domain}/fields", headers=headers)
    keys = [{"table": row["table"], "rowId": row["rowId"]} for row in waiting(rows)]
    found = dynamodb.batch_get_item(RequestItems={rows: {"Keys": keys}})["Responses"][rows]
    dynamodb.update_item(TableName=state, Key=key)
    records = {"records": [{"fields": json.loads(row["values"]["S"])} for row in found]}
    http.post(f"{domain}/batch_create", json=records, headers=headers)
    for _ in ("rows", "state"):
        write = {"TableName": rows, "Key": keys[0], "UpdateExpression": "REMOVE queue"}
        dynamodb.transact_write_items(TransactItems=[{"Update": write}])
    for _ in ("state", "lease"):
        dynamodb.update_item(TableName=state, Key=key)
    logger.info("pushed")
    metrics.add_metric("Pushed", "Count", 1)
    metrics.flush_metrics()
    return {}


def waiting(table: str) -> list[dict[str, Any]]:
    return dynamodb.query(
        TableName=table,
        IndexName="unpushed",
        KeyConditionExpression="queue = :queue",
        ExpressionAttributeValues={":queue": {"S": "students"}},
    )["Items"]
