"""AWS for tests: moto in the process, or an emulator behind an endpoint; tables as the template has them."""

import json
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws

from larkbridge import aws
from larkbridge.vault.sealing import KEY_SETTING as VAULT_KEY
from sandbox.parameters import setting_name
from sandbox.secrets import SECRETS as SECRET_NAMES
from sandbox.secrets import STANDARD_WEBHOOKS_SECRETS, by_output
from tests.support.memory_sqs import GIVEN_UP_ARN
from tests.support.template import resources

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "ap-southeast-1",
}
TABLES = {setting_name(logical_id): logical_id for logical_id in resources("AWS::DynamoDB::Table")}
"""The setting that names each table."""

SECRETS = {
    **{name: name.lower().replace("_", "-") for name in SECRET_NAMES},
    **{name: f"whsec_{b64encode(name.encode()).decode()}" for name in STANDARD_WEBHOOKS_SECRETS},
    "ANTHROPIC_API_KEY": "",  # no model but where a test says so
    "LARK_FORM_WEBHOOK_TOKEN": ["current-token", "previous-token"],
    "PAGE_SIGNING_KEY": ["page-signing-key", "previous-page-signing-key"],
    "LARK_ENCRYPT_KEY": ["lark-encrypt-key", "previous-lark-encrypt-key"],
    "FEISHU_BUTTON_SECRET": ["button-secret", "previous-button-secret"],
    "STRIPE_WEBHOOK_SECRET": ["whsec_stripe", "whsec_stripe_previous"],
    VAULT_KEY: [b64encode(key * 32).decode() for key in (b"k", b"p")],
}
SECRET_IDS = {"Secrets": "SECRETS_ID", "PrivateSecrets": "PRIVATE_SECRETS_ID"}
"""The setting that names each of the stack's secrets, by the stack's output."""


def put_secrets(environ: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """Replace all secrets of a deployed bundle, each where it belongs."""
    manager = boto3.client("secretsmanager")
    for output, own in by_output(values).items():
        manager.put_secret_value(SecretId=environ[SECRET_IDS[output]], SecretString=json.dumps(own))


@contextmanager
def moto_aws() -> Iterator[dict[str, str]]:
    """Run with an empty AWS in this process; yields the settings of a deployed bundle."""
    with patch.dict("os.environ", CREDENTIALS | {"AWS_ENDPOINT_URL": ""}), mock_aws():
        yield from _deployed()


@contextmanager
def emulated_aws(endpoint: str) -> Iterator[dict[str, str]]:
    """Run against an emulator, with tables of its own; yields the settings of a deployed bundle."""
    with patch.dict("os.environ", CREDENTIALS | {"AWS_ENDPOINT_URL": endpoint}):
        yield from _deployed()


def _deployed() -> Iterator[dict[str, str]]:
    aws.client.cache_clear()
    try:
        secrets = {SECRET_IDS[output]: create_secret(own) for output, own in by_output(SECRETS).items()}
        yield (
            create_tables()
            | secrets
            | {
                "FILES_BUCKET": create_bucket(),
                "CHAT_QUEUE_URL": create_queue(),
                "CHAT_TURNS_GIVEN_UP_ARN": GIVEN_UP_ARN,
            }
        )
    finally:
        aws.client.cache_clear()


def create_tables() -> dict[str, str]:
    """Create every table that the template declares, and return their names by setting."""
    dynamodb = boto3.client("dynamodb")
    names = {}
    for setting, logical_id in TABLES.items():
        names[setting] = f"{logical_id}-{uuid.uuid4().hex[:12]}"
        schema = resources("AWS::DynamoDB::Table")[logical_id]["Properties"]
        wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        dynamodb.create_table(
            TableName=names[setting], **{key: schema[key] for key in wanted if key in schema}
        )
    return names


def create_secret(values: dict[str, Any]) -> str:
    """Create one of the bundle's secrets and return its id."""
    client = boto3.client("secretsmanager")
    name = f"larkbridge-{uuid.uuid4().hex[:12]}"
    return client.create_secret(Name=name, SecretString=json.dumps(values))["ARN"]


def create_bucket() -> str:
    """Create a bucket for files and return its name."""
    name = f"files-{uuid.uuid4().hex[:12]}"
    region = CREDENTIALS["AWS_DEFAULT_REGION"]
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    return name


def create_queue() -> str:
    """Create the queue of chat turns and return its address."""
    name = f"ChatQueue-{uuid.uuid4().hex[:12]}.fifo"
    return boto3.client("sqs").create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
