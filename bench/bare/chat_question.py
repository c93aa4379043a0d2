"""The chat agent's handler: a turn taken, shown, answered by a model and done, one line."""

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
        secret = json.loads(
            secrets.get_secret_value(SecretId=os.environ["PRIVATE_SECRETS_ID"])["SecretString"]
        )
        token = http.post(f"{domain}/token", json={"app_secret": str(secret)}).json()["tenant_access_token"]
        headers = {"Authorization": token}
        sign = http.post(f"{domain}/reactions", json={}, headers=headers).json()["data"]["reaction_id"]
        dynamodb.batch_get_item(RequestItems={table: {"Keys": [item]}})
        said = _answer(secret["ANTHROPIC_API_KEY"], turn["content"])
        for _step in ("settle", "keep"):
            dynamodb.transact_write_items(TransactItems=[put])
        http.post(f"{domain}/reply", json=said, headers=headers)
        http.delete(f"{domain}/reactions/{sign}", headers=headers)
        dynamodb.update_item(TableName=table, Key=item)
        logger.info("answered")
    return {"batchItemFailures": []}


def _answer(api_key: str, question: str) -> str:
    import anthropic

    client = anthropic.Anthropic(api_key=api_key, base_url=os.environ["ANTHROPIC_BASE_URL"])
    message = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=100, messages=[{"role": "user", "content": question}]
    )
    return "".join(block.text for block in message.content if block.type == "text")
