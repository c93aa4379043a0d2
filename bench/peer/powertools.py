"""Powertools alone: its HTTP resolver, idempotency, parser and parameters; the rest is written out."""

import base64
import hashlib
import hmac
import json
import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import UnauthorizedError
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import BaseModel, parse
from Crypto.Cipher import AES
from Crypto.Util.Padding import unpad

logger = Logger()
metrics = Metrics(namespace="Peer")
app = APIGatewayHttpResolver()
config = IdempotencyConfig(event_key_jmespath="header.event_id")
persistence = DynamoDBPersistenceLayer(table_name=os.environ["EVENTS_TABLE"])


class Encrypted(BaseModel):
    encrypt: str


class Header(BaseModel):
    event_id: str
    event_type: str
    token: str
    app_id: str


class Envelope(BaseModel):
    header: Header
    event: dict[str, Any]


@idempotent_function(data_keyword_argument="document", config=config, persistence_store=persistence)
def receive(document: dict[str, Any]) -> dict[str, Any]:
    logger.info("received", event_id=document["header"]["event_id"])
    metrics.add_metric("Received", "Count", 1)
    return {}


@app.post("/webhook/event")
def webhook() -> dict[str, Any]:
    headers, body = app.current_event.headers, app.current_event.body or ""
    secrets = parameters.get_secret(os.environ["SECRETS_ID"], transform="json", max_age=300)
    key = secrets["LARK_ENCRYPT_KEY"][0]
    signed = headers["x-lark-request-timestamp"] + headers["x-lark-request-nonce"] + key + body
    if not hmac.compare_digest(hashlib.sha256(signed.encode()).hexdigest(), headers["x-lark-signature"]):
        raise UnauthorizedError("wrong signature")
    data = base64.b64decode(parse(json.loads(body), Encrypted).encrypt)
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, data[:16])
    document = json.loads(unpad(cipher.decrypt(data[16:]), 16))
    envelope = parse(document, Envelope)
    if not hmac.compare_digest(envelope.header.token, secrets["LARK_VERIFICATION_TOKEN"]):
        raise UnauthorizedError("wrong token")
    return receive(document=document)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
