"""A webhook's handler: one client, one item."""

import os
from typing import Any

import botocore.session

dynamodb = botocore.session.get_session().create_client("dynamodb")


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    item = {"eventId": {"S": "1"}, "payload": {"S": event["body"]}}
    dynamodb.put_item(TableName=os.environ["EVENTS_TABLE"], Item=item)
    return {"statusCode": 200}
