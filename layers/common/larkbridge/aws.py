"""AWS clients, the one way to call them, and the secrets that Secrets Manager keeps.

The clients are those of boto3 where a function asks for them, else those of botocore, its core:
boto3 adds 30 ms to a cold start, so functions that somebody waits for keep the core.
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from larkbridge.clock import Clock
from larkbridge.errors import (
    AwsMissingError,
    AwsRefusedError,
    AwsUnavailableError,
    ConditionFailedError,
    LarkbridgeError,
    MissingSettingError,
    NotConfiguredError,
    TransactionRefusedError,
)
from larkbridge.observability import count, logger

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
    max_pool_connections=100,  # as many as a process has threads that make calls side by side
    parameter_validation=False,
)
_SIGNED_LINKS = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
"""By S3's address in the bucket's own region, where nothing is redirected."""
_ERRORS: dict[str, type[AwsUnavailableError]] = {
    "ValidationException": AwsRefusedError,
    "ResourceNotFoundException": AwsMissingError,
    "NoSuchKey": AwsMissingError,
    "InvalidRequestException": AwsMissingError,  # Secrets Manager's, for a secret that is marked for deletion
}
_CONFLICTS = 5
"""So often a call is made that meets a transaction under way."""
SECRETS_TTL = timedelta(minutes=5)
KEPT_FOR = timedelta(hours=1)
"""So long secrets serve that cannot be read anew."""
RETRY_EVERY = timedelta(seconds=30)

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
    return make_client(service, config=_CONFIG.merge(_SIGNED_LINKS) if service == "s3" else _CONFIG)


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
    operate = getattr(client(service), operation)
    for left in reversed(range(_CONFLICTS)):
        try:
            return operate(**parameters)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code != "TransactionConflictException" or not left:  # which the SDK does not try again
                raise _refusal(f"{service} {operation}: {code}", code, error.response) from error
        except BotoCoreError as error:
            raise AwsUnavailableError(f"{service} {operation}: {type(error).__name__}") from error
        time.sleep(random.uniform(0, 0.1))  # noqa: S311 - no secret
    raise AssertionError("unreachable")


def _refusal(message: str, code: str, response: Mapping[str, Any]) -> LarkbridgeError:
    if code == "ConditionalCheckFailedException":
        return ConditionFailedError(response.get("Item"))
    if code == "TransactionCanceledException":
        reasons = response.get("CancellationReasons", [])
        codes = [reason.get("Code", "None") for reason in reasons]
        return TransactionRefusedError(codes, [reason.get("Item") for reason in reasons])
    return _ERRORS.get(code, AwsUnavailableError)(message)


def read_secret(secret_id: str) -> str:
    """Return the text of a Secrets Manager secret, empty for one that holds bytes."""
    return call("secretsmanager", "get_secret_value", SecretId=secret_id).get("SecretString", "")


class _Secret(NamedTuple):
    """One secret's values, None when they are malformed, and until when they serve at most."""

    values: tuple[str, ...] | None
    serves_until: datetime


class Secrets:
    """The secrets by setting name, read anew every five minutes; safe to share between threads.

    A value may be a list while the secret rotates: the first signs, all of them verify.

    What cannot be read anew, or has become unreadable, serves for an hour after it was last read well: each
    such reading is logged and counted, and the next one follows in 30 seconds. After that hour, and at once
    when AWS says that there is no such secret, nothing serves.

    Parameters
    ----------
    fetch
        Returns the secret's text, a JSON object; its errors pass through.
    """

    def __init__(self, fetch: Callable[[], str], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: dict[str, _Secret] = {}
        self._serves_until = self._next_read = datetime.min.replace(tzinfo=UTC)

    def all(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """Return every current value of `name`, the signing one first; empty when it is not configured.

        Raises
        ------
        AwsUnavailableError
            When the secret cannot be read.
        MissingSettingError
            When the secret, or its `name`, is malformed.
        NotConfiguredError
            When it is `required` and not configured.
        """
        now = self._clock.now()
        if now >= self._next_read:
            self._read(now)
        secret = self._known.get(name)
        if secret and secret.values is None:
            raise MissingSettingError(f"the secret's {name} is neither a string nor a list of strings")
        if required and not (secret and secret.values):
            raise NotConfiguredError(f"{name} is not configured")
        return (secret and secret.values) or ()

    def first(self, name: str) -> str | None:
        """Return the value that signs, None when `name` is not configured."""
        return next(iter(self.all(name)), None)

    def _read(self, now: datetime) -> None:
        try:
            document = _parse(self._fetch())
        except (AwsUnavailableError, MissingSettingError) as error:
            if isinstance(error, AwsMissingError):
                self._serves_until = now
            logger.error("secrets not readable", reason=error.message)
            if now >= self._serves_until:
                raise
            self._keep(now, self._serves_until)
            return
        self._serves_until = now + KEPT_FOR
        before = self._known
        known = {name: self._judged(name, value, now) for name, value in document.items()}
        # In this order: threads that look meanwhile, or read it too, find what was known or all that is.
        self._known = known
        self._next_read = now + SECRETS_TTL
        for name, secret in known.items():
            if secret is before.get(name):
                self._keep(now, secret.serves_until)

    def _judged(self, name: str, value: object, now: datetime) -> _Secret:
        """Return a secret as it is now, or as it was last if it has become malformed."""
        values = _values(value)
        before = self._known.get(name)
        if values is None and before and before.values is not None and now < before.serves_until:
            logger.error("secret not readable", setting=name)
            return before
        return _Secret(values, self._serves_until)

    def _keep(self, now: datetime, until: datetime) -> None:
        count("SecretsStale")
        self._next_read = min(now + RETRY_EVERY, until)


def _parse(text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MissingSettingError("the secret is not JSON") from None
    if not isinstance(document, dict):
        raise MissingSettingError("the secret is not a JSON object")
    return document


def _values(value: object) -> tuple[str, ...] | None:
    """Return the values of one secret, blank ones left out; None unless it is a text or a list of texts."""
    values = value if isinstance(value, list) else [value]
    texts = [text.strip() for text in values if isinstance(text, str)]
    return tuple(filter(None, texts)) if len(texts) == len(values) else None
