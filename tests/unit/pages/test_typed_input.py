"""What a browser posts is read alike in both of its encodings, and nothing of it breaks the reading."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from larkbridge.apigateway import MAX_FIELDS
from larkbridge.errors import BadRequestError, UnsupportedMediaTypeError
from larkbridge.forms.hold import HoldRequest
from larkbridge.forms.student_info import StudentInfo
from larkbridge.http_exchange import Request
from larkbridge.pages.typed_input import TypedInput, read

URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "----WebKitFormBoundaryAbC123"
names = st.sampled_from(
    ["parentName", "reason", "note", "holdFrom-day", "submissionKey", "phu_luc", "strange"]
)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
pairs = st.lists(st.tuples(names, values), max_size=12)


def multipart(fields: list[tuple[str, str]], files: list[tuple[str, str, bytes]] | None = None) -> bytes:
    """Return a body as a browser writes it; a file has a name, a file name and its content."""
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields
    ]
    parts += [
        f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        for name, file, content in files or []
    ]
    return (
        b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in parts)
        + f"--{BOUNDARY}--\r\n".encode()
    )


def request(body: bytes, content_type: str, query: dict[str, str] | None = None) -> Request:
    return Request({"content-type": content_type}, body, "request-1", query or {})


def read_multipart(body: bytes) -> TypedInput:
    return read(request(body, f"multipart/form-data; boundary={BOUNDARY}"), HoldRequest)


def read_text(body: str, query: dict[str, str] | None = None, form: Any = HoldRequest) -> TypedInput:
    return read(request(body.encode(), URLENCODED, query), form)


def faults(typed: TypedInput) -> dict[str, str]:
    fields = typed.fields.items()
    return {name: value.type for name, value in fields if isinstance(value, PydanticCustomError)}


@given(pairs)
def test_both_encodings_say_the_same(fields: list[tuple[str, str]]) -> None:
    by_parts, by_text = read_multipart(multipart(fields)), read_text(urlencode(fields))
    assert by_parts.values == by_text.values
    assert faults(by_parts) == faults(by_text)
    assert by_parts.fields.keys() == by_text.fields.keys()


@given(st.binary(max_size=300), st.sampled_from([URLENCODED, f"multipart/form-data; boundary={BOUNDARY}"]))
def test_any_body_is_read_or_refused(body: bytes, content_type: str) -> None:
    with suppress(BadRequestError):
        read(request(body, content_type), HoldRequest)


@given(pairs, st.data())
def test_any_damage_to_a_multipart_body_is_read_or_refused(
    fields: list[tuple[str, str]], data: st.DataObject
) -> None:
    body = multipart(fields)
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, len(body)))
    with suppress(BadRequestError):
        read_multipart(body[:start] + data.draw(st.binary(max_size=20)) + body[end:])


def test_body_that_was_cut_off_is_refused() -> None:
    body = multipart([("parentName", "Hà"), ("reason", "về quê")])
    for length in range(len(body) - len("--\r\n")):
        with pytest.raises(BadRequestError):
            read_multipart(body[:length])


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"multipart/form-data; boundary={'b' * 2000}",
        "multipart/form-data; boundary=bảo",
    ],
)
def test_multipart_without_a_good_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(BadRequestError):
        read(request(multipart([("reason", "x")]), content_type), HoldRequest)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "",
        "multipart/mixed; boundary=x",
        f"{URLENCODED}; charset=iso-8859-1",
        "application/json",
    ],
)
def test_another_type_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        read(request(b"reason=x", content_type), HoldRequest)


@pytest.mark.parametrize(
    "body", ["%ff", "reason=%C3%28", "&".join("reason=x" for _ in range(MAX_FIELDS + 1))]
)
def test_what_is_not_utf_8_or_too_much_is_refused(body: str) -> None:
    with pytest.raises(BadRequestError):
        read_text(body)


def test_empty_file_is_none_and_another_one_is_for_the_next_step() -> None:
    empty = read_multipart(multipart([("reason", "x")], [("attachmentId", "", b"")]))
    assert faults(empty) == {}
    full = read_multipart(multipart([("reason", "x")], [("attachmentId", "don.pdf", b"%PDF-1.7")]))
    assert faults(full) == {"attachmentId": "file_in_form"}
    assert "%PDF" not in str(full)


def test_three_fields_are_one_date_and_stay_as_they_were_typed() -> None:
    typed = read_text("holdFrom-day=1&holdFrom-month=thg+9&holdFrom-year=2026")
    assert typed.fields["holdFrom"] == "2026-09-01"
    assert typed.values == {"holdFrom-day": "1", "holdFrom-month": "thg 9", "holdFrom-year": "2026"}


def test_date_in_one_piece_is_shown_where_a_page_has_room_for_it() -> None:
    typed = read_text("holdFrom=1/9/26")
    assert faults(typed) == {"holdFrom": "short_year"}
    assert typed.values == {"holdFrom-day": "1/9/26"}


def test_names_that_no_form_has_are_left_out() -> None:
    typed = read_text("reason=x&extensionToken=7&holdFrom-hour=3&dateOfBirth-day=1")
    assert typed.values == {"reason": "x"}
    assert {name for name, value in typed.fields.items() if value} == {"reason"}


def test_same_twice_is_once_and_two_values_are_a_fault() -> None:
    assert faults(read_text("reason=x&reason=x")) == {}
    twice = read_text("reason=x&reason=y&holdFrom-day=1&holdFrom-day=2")
    assert faults(twice) == {"reason": "repeated", "holdFrom": "repeated"}
    assert twice.values["reason"] == "x"


def test_campaign_comes_from_the_address_where_the_page_has_none() -> None:
    query = {"utm_source": "facebook", "utm_medium": "cpc", "utm_term": "x", "lang": "en"}
    typed = read_text("utmSource=&utmMedium=email", query, StudentInfo)
    assert {name: value for name, value in typed.fields.items() if value} == {
        "utmSource": "facebook",
        "utmMedium": "email",
    }
