"""An AWS account in memory: DynamoDB with the template's tables, the bundle's secrets, S3 and SQS."""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import botocore.handlers
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from larkbridge import aws
from sandbox.parameters import setting_name
from sandbox.secrets import by_output
from tests.support.aws import CREDENTIALS, SECRET_IDS, SECRETS
from tests.support.memory_dynamo.client import Answer, MemoryDynamo
from tests.support.memory_dynamo.tables import table_schemas
from tests.support.memory_dynamo.writes import service_error
from tests.support.memory_s3 import MemoryS3, parameters_of
from tests.support.memory_sqs import CHAT_QUEUE_URL, GIVEN_UP_ARN, MemorySqs

SETTINGS = {setting_name(name): name for name in table_schemas()} | {
    "SECRETS_ID": "secrets",
    "PRIVATE_SECRETS_ID": "private-secrets",
    "FILES_BUCKET": "files",
    "CHAT_QUEUE_URL": CHAT_QUEUE_URL,
    "CHAT_TURNS_GIVEN_UP_ARN": GIVEN_UP_ARN,
}
"""The settings of a bundle deployed to it."""


class MemorySecrets:
    """Secrets Manager with the bundle's secrets."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        own = by_output(values)
        self._texts = {SETTINGS[setting]: json.dumps(own[one]) for one, setting in SECRET_IDS.items()}
        self._refusals: dict[str, str] = {}

    def get_secret_value(self, *, SecretId: str) -> Answer:  # noqa: N803 - AWS's own name
        self._find("GetSecretValue", SecretId)
        return {"SecretString": self._texts[SecretId]}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> Answer:  # noqa: N803
        self._find("PutSecretValue", SecretId)
        self._texts[SecretId] = SecretString
        return {}

    def delete_secret(self, *, SecretId: str, ForceDeleteWithoutRecovery: bool = False) -> Answer:  # noqa: N803
        self._find("DeleteSecret", SecretId)
        # Until its waiting time is over it is there, but may not be read.
        gone = ForceDeleteWithoutRecovery
        self._refusals[SecretId] = "ResourceNotFoundException" if gone else "InvalidRequestException"
        return {}

    def _find(self, operation: str, secret_id: str) -> None:
        unknown = None if secret_id in self._texts else "ResourceNotFoundException"
        refusal = self._refusals.get(secret_id, unknown)
        if refusal is not None:
            raise service_error(refusal, operation)


class MemoryAccount:
    """What AWS answers requests of the SDK with, one after the other, whichever thread makes them.

    Attributes
    ----------
    dynamo, secrets, s3, sqs
        Its services.
    """

    def __init__(self) -> None:
        self.dynamo = MemoryDynamo()
        self.secrets = MemorySecrets(SECRETS)
        self.s3 = MemoryS3()
        self.sqs = MemorySqs()
        self._services = {
            "dynamodb": self.dynamo,
            "s3": self.s3,
            "secretsmanager": self.secrets,
            "sqs": self.sqs,
        }
        self._lock = threading.RLock()

    def answer(self, service: str, operation: str, parameters: Answer) -> tuple[int, Answer]:
        """Return the status and the answer; raises NotImplementedError for a request it does not know."""
        method = getattr(self._services.get(service), xform_name(operation), None)
        if method is None:
            raise NotImplementedError(f"{service} {operation}")
        with self._lock:
            try:
                return 200, method(**parameters)
            except ClientError as error:
                return 400, dict(error.response)


_in_force: list[MemoryAccount] = []


def _with_bytes(value: Answer) -> Answer:
    """Return an object of a request's JSON; a binary attribute's has its bytes, as in the SDK's answers."""
    return {"B": b64decode(value["B"])} if value.keys() == {"B"} else value


def _answer(model: OperationModel, params: Mapping[str, Any], **_: Any) -> tuple[AWSResponse, Answer] | None:
    """Answer instead of AWS's network, when everybody else who listens has been told."""
    if not _in_force or not (urlsplit(params["url"]).hostname or "").endswith(".amazonaws.com"):
        return None
    service = model.service_model.service_name
    if service == "s3":
        parameters = parameters_of(str(model.name), params)
    else:
        parameters = json.loads(params["body"], object_hook=_with_bytes)
    if service != "dynamodb":
        parameters.pop("ClientRequestToken", None)  # the SDK's own, for a request that it sends twice
    status, answer = _in_force[-1].answer(service, str(model.name), parameters)
    return AWSResponse(params["url"], status, {}, None), answer


# Every client of the SDK is made with these, ours and boto3's.
botocore.handlers.BUILTIN_HANDLERS.append(("before-call", _answer, botocore.handlers.REGISTER_LAST))


@contextmanager
def memory_account() -> Iterator[MemoryAccount]:
    """Run with an AWS account of its own for every client of the SDK; `SETTINGS` are the bundle's in it."""
    account = MemoryAccount()
    with patch.dict("os.environ", CREDENTIALS | {"AWS_ENDPOINT_URL": ""}):
        _in_force.append(account)
        try:
            yield account
        finally:
            _in_force.remove(account)


@contextmanager
def memory_aws(dynamo: MemoryDynamo | None = None) -> Iterator[MemoryDynamo]:
    """Run with an AWS in memory in the place of the layer's clients, an empty one unless given.

    Thirty times as fast as `memory_account`, without the SDK, and so without what listens to it.
    """
    dynamo = dynamo or MemoryDynamo()
    clients = {"dynamodb": dynamo, "secretsmanager": MemorySecrets(SECRETS), "sqs": MemorySqs()}
    with patch.object(aws, "client", clients.__getitem__):
        yield dynamo
