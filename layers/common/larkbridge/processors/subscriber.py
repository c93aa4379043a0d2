"""What a subscriber is, and how it says that an event cannot be processed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from larkbridge.lark.base import Base
from larkbridge.store.button_configs import ButtonConfigStore
from larkbridge.store.chat_queue import ChatQueue
from larkbridge.store.content import ContentStore
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.events import Event, EventStore
from larkbridge.store.payments import PaymentStore
from larkbridge.store.subscriptions import SubscriptionStore
from larkbridge.store.users import UserStore
from larkbridge.work.outcome import Outcome

if TYPE_CHECKING:
    from larkbridge.sync.table_sync import TableSync


class UnprocessableEventError(Exception):
    """The event will never be processed as it is: it is given up, and its `reason` is shown.

    `deliveries` must go out all the same.
    """

    def __init__(self, reason: str, message: str = "", deliveries: Sequence[Delivery] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = message
        self.deliveries = deliveries


class ToldFailureError(Exception):
    """Lark did not do what processing needs: the attempt ends as `outcome` says.

    `deliveries` must go out all the same: they tell whoever waits for it.
    """

    def __init__(self, outcome: Outcome, deliveries: Sequence[Delivery]) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome
        self.deliveries = deliveries


class NothingToDoError(Exception):
    """Nothing follows from the event here; the text says why."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event with its whole payload, which is parsed."""

    event: Event
    document: dict[str, Any]


type Subscriber[S] = Callable[[S], Sequence[Delivery]]
"""Does what follows from a subject `S`, and returns what must go out because of it.

It runs any number of times for one subject, before or after the subject's other subscribers, and may stop
anywhere. One of events (`Subscriber[Incoming]`) raises `UnprocessableEventError`, `ToldFailureError`,
`NothingToDoError`, or an error that passes (`AwsUnavailableError`, `LarkApiError`).
"""

type Subscribers = Mapping[tuple[str, str], Sequence[Subscriber[Incoming]]]
"""By an event's source and type."""


class Handles(NamedTuple):
    """The types of a source's events that a subscriber is run for."""

    source: str
    types: Sequence[str]
    subscriber: Subscriber[Incoming]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What subscribers are made with.

    `sync` makes the parts of table sync when they are first needed: most events are about something else.
    """

    events: EventStore
    deliveries: DeliveryStore
    payments: PaymentStore
    subscriptions: SubscriptionStore
    users: UserStore
    contents: ContentStore
    button_configs: ButtonConfigStore
    chat_queue: ChatQueue
    conversations: ConversationStore
    base: Base
    sync: Callable[[], "TableSync"]
