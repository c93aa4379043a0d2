"""DynamoDB stream records, as Lambda hands them over."""

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from larkbridge.store.codec import to_item
from larkbridge.store.work import Work
from larkbridge.store.work_table import to_record


def stream_record(image: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the record of an insertion; `image` is the item in DynamoDB's own form."""
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"NewImage": image, "SequenceNumber": str(number), "StreamViewType": "NEW_IMAGE"},
    }


def stream_batch(works: Sequence[Work | None]) -> dict[str, Any]:
    """Return a batch that announces these items."""
    images = [as_json(to_item(to_record(work))) for work in works if work]
    return {"Records": [stream_record(image, number) for number, image in enumerate(images)]}


def as_json(image: dict[str, Any]) -> dict[str, Any]:
    """Return an item as JSON has it, its bytes as base64."""
    return json.loads(json.dumps(image, default=lambda binary: b64encode(binary).decode()))
