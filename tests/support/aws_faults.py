"""AWS calls that fail, as the layer sees them once the SDK has given up."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from larkbridge import aws

type AwsError = Callable[[], Exception]


def service_error(code: str = "InternalServerError") -> Exception:
    """Return AWS's own refusal; its text quotes what was sent, as a ValidationException's does."""
    quoted = {"Error": {"Code": code, "Message": "cannot take +84912345678 of Nguyễn Thị Hà"}}
    return ClientError(quoted, "AnyOperation")  # pyright: ignore[reportArgumentType]


def no_answer() -> Exception:
    return ReadTimeoutError(endpoint_url="https://aws.test")


@contextmanager
def aws_fails(
    service: str, operation: str, error: AwsError = service_error, *, after: int = 0
) -> Iterator[None]:
    """Let the layer's calls of one operation ("PutItem") fail before AWS has them, but the first `after`."""
    client = aws.client(service)
    calls = itertools.count()

    def fail(**_: Any) -> None:
        if next(calls) >= after:
            raise error()

    event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register_first(event, fail, unique_id=event)
    try:
        yield
    finally:
        client.meta.events.unregister(event, unique_id=event)


@contextmanager
def answers_lost(service: str, operation: str) -> Iterator[None]:
    """Let AWS do what the layer's calls of one operation ask for, and nobody hear of it."""
    client = aws.client(service)

    def lose(**_: Any) -> None:
        raise no_answer()

    event = f"after-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, lose, unique_id=event)
    try:
        yield
    finally:
        client.meta.events.unregister(event, unique_id=event)


@contextmanager
def before_next_change(table: str, meanwhile: Callable[[], Any]) -> Iterator[None]:
    """Let something happen right before the next change of a record of a table."""
    with _before_next("UpdateItem", table, meanwhile):
        yield


@contextmanager
def before_next_transaction(table: str, meanwhile: Callable[[], Any]) -> Iterator[None]:
    """Let something happen right before the next transaction in which a table is."""
    with _before_next("TransactWriteItems", table, meanwhile):
        yield


@contextmanager
def _before_next(operation: str, table: str, meanwhile: Callable[[], Any]) -> Iterator[None]:
    events, todo = aws.client("dynamodb").meta.events, [meanwhile]

    def act(params: dict[str, Any], **_: Any) -> None:
        if todo and f'"{table}"'.encode() in params["body"]:
            todo.pop()()

    events.register_first(f"before-call.dynamodb.{operation}", act, unique_id="meanwhile")
    try:
        yield
    finally:
        events.unregister(f"before-call.dynamodb.{operation}", unique_id="meanwhile")
