"""What opens a file must do: prove the link, look the file up, sign a link of S3's, one line, one metric."""

import base64
import hmac
import json
import os
from typing import Any

import botocore.session
from aws_lambda_powertools import Logger, Metrics
from botocore.config import Config
from pydantic import BaseModel

logger = Logger()
metrics = Metrics(namespace="Bare")
session = botocore.session.get_session()
dynamodb = session.create_client("dynamodb")
secretsmanager = session.create_client("secretsmanager")


class Query(BaseModel):
    c: str


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    query = Query.model_validate(event["queryStringParameters"])
    secret = secretsmanager.get_secret_value(SecretId=os.environ["SECRETS_ID"])["SecretString"]
    keys = json.loads(secret)["PAGE_SIGNING_KEY"]
    signed, _, signature = query.c.partition(".")
    expected = hmac.digest(str(keys).encode(), signed.encode(), "sha256")
    hmac.compare_digest(base64.urlsafe_b64encode(expected), signature.encode())
    file_id = event["pathParameters"]["fileId"]
    dynamodb.get_item(TableName=os.environ["STORED_FILES_TABLE"], Key={"fileId": {"S": file_id}})
    s3 = session.create_client("s3", config=Config(signature_version="s3v4"))
    link = s3.generate_presigned_url("get_object", {"Bucket": os.environ["FILES_BUCKET"], "Key": file_id})
    logger.info("opened")
    metrics.add_metric("Opened", "Count", 1)
    metrics.flush_metrics()
    return {"statusCode": 302, "headers": {"location": link}, "body": ""}
