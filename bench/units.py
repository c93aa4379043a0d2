"""DynamoDB's write and read units of what happens to one event or form, indexes and side effects included."""

import json
from collections.abc import Iterator

from bench.table import NotMeasurableError, Row
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.processors.stream import process_records
from larkbridge.store.work import Status
from tests.support.documents import order
from tests.support.functions import functions
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.memory_dynamo.units import Units, metered
from tests.support.stream import stream_batch
from tests.support.world import World

EVENT_SIZES = (1_000, 20_000, 80_000)


def measure() -> Iterator[Row]:
    """Yield one row for each kind and size."""
    for size in EVENT_SIZES:
        received, processed = _event(size)
        yield Row(f"units: Stripe checkout of {size:,} bytes, received", _told(received))
        yield Row(f"units: Stripe checkout of {size:,} bytes, processed", _told(processed))
    yield Row("units: form, happy path", _told(_form()))


def _event(size: int) -> tuple[Units, Units]:
    document = json.loads(functions()["receive_webhook"].samples()["stripe_checkout"]["body"])
    document["data"]["object"] |= order(size - len(json.dumps(document)))
    with memory_account() as account:
        world = World(SETTINGS)
        body = json.dumps(document, ensure_ascii=False).encode()
        with metered(account.dynamo) as received:
            _expect(world.webhook("stripe", body).status == 200)
        (event,) = [world.events.get(event.event_id) for event in world.events.backlog(SOURCES)]
        batch = stream_batch([event])
        with metered(account.dynamo) as processed:
            process_records(batch, world.processing, owner="bench", seconds=80)
        after = world.events.get(event.event_id) if event else None
        _expect(after is not None and after.status == Status.SUCCESS)
    return received, processed


def _form() -> Units:
    with memory_account() as account:
        world = World(SETTINGS)
        world.post()
        with metered(account.dynamo) as units:
            answer = world.post()
        _expect(answer.status == 200 and answer.body["larkStatus"] == "sent")
    return units


def _told(units: Units) -> str:
    return f"{units.written} written, {units.read:g} read"


def _expect(condition: bool) -> None:
    if not condition:
        raise NotMeasurableError("what is counted here did not happen")
