"""The chat agent's handler: one turn taken, shown, answered and done, one line."""

import json
import os
from typing import Any

import botocore.session
import httpx
from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics(namespace="Bare")
session = botocore.session.get_session()
dynamodb, secrets = session.create_client("dynamodb"), session.create_client("secretsmanager")
http = httpx.Client()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    domain, table = os.environ["LARK_DOMAIN"], os.environ["CONVERSATIONS_TABLE"]
    for record in event["Records"]:
        turn = json.loads(record["body"])
        item = {"conversation": {"S": turn["messageId"]}, "part": {"S": "turn"}}
        put = {"Put": {"TableName": table, "Item": item}}
        dynamodb.transact_write_items(TransactItems=[put])
        secret = secrets.get_secret_value(SecretId=os.environ["PRIVATE_SECRETS_ID"])["SecretString"]
        credential = {"app_secret": str(json.loads(secret))}
        token = http.post(f"{domain}/token", json=credential).json()["tenant_access_token"]
        headers = {"Authorization": token}
        sign = http.post(f"{domain}/reactions", json={}, headers=headers).json()["data"]["reaction_id"]
        dynamodb.transact_write_items(TransactItems=[put])
        http.post(f"{domain}/reply", json=turn["content"], headers=headers)
        http.delete(f"{domain}/reactions/{sign}", headers=headers)
        dynamodb.update_item(TableName=table, Key=item)
        logger.info("answered")
    return {"batchItemFailures": []}
