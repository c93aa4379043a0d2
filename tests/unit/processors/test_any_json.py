"""A payload may have any JSON anywhere: what comes of it can be stored, or it is refused in our own words."""

import copy
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.lark.base import BaseRecord
from larkbridge.lark.base_event_types import RECORDS_TYPE
from larkbridge.processors.registry import registry
from larkbridge.processors.subscriber import (
    NothingToDoError,
    Resources,
    Subscribers,
    UnprocessableEventError,
)
from larkbridge.store.button_configs import ButtonConfig
from larkbridge.store.chat_queue import ChatQueue, ChatTurn
from larkbridge.store.codec import to_item
from larkbridge.store.entities import Report
from larkbridge.store.events import Event
from larkbridge.store.work_table import to_record
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.config.table_registry import Registry
from larkbridge.sync.mirror.reported_changes import ReportedChange
from tests.support import chat_documents
from tests.support.clock import START
from tests.support.documents import (
    CLICK,
    RECEIPT,
    SESSION,
    SUBSCRIPTION,
    TASK,
    USER,
    clerk_document,
    stripe_document,
)
from tests.support.events import incoming, new_event
from tests.support.memory_dynamo.aws import memory_aws
from tests.support.memory_sqs import CHAT_QUEUE_URL
from tests.support.tables import TABLES

type Path = tuple[str | int, ...]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
UPDATED, DELETED = "customer.subscription.updated", "customer.subscription.deleted"
DOCUMENTS: dict[tuple[str, str], Any] = {
    ("stripe", "checkout.session.completed"): stripe_document("checkout.session.completed", SESSION),
    ("stripe", UPDATED): stripe_document(UPDATED, SUBSCRIPTION | {"current_period_end": 1}),
    ("stripe", DELETED): stripe_document(DELETED, SUBSCRIPTION),
    ("clerk", "user.updated"): clerk_document("user.updated", USER),
    ("clerk", "user.deleted"): clerk_document("user.deleted", {"id": "user_1", "deleted": True}),
    ("modelriver", "task.ai_generated"): TASK,
    ("zalo", "user_received_message"): RECEIPT,
    ("feishu-button", "button.clicked"): CLICK,
    ("lark", RECORDS_TYPE): {
        "event": {
            "file_token": "app",
            "table_id": "tbl",
            "update_time": 1,
            "action_list": [{"record_id": "rec1", "action": "record_edited"}],
        }
    },
    ("lark", "im.message.receive_v1"): chat_documents.message(
        "@_user_1 /stop", at=START.timestamp(), mentions=["ou_bot"], thread_id="omt_1"
    ),
    ("lark", "message"): chat_documents.message_of_version_1(at=START.timestamp(), parent_id="om_0"),
    ("lark", "im.message.recalled_v1"): chat_documents.recalled(at=START.timestamp()),
    ("lark", chat_documents.ENTERED_TYPE): chat_documents.entered(at=START.timestamp()),
    ("lark", "application.bot.menu_v6"): chat_documents.menu(at=START.timestamp()),
    ("lark-card", "card.action.trigger"): chat_documents.press({"larkbridge": "help"}, at=START.timestamp()),
}


class Tables:
    """Every store at once, which takes what DynamoDB would."""

    def take_in(self, report: Report[Any], event: Event, report_of: object) -> bool:
        require_storable(report.entity | {"version": report.version})
        return True

    def add(self, content: Any, event_id: str) -> None:
        require_storable(content | {"metadata": json.dumps(content["metadata"], ensure_ascii=False)})

    def note_receipt(self, delivery_id: str, at: str) -> bool:
        require_storable({"deliveryId": delivery_id, "receiptAt": at})
        return True

    def stop(self, turn: ChatTurn) -> None:
        require_storable({"conversation": turn.group, "stoppedAt": turn.sent_at, "by": turn.event_id})

    def recall(self, message_id: str, now: datetime) -> None:
        require_storable({"conversation": message_id})

    def for_table(self, app_token: str, table_id: str) -> list[ButtonConfig]:
        return [ButtonConfig(owner="crm", app_token="a", table_id="t", webhook_url="https://hooks.example")]

    def table(self, app_token: str, table_id: str) -> "Tables":
        return self

    def get_one(self, record_id: str) -> BaseRecord:
        return BaseRecord(record_id, {})

    @property
    def registry(self) -> "Tables":
        return self

    def at(self, app_token: str, table_id: str) -> SyncedTable:
        return next(iter(Registry(TABLES)))

    @property
    def mirror_changes(self) -> "Tables":
        return self

    def request_full(self, table: SyncedTable) -> None:
        """Take a request for a pull."""

    def apply(self, table: SyncedTable, change: ReportedChange) -> None:
        assert all(isinstance(one, str) for one in change.record_ids)


def require_storable(record: Any) -> None:
    """Raise unless DynamoDB could hold a record: 64-bit numbers, UTF-8, 400 KB."""
    text = json.dumps(to_item(record), ensure_ascii=False)
    assert len(text.encode()) < 400_000
    numbers = [int(one["N"]) for one in to_item(record).values() if "N" in one]
    assert all(abs(number) < 2**63 for number in numbers)


def every_path(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where every value inside a document stands, and the document's own empty path."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from every_path(one, (*path, key))


def put(document: Any, path: Path, value: Any) -> Any:
    """Return a document with another value at a place."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def subscribers() -> Subscribers:
    tables: Any = Tables()
    return registry(
        Resources(
            events=tables,
            deliveries=tables,
            payments=tables,
            subscriptions=tables,
            users=tables,
            contents=tables,
            button_configs=tables,
            chat_queue=ChatQueue(CHAT_QUEUE_URL),
            conversations=tables,
            base=tables,
            sync=lambda: tables,
        )
    )


@pytest.mark.parametrize("kind", DOCUMENTS, ids="-".join)
@given(data=st.data(), value=JSON)
@settings(deadline=None, max_examples=150)
def test_any_value_anywhere_is_stored_or_refused(
    kind: tuple[str, str], data: st.DataObject, value: Any
) -> None:
    document = DOCUMENTS[kind]
    places = [place for place in every_path(document) if place]
    changed = put(document, data.draw(st.sampled_from(places)), value)
    (subscriber,) = subscribers()[kind]
    try:
        with memory_aws():
            deliveries = subscriber(incoming(new_event(*kind, changed)))
    except NothingToDoError:
        return
    except UnprocessableEventError as error:
        deliveries = error.deliveries
        require_storable({"reason": error.reason, "message": error.message})
    for delivery in deliveries:
        require_storable(to_record(delivery))


def test_every_kind_of_event_is_tried() -> None:
    sources = {source for source, _ in DOCUMENTS}
    assert sources == {source for source, _ in subscribers()}
