"""ModelRiver: what its models wrote becomes content, and ModelRiver is told under which id.

Protocol (modelriver.com/docs/webhooks, "Event-driven AI", and its guide for databases): `task.ai_generated`
has `ai_response.data`, `customer_data`, `meta`, the name of the `event`, and the `callback_url` that waits
for the stored record or an error. Fields may stand inside `data`.
"""

import json
from collections.abc import Sequence
from typing import Any

from larkbridge.clock import from_text
from larkbridge.processors.payload_fields import MAX_ITEM_BYTES, NAME, TEXT, Fields, Text, compact_json
from larkbridge.processors.subscriber import Handles, Incoming, Resources, UnprocessableEventError
from larkbridge.store.content import Content, ContentStore, content_id
from larkbridge.store.deliveries import Delivery
from larkbridge.targets.modelriver_callback import new_callback
from larkbridge.targets.target import Origin

GENERATED_TYPE = "task.ai_generated"
_URL = Text(2_000)
_BODY = Text(MAX_ITEM_BYTES)


class ModelRiverProcessor:
    """Stores content, then calls back.

    For a document that cannot become content the callback says so, and the event is given up.
    """

    def __init__(self, contents: ContentStore) -> None:
        self._contents = contents

    def generated(self, incoming: Incoming) -> Sequence[Delivery]:
        """Store what was written; every run of one event stores and answers the same."""
        task = _task(incoming.document)
        url = task.text("callback_url", _URL, None)
        try:
            written = task.object("ai_response").object("data")
            content = _content(task, written, incoming.event.received_at)
            result = _result(written, content)
        except UnprocessableEventError as error:
            refusal = {"error": "processing_failed", "message": error.message}
            deliveries = _callback(incoming, url, "failed", json.dumps(refusal))
            raise UnprocessableEventError(error.reason, error.message, deliveries) from None
        self._contents.add(content, f"{incoming.event.event_id} {incoming.event.received_at}")
        return _callback(incoming, url, "stored", result)


def subscribers(resources: Resources) -> Sequence[Handles]:
    return [Handles("modelriver", (GENERATED_TYPE,), ModelRiverProcessor(resources.contents).generated)]


def _task(document: dict[str, Any]) -> Fields:
    nested = document.get("data")
    return Fields({**nested, **document} if isinstance(nested, dict) else document)


def _content(task: Fields, written: Fields, received_at: str) -> Content:
    channel_id = task.text("channel_id", NAME)
    customer, meta = task.object("customer_data", {}), task.object("meta", {})
    model = {
        "ai_model": meta.text("model", TEXT, None),
        "ai_provider": meta.text("provider", TEXT, None),
    }
    known = {name: value for name, value in model.items() if value}
    text = written.text("description", _BODY, None) or written.text("body", _BODY, None)
    content: Content = {
        "contentId": content_id(channel_id),
        "channelId": channel_id,
        "eventName": task.text("event", TEXT, None),
        "title": written.text("title", TEXT, None) or "Untitled",
        "body": text or "",
        "category": customer.text("category", TEXT, None) or "general",
        "metadata": json.loads(compact_json({**customer.values, **known}, "customer_data")),
        "source": "modelriver",
        "createdAt": received_at,
    }
    compact_json(content, "the content")
    return content


def _result(written: Fields, content: Content) -> str:
    record_id = content["contentId"]
    result = {
        "data": {**written.values, "id": record_id, "saved_at": content["createdAt"]},
        "task_id": record_id,
        "metadata": {"table": "content", "record_id": record_id},
    }
    return compact_json(result, "ai_response.data")


def _callback(incoming: Incoming, url: str | None, outcome: str, body: str) -> Sequence[Delivery]:
    if not url:
        return []
    event = incoming.event
    origin = Origin((event.event_id, outcome), event.event_id, from_text(event.received_at))
    return [new_callback(url, body, origin)]
