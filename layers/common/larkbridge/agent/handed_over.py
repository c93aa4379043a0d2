"""Turns as the queue hands them over to the function."""

from collections.abc import Mapping
from typing import Any

from larkbridge.agent.turns import Turns
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.observability import count, log_crash, logger
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.conversations import TurnTakenError

MAX_APOLOGIES = 20
"""So often an apology is tried: with the queue's waits that is within the hour that Lark keeps a `uuid`."""


class HandedOver:
    """Takes batches of the two queues.

    Parameters
    ----------
    given_up_arn
        The queue of turns that were handed over in vain.
    """

    def __init__(self, turns: Turns, given_up_arn: str) -> None:
        self._turns = turns
        self._given_up_arn = given_up_arn

    def take(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Take a batch in its order, up to the first turn that is not over.

        Returns
        -------
        dict
            `batchItemFailures`, as Lambda's ReportBatchItemFailures wants it of a FIFO queue: the turn that
            is to be handed over again, and all after it.
        """
        records = batch["Records"]
        for number, record in enumerate(records):
            is_given_up = record["eventSourceARN"] == self._given_up_arn
            if not (self._apologised(record) if is_given_up else self._answered(record)):
                left = [one["messageId"] for one in records[number:]]
                return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in left]}
        return {"batchItemFailures": []}

    def _answered(self, record: Mapping[str, Any]) -> bool:
        """Answer a turn; return whether it is over, and never raise for what happens to one."""
        try:
            self._turns.answer(ChatTurn.from_json(record["body"]))
        except Exception as error:
            _log(record, error)
            return False
        return True

    def _apologised(self, record: Mapping[str, Any]) -> bool:
        """Apologise for a turn; return whether it is over, which it is when that fails again and again."""
        count("ChatTurnsGivenUp")
        try:
            self._turns.give_up(ChatTurn.from_json(record["body"]))
        except Exception as error:
            _log(record, error)
            return int(record["attributes"]["ApproximateReceiveCount"]) >= MAX_APOLOGIES
        return True


def _log(record: Mapping[str, Any], error: Exception) -> None:
    match error:
        case LarkApiError():
            logger.warning("turn not over", messageId=record["messageId"], reason=error.outcome.reason)
        case AwsUnavailableError() | TurnTakenError():
            logger.warning("turn not over", messageId=record["messageId"], reason=error.message)
        case _:
            log_crash("turn failed", error, messageId=record["messageId"])
