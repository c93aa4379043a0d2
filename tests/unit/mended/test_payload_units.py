"""What an attempt writes again does not grow with the payload, and the payload is whole when it is read."""

import json
import random
from typing import Any

import boto3
import pytest

from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from tests.support.forms import FORMS
from tests.support.world import World

TYPE = {"id": "evt_1", "type": "made.up"}


def _document(size: int) -> dict[str, Any]:
    """Return an event of about so many bytes, of numbers and names that occur again and again."""
    rng = random.Random(0)
    items = [
        {
            "id": rng.getrandbits(48),
            "name": "Toán nâng cao",
            "price": f"{rng.randrange(900)}000.00",
            "sku": None,
        }
        for _ in range(size // 80)
    ]
    return TYPE | {"data": {"object": {"items": items}}}


def _largest_item(world: World, table: str) -> int:
    """Return the bytes of the texts and binaries of the largest item that has a status."""
    items = boto3.client("dynamodb").scan(TableName=world.environ[table])["Items"]
    works = [item for item in items if {"status", "larkStatus"} & item.keys()]
    return max(sum(map(_size, work.values())) for work in works)


def _size(attribute: Any) -> int:
    ((kind, value),) = attribute.items()
    if kind == "M":
        return sum(map(_size, value.values()))
    return len(value.encode() if isinstance(value, str) else value) if kind in ("S", "B") else 0


@pytest.mark.parametrize(
    ("size", "most"), [(5_000, 2_500), (20_000, 6_000), (80_000, 6_000), (700_000, 6_000)]
)
def test_an_events_item_stays_small_and_its_payload_whole(world: World, size: int, most: int) -> None:
    document = _document(size)
    world.webhook("github-ping", {"zen": "warms the secrets up"})
    with world.watch() as calls:
        assert world.webhook("stripe", json.dumps(document).encode()).status == 200
    assert calls.count("dynamodb") == 1
    assert _largest_item(world, "EVENTS_TABLE") < most
    event = world.events.get("stripe#evt_1")
    assert event is not None
    assert event.status == Status.RECEIVED
    assert json.loads(world.events.with_payload(event).payload) == document
    world.wake()
    after = world.events.get("stripe#evt_1")
    assert after is not None
    assert after.status == Status.IGNORED
    assert json.loads(world.events.with_payload(after).payload) == document


def test_a_long_form_is_stored_small_and_sent_as_it_was_typed(world: World) -> None:
    note = "Con bị dị ứng sữa, gọi mẹ trước khi cho ăn. " * 40
    fields = FORMS[FormType.STUDENT_INFO] | {"note": note}
    answer = world.post(fields=fields)
    assert (answer.status, answer.body["larkStatus"]) == (200, "sent")
    assert world.lark.runs[-1].payload["note"] == note.strip()
    assert _largest_item(world, "SUBMISSIONS_TABLE") < 2_000
    detail = world.call_admin("GET /v1/submissions/{submissionId}", submission_id=answer.body["submissionId"])
    assert detail.body["payload"] == world.lark.runs[-1].payload
