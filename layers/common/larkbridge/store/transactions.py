"""Writes that happen all together or not at all."""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence

from larkbridge import aws
from larkbridge.errors import AwsRefusedError, AwsUnavailableError, TransactionRefusedError
from larkbridge.store.codec import from_item
from larkbridge.store.table import Action, wire

MAX_ACTIONS = 100
"""DynamoDB takes no more in one transaction."""
CONDITION_FAILED = "ConditionalCheckFailed"
MAX_LENGTH = 3_000_000
"""Characters of JSON; DynamoDB takes 4 MB."""
_TRIES = 5


def transact(
    actions: Sequence[Action], sleep: Callable[[float], None] = time.sleep, request_id: str | None = None
) -> None:
    """Do all of the actions or none; one request, more while somebody else writes one of the records.

    Parameters
    ----------
    request_id
        Up to 36 characters by which DynamoDB knows for 10 minutes what it has done, and does not do it again.

    Raises
    ------
    TransactionRefusedError
        When a condition does not hold.
    AwsUnavailableError
        When it cannot be done for any other reason.
    """
    writes = [wire(action) for action in actions]
    known = {"ClientRequestToken": request_id} if request_id else {}
    for _ in range(_TRIES):
        try:
            aws.call("dynamodb", "transact_write_items", TransactItems=writes, **known)
        except TransactionRefusedError as error:
            if CONDITION_FAILED in error.reasons:
                items = [from_item(item) if item else None for item in error.items]
                raise TransactionRefusedError(error.reasons, items) from None
            if "ValidationError" in error.reasons:
                raise AwsRefusedError("dynamodb transact_write_items: ValidationError") from None
            sleep(random.uniform(0, 0.1))  # noqa: S311 - no secret
        else:
            return
    raise AwsUnavailableError("dynamodb transact_write_items: too many conflicts")


def write_what_holds(
    actions: Sequence[Action],
    *,
    final: Sequence[Action] = (),
    guard: Sequence[Action] = (),
    sleep: Callable[[float], None] = time.sleep,
) -> list[bool]:
    """Do those of the actions whose conditions hold, as few requests as they fit in, in order.

    Parameters
    ----------
    final
        What must hold; done together with the last of `actions`, or alone when there are none.
    guard
        What must hold too; done with each request that `final` is not a part of.

    Returns
    -------
    list of bool
        For each of `actions` whether it was done.

    Raises
    ------
    TransactionRefusedError
        When the condition of a `final` or `guard` one does not hold; what stood before that request is done.
    AwsUnavailableError
        As `transact` does; what stood before that request is done.
    """
    done: list[bool] = []
    batches = list(_batches(actions, MAX_ACTIONS - max(len(final), len(guard)))) or ([[]] if final else [])
    for left, batch in zip(reversed(range(len(batches))), batches, strict=True):
        done += _write_batch(batch, guard if left or not final else final, guard, sleep)
    return done


def _write_batch(
    batch: Sequence[Action],
    final: Sequence[Action],
    guard: Sequence[Action],
    sleep: Callable[[float], None],
) -> list[bool]:
    """Do it in one request, or in more where that is refused: whole records count, and not what is sent."""
    try:
        return _write_once(batch, final, sleep)
    except AwsRefusedError:
        if len(batch) < 2:
            raise
    middle = len(batch) // 2
    return _write_batch(batch[:middle], guard, guard, sleep) + _write_batch(
        batch[middle:], final, guard, sleep
    )


def _write_once(
    batch: Sequence[Action], final: Sequence[Action], sleep: Callable[[float], None]
) -> list[bool]:
    holds = [True] * len(batch)
    while any(holds) or final:
        left = [number for number, held in enumerate(holds) if held]
        try:
            transact([*(batch[number] for number in left), *final], sleep)
        except TransactionRefusedError as error:
            if CONDITION_FAILED in error.reasons[len(left) :]:
                raise
            for number, reason in zip(left, error.reasons, strict=False):
                holds[number] = reason != CONDITION_FAILED
        else:
            break
    return holds


def _batches(actions: Sequence[Action], most: int) -> Iterator[list[Action]]:
    batch, keys, length = [], set[str](), 0
    for action in actions:
        size, key = len(json.dumps(action)), _key_of(action)
        if len(batch) == most or length + size > MAX_LENGTH or key in keys:
            yield from [batch] if batch else []
            batch, keys, length = [], set[str](), 0
        batch.append(action)
        keys.add(key)
        length += size
    if batch:
        yield batch


def _key_of(action: Action) -> str:
    """Return what tells the record of an action: DynamoDB takes one action for each in a transaction."""
    (write,) = action.values()
    return json.dumps([write.get("TableName"), write.get("Key", write.get("Item"))], sort_keys=True)
