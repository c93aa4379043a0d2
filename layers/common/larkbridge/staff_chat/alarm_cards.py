"""Alarms as cards in the staff's chat.

Source: CloudWatch documentation, "Notifying users on alarm changes", and Lambda's, "Invoking Lambda functions
with Amazon SNS notifications": the message is a JSON text, of one change of one alarm's state.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from larkbridge.clock import HO_CHI_MINH, from_text, shown, to_text
from larkbridge.observability import log_crash, logger, plain_id
from larkbridge.staff_chat import staff_chat_texts as texts
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.targets.lark_card import card_to_chat
from larkbridge.targets.target import Origin

RUNG_BY_CARDS = frozenset(
    {"AttemptsCrashed", "CircuitOpened", "DeliveriesDead", "OldestDeliveryAge", "QuotaUsedUp"}
)
"""Metrics that a card which does not arrive raises itself: else each card about them could cause the next."""

_STATES = ("ALARM", "OK")


class Alarm(NamedTuple):
    """A change of one alarm's state; `metric` is what it watches, empty when that is several."""

    name: str
    description: str
    metric: str
    before: str
    state: str
    moment: datetime

    @property
    def is_told(self) -> bool:
        """Whether the chat hears of it: that it rings, and that it has ended."""
        if self.state == "ALARM":
            return True
        return self.before == "ALARM" and self.state == "OK" and self.metric not in RUNG_BY_CARDS


class AlarmCards:
    """Stores a card for each change of an alarm's state, once however often it is notified.

    Parameters
    ----------
    chat_id
        Without it nothing is stored.
    """

    def __init__(self, deliveries: DeliveryStore, chat_id: str) -> None:
        self._deliveries = deliveries
        self._chat_id = chat_id

    def take(self, event: Mapping[str, Any]) -> None:
        """Store the cards of what SNS notifies; what is no change of an alarm's state is logged and dropped.

        Raises
        ------
        AwsUnavailableError
            When one is not stored: Lambda invokes the function again.
        """
        if not self._chat_id:
            return
        for record in event["Records"]:
            try:
                alarm = _alarm(record["Sns"]["Message"])
            except (KeyError, TypeError, ValueError) as error:
                log_crash("alarm not readable", error)
                continue
            if alarm.is_told:
                self._deliveries.add(_card(alarm, self._chat_id))
                logger.info("alarm told", alarm=plain_id(alarm.name), state=alarm.state)


def is_notification(event: Mapping[str, Any]) -> bool:
    """Tell what SNS hands over from a batch of a stream's records."""
    return any(record.get("EventSource") == "aws:sns" for record in event["Records"])


def _alarm(message: str) -> Alarm:
    """Return what a message says; raises ValueError for any other message."""
    match json.loads(message):
        case {
            "AlarmName": str(name),
            "OldStateValue": str(before),
            "NewStateValue": str(state),
            "StateChangeTime": str(moment),
            **rest,
        } if state in _STATES:
            trigger = rest.get("Trigger")
            metric = trigger.get("MetricName") if isinstance(trigger, dict) else None
            return Alarm(
                name=name,
                description=str(rest.get("AlarmDescription") or ""),
                metric=str(metric or ""),
                before=before,
                state=state,
                moment=from_text(moment),
            )
    raise ValueError("the message is about no alarm")


def _card(alarm: Alarm, chat_id: str) -> Delivery:
    is_daily, has_ended = alarm.metric in RUNG_BY_CARDS, alarm.state == "OK"
    day = str(alarm.moment.astimezone(HO_CHI_MINH).date())
    about = ("alarm", alarm.name, alarm.state, day if is_daily else to_text(alarm.moment))
    text = texts.ALARM_TEXT.format(
        description=alarm.description, time=shown(alarm.moment), name=alarm.name
    ) + (f"\n{texts.ONCE_A_DAY}" if is_daily else "")
    return card_to_chat(
        chat_id,
        texts.ENDED_TITLE if has_ended else texts.ALARM_TITLE,
        text.strip(),
        texts.ENDED_COLOUR if has_ended else texts.ALARM_COLOUR,
        Origin(about, plain_id("alarm", alarm.name), alarm.moment),
    )
