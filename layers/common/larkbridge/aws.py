"""AWS clients: of boto3 where a function asks for them, else of botocore, its core.

boto3 adds 30 ms to a cold start, so functions that somebody waits for keep the core.
"""

import random
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from larkbridge.errors import (
    AwsMissingError,
    AwsRefusedError,
    AwsUnavailableError,
    ConditionFailedError,
    TransactionRefusedError,
)

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
    max_pool_connections=100,  # as many as a process has threads that make calls side by side
    parameter_validation=False,
)
_ERRORS: dict[str, type[AwsUnavailableError]] = {
    "ValidationException": AwsRefusedError,
    "ResourceNotFoundException": AwsMissingError,
    "InvalidRequestException": AwsMissingError,  # Secrets Manager's, for a secret that is marked for deletion
}
_CONFLICTS = 5
"""So often a call is made that meets a transaction under way."""


type MakeClient = Callable[..., Any]
"""Makes a client of a service, given by its name, with a `config`."""

_make_client: MakeClient | None = None


def make_clients_with(make_client: MakeClient) -> None:
    """Have this process's clients made by `boto3.client`, or by what is called alike."""
    global _make_client
    _make_client = make_client


@cache
def client(service: str) -> Any:
    """Return this process's one client of `service`."""
    make_client = _make_client or _session().create_client
    return make_client(service, config=_CONFIG)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """Make one AWS call.

    Raises
    ------
    AwsUnavailableError
        For every failure but a failed condition, naming the operation and AWS's error code.
    ConditionFailedError
        For a conditional write whose condition did not hold; its item is as DynamoDB sent it.
    TransactionRefusedError
        For a transaction that was cancelled; its items are as DynamoDB sent them.
    """
    try:
        return _patient(getattr(client(service), operation), parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "ConditionalCheckFailedException":
            raise ConditionFailedError(error.response.get("Item")) from None
        if code == "TransactionCanceledException":
            reasons = error.response.get("CancellationReasons", [])
            codes = [one.get("Code", "None") for one in reasons]
            raise TransactionRefusedError(codes, [one.get("Item") for one in reasons]) from None
        raise _ERRORS.get(code, AwsUnavailableError)(f"{service} {operation}: {code}") from error
    except BotoCoreError as error:
        raise AwsUnavailableError(f"{service} {operation}: {type(error).__name__}") from error


def _patient(operation: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make a call again that meets a transaction under way, which the SDK does not."""
    for left in reversed(range(_CONFLICTS)):
        try:
            return operation(**parameters)
        except ClientError as error:
            if not left or error.response.get("Error", {}).get("Code") != "TransactionConflictException":
                raise
            time.sleep(random.uniform(0, 0.1))  # noqa: S311 - no secret
    raise AssertionError("unreachable")


def read_secret(secret_id: str) -> str:
    """Return the text of a Secrets Manager secret, empty for one that holds bytes."""
    return call("secretsmanager", "get_secret_value", SecretId=secret_id).get("SecretString", "")
