"""ModelRiver: its three signed contents, and data as it stands in the body."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.inbound.modelriver import ModelRiver, member
from sandbox.webhooks.modelriver import sign
from tests.support.tampering import altered, encoded, json_objects, json_values, tampered
from tests.support.vectors import Outcome, context_at, outcome_of, request_of

NOW = 1_704_825_600
SECRETS = {"MODELRIVER_WEBHOOK_SECRET": "secret"}
TIMESTAMP_DATA = {"MODELRIVER_SIGNED_CONTENT": "timestamp.data"}
TIMESTAMP_BODY = {"MODELRIVER_SIGNED_CONTENT": "timestamp.body"}
BODY = b'{"type":"task.completed","channel_id":"c1"}'


def outcome(body: bytes, signed: bytes, settings: dict[str, str], now: float = NOW) -> Outcome:
    """Return what becomes of `body` when `signed` is what was signed."""
    headers = sign(signed, SECRETS, NOW).headers
    return outcome_of(ModelRiver(), request_of(headers, body), context_at(now, settings, SECRETS))


def stamped(content: bytes) -> bytes:
    return f"{NOW}.".encode() + content


@pytest.mark.parametrize("variant", [TIMESTAMP_BODY, TIMESTAMP_DATA], ids=["body", "data"])
@given(distance=st.integers(-(10**6), 10**6) | st.sampled_from([-301, -300, 300, 301]))
@settings(deadline=None, max_examples=50)
def test_signed_timestamp_may_be_five_minutes_off(variant: dict[str, str], distance: int) -> None:
    body = b'{"type":"task.completed","channel_id":"c1","data":{"a":1}}'
    content = stamped(body if variant is TIMESTAMP_BODY else b'{"a":1}')
    expected = 200 if abs(distance) <= 300 else 401
    assert outcome(body, content, variant, NOW + distance).status == expected


@given(data=st.data())
@settings(deadline=None, max_examples=100)
def test_any_changed_byte_is_refused_with_a_timestamp_too(data: st.DataObject) -> None:
    changed = data.draw(tampered(BODY))
    assert outcome(changed, stamped(BODY), TIMESTAMP_BODY).status == 401


@given(data=st.data())
@settings(deadline=None, max_examples=100)
def test_any_changed_byte_of_data_is_refused(data: st.DataObject) -> None:
    written = b'{"text" : "B\\u00e0i", "n":1.0}'
    changed = data.draw(tampered(written))
    refused = outcome(
        b'{"type":"t","channel_id":"c1","data":' + changed + b"}", stamped(written), TIMESTAMP_DATA
    )
    proven = re.fullmatch(rb"[ \t\n\r]*" + re.escape(written) + rb"[ \t\n\r]*", changed)
    assert refused.status == (200 if proven else 401)


@given(
    others=json_objects().filter(lambda others: "data" not in others),
    value=json_values(),
    place=st.integers(0, 6),
    indent=st.sampled_from([None, 0, 1, "\t"]),
    ascii_only=st.booleans(),
)
@settings(deadline=None, max_examples=100)
def test_data_is_found_as_it_is_written(
    others: dict[str, object], value: object, place: int, indent: int | str | None, ascii_only: bool
) -> None:
    members = list(others.items())
    members.insert(place, ("data", {"marker": value}))
    text = json.dumps(dict(members), indent=indent, ensure_ascii=ascii_only)
    found = member(text, "data")
    assert json.loads(found) == {"marker": value}
    assert f'"data": {found}' in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '"data"',
        '{"data"}',
        '{"data":}',
        '{"data":1',
        '{"data":1,}',
        '{,"data":1}',
        '{"data":1 "a":2}',
        '{"a":{"data":1}}',
        '{"a":"\\"data\\":1"}',
        '{"data":1,"data":1}',
        '{"data":1,"\\u0064ata":1}',
        '{"data":1:2}',
        '{"data":{1}}',
        "{data:1}",
        '{1:2,"data":1}',
        '\ufeff{"data":1}',
        '{"data":' + "[" * 5000,
    ],
    ids=lambda text: text[:20] or "empty",
)
def test_text_without_one_data_has_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the reason
        member(text, "data")


@given(text=st.text(st.sampled_from('{}[]":,data1 \\u00e') | st.characters(), max_size=40))
@settings(deadline=None, max_examples=100)
def test_any_text_has_data_or_has_none(text: str) -> None:
    try:
        found = member(text, "data")
    except ValueError:
        return
    assert found in text


@given(data=st.data())
@settings(deadline=None, max_examples=100)
def test_no_document_breaks_the_search_for_data(data: st.DataObject) -> None:
    body = encoded(data.draw(altered({"type": "t", "channel_id": "c", "data": {"a": 1}})))
    assert outcome(body, stamped(b'{"a": 1}'), TIMESTAMP_DATA).status in (200, 400, 401)


@pytest.mark.parametrize("body", [b'{"data":' + b"[" * 50_000 + b"]" * 50_000 + b"}", b'{"data":"\xff"}'])
def test_data_that_cannot_be_read_is_refused(body: bytes) -> None:
    assert outcome(body, stamped(body), TIMESTAMP_DATA).status == 401
