"""How far a reader has to go who follows a request: through so many functions and modules, and no further."""

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from larkbridge.processors.stream import process_records
from tests.support.documents import SESSION, stripe_document
from tests.support.stream import stream_batch
from tests.support.world import World

LAYER = str(Path(__file__).parents[2] / "layers" / "common" / "larkbridge")
PAID = "checkout.session.completed"


def way(act: Callable[[], object]) -> list[tuple[str, str]]:
    """Return the module and the name of each function of ours that is entered, in order."""
    entered: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(LAYER):
            entered.append((code.co_filename, code.co_qualname))

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return entered


def length(entered: list[tuple[str, str]]) -> tuple[int, int, int]:
    """Return how many functions and modules there are, and how often the next one is in another module."""
    modules = [module for module, _ in entered]
    changes = sum(before != after for before, after in itertools.pairwise(modules))
    return len(set(entered)), len(set(modules)), changes


def within(found: tuple[int, ...], limits: tuple[int, ...]) -> bool:
    return all(count <= limit for count, limit in zip(found, limits, strict=False))


@pytest.fixture
def warm(world: World) -> World:
    """A process that has served a form and a webhook before."""
    world.post()
    world.webhook("stripe", stripe_document(PAID, SESSION) | {"id": "evt_0"})
    return world


def test_form_is_followed_through_few_modules(warm: World) -> None:
    found = length(way(lambda: warm.post()))
    assert within(found, (64, 19, 41)), found


def test_webhook_is_followed_through_few_modules(warm: World) -> None:
    document = stripe_document(PAID, SESSION) | {"id": "evt_1"}
    received = length(way(lambda: warm.webhook("stripe", document)))
    assert within(received, (30, 10)), received
    event = warm.events.get("stripe#evt_1")
    assert event is not None
    batch = stream_batch([event])
    processed = length(way(lambda: process_records(batch, warm.processing, owner="request-1", seconds=80)))
    assert within(processed, (41, 12)), processed
