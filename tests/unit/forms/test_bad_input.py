"""A bad form is refused with every field at fault named in Vietnamese, and leaves no trace."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from larkbridge.forms.catalogue import FORMS as MODELS
from larkbridge.store.submissions import FormType
from sandbox.samples import filled_in
from tests.support.forms import FORMS, html_form_event, http_event, json_event
from tests.support.world import Answer, World

INFO, LEAVE, TRANSFER, HOLD, CHANGE, *_ = FormType
JSON = {"content-type": "application/json"}
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}
PARENT = {"parentName", "parentPhone", "consent"}
STUDENT = PARENT | {"studentName", "className", "reason"}
REQUIRED = {form.form_type: {*filled_in(form)} for form in MODELS} | {
    INFO: PARENT | {"studentName"},
    LEAVE: STUDENT | {"leaveFrom", "leaveTo"},
    TRANSFER: STUDENT | {"remainingSessions", "recipientName", "recipientPhone"},
    HOLD: STUDENT | {"holdFrom", "holdUntil"},
    CHANGE: PARENT | {"studentName", "currentClass", "requestedClass", "effectiveDate", "reason"},
}


@pytest.fixture(autouse=True)
def _no_trace(world: World) -> Iterator[None]:
    """Nothing refused costs an AWS call or reaches Lark."""
    with world.watch() as calls:
        yield
    assert calls.made == []


def _faults(answer: Answer) -> set[str]:
    """Return the fields that an answer of 400 names, each with a message for a parent."""
    assert (answer.status, answer.body["error"]) == (400, "invalid_fields")
    assert answer.body["requestId"] == "request-1"
    messages = [answer.body["message"], *answer.body["fields"].values()]
    assert not any(message.isascii() for message in messages), "not Vietnamese"
    return set(answer.body["fields"])


@pytest.mark.parametrize("make", [json_event, html_form_event])
@pytest.mark.parametrize("form_type", REQUIRED)
def test_every_missing_field_is_named(world: World, form_type: FormType, make: Any) -> None:
    assert _faults(world.send(form_type, make({}))) == REQUIRED[form_type]


@pytest.mark.parametrize("blank", [None, "", "   ", "\u00a0\u3000"])
@pytest.mark.parametrize("form_type", REQUIRED)
def test_blank_is_missing(world: World, form_type: FormType, blank: str | None) -> None:
    assert _faults(world.post(form_type, dict.fromkeys(FORMS[form_type], blank))) == REQUIRED[form_type]


@pytest.mark.parametrize(
    ("form_type", "field", "value"),
    [
        (INFO, "parentPhone", "0912"),
        (INFO, "parentPhone", "không có"),
        (INFO, "parentPhone", 912345678),
        (TRANSFER, "recipientPhone", "0123 456 7890"),
        (INFO, "parentEmail", "ha.nguyen@"),
        (INFO, "parentEmail", "hà@ví-dụ.vn"),
        (INFO, "parentEmail", f"{'a' * 250}@x.vn"),
        (INFO, "eventSourceUrl", "javascript:alert(1)"),
        (INFO, "consent", False),
        (INFO, "consent", "không"),
        (INFO, "parentName", "a" * 201),
        (INFO, "note", "a" * 2001),
        (INFO, "utmSource", "a" * 501),
        (INFO, "submissionKey", "k" * 256),
        (INFO, "studentName", ["An"]),
        (INFO, "studentName", {"first": "An"}),
        (INFO, "studentName", 7),
        (INFO, "studentName", True),
        (INFO, "dateOfBirth", "2026-09-02"),
        (INFO, "dateOfBirth", "1899-12-31"),
        (INFO, "dateOfBirth", "04/05/2017"),
        (LEAVE, "leaveFrom", "2026-02-29"),
        (LEAVE, "leaveTo", "2026-09-06"),
        (LEAVE, "leaveTo", 20260911),
        (HOLD, "holdUntil", "2026-09-30"),
        (HOLD, "holdUntil", "2027-12-02"),
        (TRANSFER, "remainingSessions", -1),
        (TRANSFER, "remainingSessions", 2.5),
        (TRANSFER, "remainingSessions", "mười hai"),
        (TRANSFER, "remainingSessions", 10**4000),
        (TRANSFER, "remainingSessions", "9" * 5000),
        (CHANGE, "effectiveDate", "2026-13-01"),
        (CHANGE, "effectiveDate", "ngày mai"),
        (CHANGE, "isAdmin", "true"),
        (CHANGE, "utf8", "✓"),
        (CHANGE, "submit", "Gửi"),
        (CHANGE, "submissionId", "mine"),
        (CHANGE, "ParentName", "wrong case"),
        (CHANGE, "parent_name", "not camel case"),
        (CHANGE, "trường lạ", "x"),
    ],
)
def test_the_wrong_field_is_named_alone(world: World, form_type: FormType, field: str, value: object) -> None:
    assert _faults(world.post(form_type, FORMS[form_type] | {field: value})) == {field}


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x9b", "\ud800"])
@pytest.mark.parametrize("field", ["studentName", "note", "fbp", "parentPhone"])
def test_control_characters_are_refused(world: World, field: str, character: str) -> None:
    broken = FORMS[INFO] | {field: f"0912{character}345678"}
    assert _faults(world.post(INFO, broken)) == {field}


def test_all_faults_are_named_at_once(world: World) -> None:
    broken = {
        "leaveFrom": "2026-09-11",
        "leaveTo": "2026-09-07",
        "parentPhone": "1",
        "reason": "",
        "extra": "x",
    }
    answer = world.post(LEAVE, FORMS[LEAVE] | broken)
    assert _faults(answer) == {"leaveTo", "parentPhone", "reason", "extra"}


def test_end_is_not_blamed_for_a_wrong_start(world: World) -> None:
    assert _faults(world.post(LEAVE, FORMS[LEAVE] | {"leaveFrom": "31-12-2026"})) == {"leaveFrom"}


@pytest.mark.parametrize(
    ("form_type", "field", "value", "limit"),
    [(HOLD, "holdUntil", "2028-01-01", "365"), (TRANSFER, "remainingSessions", 10_001, "10000")],
)
def test_message_states_the_limit(
    world: World, form_type: FormType, field: str, value: object, limit: str
) -> None:
    answer = world.post(form_type, FORMS[form_type] | {field: value})
    assert limit in answer.body["fields"][field]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"parentName=An",
        b"[]",
        b'"parentName"',
        b"null",
        b"7",
        b"{",
        b'{"note": "a",}',
        b"{'note': 'a'}",
        b'{"note": NaN}',
        b'{"note": Infinity}',
        b'{"note": "\x01"}',
        b'{"note": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"note": "a"}'.encode("utf-16"),
        b'{"note":' + b"9" * 5000 + b"}",
        b'{"note":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    ],
    ids=lambda body: repr(body[:14]),
)
@pytest.mark.parametrize("base64_encoded", [True, False])
def test_not_a_json_object_is_400(world: World, body: bytes, base64_encoded: bool) -> None:
    sent = body if base64_encoded else body.decode("utf-8", "surrogateescape")
    answer = world.send(INFO, http_event(sent, headers=JSON, base64_encoded=base64_encoded))
    assert (answer.status, answer.body["error"]) == (400, "bad_request")


@pytest.mark.parametrize("body", [b"parentName", b"\xff=1", b"&&"])
def test_not_an_html_form_is_400(world: World, body: bytes) -> None:
    assert world.send(INFO, http_event(body, headers=URLENCODED, base64_encoded=True)).status == 400


def test_not_base64_is_400(world: World) -> None:
    event = http_event("{}", headers=JSON) | {"isBase64Encoded": True}
    assert world.send(INFO, event).status == 400


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, json.dumps(FORMS[INFO])[:-1] + ', "parentName": "Khác"}'),
        (URLENCODED, urlencode(FORMS[INFO]) + "&parentName=Kh%C3%A1c"),
    ],
    ids=["json", "form"],
)
def test_field_given_twice_is_named(world: World, headers: dict[str, str], body: str) -> None:
    answer = world.send(INFO, http_event(body, headers=headers))
    assert (answer.status, answer.body["fields"]) == (400, {"parentName": "Mục này bị lặp lại."})
    assert answer.body["message"].startswith("Thông tin chưa hợp lệ")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/jsonp"},
        {"content-type": "application/json; charset=iso-8859-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_other_content_types_are_415(world: World, headers: dict[str, str]) -> None:
    answer = world.send(INFO, http_event(json.dumps(FORMS[INFO]), headers=headers))
    assert (answer.status, answer.body["error"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("text", ["a" * 65_537, "ễ" * 21_846])
def test_over_64_kb_is_413(world: World, text: str) -> None:
    answer = world.send(INFO, http_event(text, headers=JSON))
    assert (answer.status, answer.body["error"]) == (413, "payload_too_large")


@pytest.mark.parametrize(("size", "status"), [(65_536, 400), (65_537, 413)])
@pytest.mark.parametrize("base64_encoded", [True, False])
def test_exactly_64_kb_is_still_read(world: World, size: int, status: int, base64_encoded: bool) -> None:
    body = json.dumps({}).ljust(size)
    answer = world.send(INFO, http_event(body, headers=JSON, base64_encoded=base64_encoded))
    assert answer.status == status
