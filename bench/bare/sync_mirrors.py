"""The pull's handler: one table's state, one page, what is written of it, one line, one metric."""

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
    state, key = os.environ["SYNC_STATE_TABLE"], {"table": {"S": "classes"}, "part": {"S": "state"}}
    dynamodb.get_item(TableName=state, Key=key)
    for _ in ("lease", "state"):
        dynamodb.update_item(TableName=state, Key=key)
    secret = secrets.get_secret_value(SecretId=os.environ["PRIVATE_SECRETS_ID"])["SecretString"]
    domain, credential = os.environ["LARK_DOMAIN"], {"app_secret": str(json.loads(secret))}
    headers = {"Authorization": http.post(f"{domain}/token", json=credential).json()["tenant_access_token"]}
    columns = http.get(f"{domain}/fields", headers=headers).json()["data"]["items"]
    dynamodb.update_item(TableName=state, Key=key)
    query("digests")
    names = {"field_names": [column["field_name"] for column in columns]}
    page = http.post(f"{domain}/search", json=names, headers=headers).json()["data"]["items"]
    write = {"TableName": os.environ["MIRROR_ROWS_TABLE"], "Key": key, "UpdateExpression": json.dumps(page)}
    dynamodb.transact_write_items(TransactItems=[{"Update": write}])
    http.get(f"{domain}/fields", headers=headers)
    query("quarantined")
    for _ in ("state", "lease"):
        dynamodb.update_item(TableName=state, Key=key)
    logger.info("pulled")
    metrics.add_metric("Pulled", "Count", 1)
    metrics.flush_metrics()
    return {}


def query(index: str) -> None:
    dynamodb.query(
        TableName=os.environ["MIRROR_ROWS_TABLE"],
        IndexName=index,
        KeyConditionExpression="table = :table",
        ExpressionAttributeValues={":table": {"S": "classes"}},
    )
