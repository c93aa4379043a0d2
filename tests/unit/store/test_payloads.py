"""A payload is stored as it is up to 1 KB, compressed above, and comes back as it was."""

import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.store.codec import from_item, to_item
from larkbridge.store.deliveries import Delivery
from larkbridge.store.events import Event
from larkbridge.store.work import Status, Work
from larkbridge.store.work_table import (
    MAX_PLAIN_BYTES,
    MAX_TEXT_BYTES,
    from_record,
    pack,
    to_record,
    unpack_json,
    unpack_text,
)
from tests.support.stream import as_json

TEXTS = st.text(st.characters(), max_size=3000) | st.text(st.sampled_from('aễ😀\ud83d"'), max_size=3000)
WORK: dict[str, Any] = {
    "sort_key": "2026-09-01T02:00:00.000Z#1",
    "status": Status.RECEIVED,
    "attempt_count": 0,
}


@given(text=TEXTS)
def test_any_text_comes_back(text: str) -> None:
    stored = pack(text)
    assert isinstance(stored, str | bytes)
    assert isinstance(stored, bytes) == (len(text.encode(errors="surrogatepass")) > MAX_PLAIN_BYTES)
    assert (unpack_text(stored) if isinstance(stored, bytes) else stored) == text


@given(content=st.dictionaries(st.text(), TEXTS | st.integers() | st.none(), max_size=4))
def test_any_object_comes_back(content: dict[str, Any]) -> None:
    stored = pack(content)
    assert isinstance(stored, dict | bytes)
    assert (unpack_json(stored) if isinstance(stored, bytes) else stored) == content


@pytest.mark.parametrize("character", ["a", "é", "ễ", "😀"])
def test_1_kb_of_utf_8_is_stored_as_it_is_and_no_more(character: str) -> None:
    most = character * (MAX_PLAIN_BYTES // len(character.encode()))
    assert pack(most) == most
    assert isinstance(pack(most + character), bytes)


def test_largest_text_comes_back() -> None:
    assert unpack_text(zlib.compress(b"a" * MAX_TEXT_BYTES)) == "a" * MAX_TEXT_BYTES


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"no zlib",
        zlib.compress(b"a" * 9_000)[:-1],
        zlib.compress(b"a" * (MAX_TEXT_BYTES + 1)),
        zlib.compress(b"a" * 500_000_000),
        zlib.compress(b"\xff"),
    ],
)
def test_what_is_damaged_or_grows_beyond_all_bounds_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unpack_text(stored)


@pytest.mark.parametrize(
    "work",
    [
        Event(
            **WORK, event_id="stripe#1", source="stripe", type="a", received_at="2026", payload="ễ" * 9_000
        ),
        Delivery(
            **WORK,
            delivery_id="1",
            target="lark-card",
            destination="lark-api",
            subject="stripe#1",
            created_at="2026",
            content={"text": "ễ" * 9_000, "receiveId": "ou_1"},
        ),
    ],
)
def test_work_is_read_alike_from_the_table_and_from_its_stream(work: Work) -> None:
    image = to_item(to_record(work))
    assert "B" in image["content" if isinstance(work, Delivery) else "payload"]
    assert from_record(type(work), from_item(image)) == work
    assert from_record(type(work), from_item(json.loads(json.dumps(as_json(image))))) == work
