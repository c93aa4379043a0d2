"""A form's handler: checked fields, one count, one circuit, one item, one POST, one line, one metric."""

import json
import os
from typing import Annotated, Any

import botocore.session
import httpx
import phonenumbers
from aws_lambda_powertools import Logger, Metrics
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]

logger = Logger()
metrics = Metrics(namespace="Bare")
session = botocore.session.get_session()
dynamodb = session.create_client("dynamodb")
secrets = session.create_client("secretsmanager")
http = httpx.Client()


class Form(BaseModel):
    """As many fields as the smallest form has."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow")

    parent_name: Text
    parent_phone: Text
    consent: bool
    parent_email: Text | None = None
    note: Text | None = None
    utm_source: Text | None = None
    utm_medium: Text | None = None
    utm_campaign: Text | None = None
    fbp: Text | None = None
    fbc: Text | None = None
    event_source_url: Text | None = None
    submission_key: Text | None = None
    student_name: Text
    current_class: Text | None = None
    requested_class: Text | None = None
    effective_date: Text | None = None
    reason: Text | None = None


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    form = Form.model_validate(json.loads(event["body"]))
    phone = phonenumbers.parse(form.parent_phone, "VN")
    payload = form.model_dump_json(by_alias=True)
    table, key = os.environ["SUBMISSIONS_TABLE"], {"submissionId": {"S": "1"}}
    token = json.loads(secrets.get_secret_value(SecretId=os.environ["SECRETS_ID"])["SecretString"])
    dynamodb.update_item(TableName=os.environ["RATE_LIMITS_TABLE"], Key={"limitId": {"S": "1"}})
    dynamodb.get_item(TableName=os.environ["DESTINATIONS_TABLE"], Key={"destination": {"S": "lark-forms"}})
    dynamodb.put_item(TableName=table, Item=key | {"payload": {"S": payload}})
    reply = http.post(
        os.environ["LARK_FORM_WEBHOOK_URL"], content=payload, headers={"Authorization": str(token)}
    )
    dynamodb.update_item(TableName=table, Key=key)
    logger.info("sent", extra={"country": phone.country_code})
    metrics.add_metric("Sent", "Count", 1)
    metrics.flush_metrics()
    return {"statusCode": reply.status_code}
