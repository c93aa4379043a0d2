"""Writes that happen all together or not at all."""

import random
import time
from collections.abc import Callable, Sequence

from larkbridge import aws
from larkbridge.errors import AwsRefusedError, AwsUnavailableError, TransactionRefusedError
from larkbridge.store.records import from_item
from larkbridge.store.table import Action

MAX_ACTIONS = 100
"""DynamoDB takes no more in one transaction."""
CONDITION_FAILED = "ConditionalCheckFailed"
_TRIES = 5


def transact(actions: Sequence[Action], sleep: Callable[[float], None] = time.sleep) -> None:
    """Do all of the actions or none; one request, more while somebody else writes one of the records.

    Raises
    ------
    TransactionRefusedError
        When a condition does not hold.
    AwsUnavailableError
        When it cannot be done for any other reason.
    """
    for _ in range(_TRIES):
        try:
            aws.call("dynamodb", "transact_write_items", TransactItems=list(actions))
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
