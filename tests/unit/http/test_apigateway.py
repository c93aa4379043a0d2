"""API Gateway events in, JSON answers out: whatever a client sends, it gets an answer that it can read."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.apigateway import endpoint, read_fields, read_request
from larkbridge.errors import (
    AwsUnavailableError,
    BadRequestError,
    ConditionFailedError,
    ConflictError,
    InvalidCredentialError,
    InvalidFieldsError,
    LarkbridgeError,
    MissingCredentialError,
    MissingSettingError,
    NotFoundError,
    PayloadTooLargeError,
    UnsupportedMediaTypeError,
)
from larkbridge.http_exchange import Response
from tests.support.forms import http_event
from tests.support.world import Context

JSON = {"content-type": "application/json"}
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}
TEXT = st.text(max_size=30)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)

quick = settings(deadline=None, max_examples=80)


def fields_of(body: bytes | str, headers: dict[str, str], *, base64_encoded: bool = True) -> dict[str, Any]:
    return read_fields(read_request(http_event(body, headers=headers, base64_encoded=base64_encoded)))


def sent(response: Response) -> dict[str, Any]:
    """Return a response as API Gateway takes it."""
    return endpoint(lambda _: response)(http_event(), Context("request"))


def answer_of(handle: Callable[..., Response], event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return what a client gets: the status, and the body as it comes over the wire."""
    response = endpoint(handle)(event, Context("request"))
    return response["statusCode"], json.loads(response["body"].encode())


@given(body=st.binary(max_size=200), headers=st.sampled_from([JSON, URLENCODED, {}]), encoded=st.booleans())
@quick
def test_any_body_gets_an_answer(body: bytes, headers: dict[str, str], encoded: bool) -> None:
    sent = body if encoded else body.decode("utf-8", "surrogateescape")
    event = http_event(sent, headers=headers, base64_encoded=encoded)
    status, answer = answer_of(
        lambda event: Response.json({"got": len(read_fields(read_request(event)))}), event
    )
    assert (status in (400, 415)) == ("error" in answer)
    assert status in (200, 400, 415)


@given(document=st.dictionaries(TEXT, VALUES, max_size=5), encoded=st.booleans(), escaped=st.booleans())
@quick
def test_json_fields_arrive_as_sent(document: dict[str, Any], encoded: bool, escaped: bool) -> None:
    body = json.dumps(document, ensure_ascii=escaped)
    assert fields_of(body, JSON, base64_encoded=encoded) == document


@given(pairs=st.dictionaries(TEXT, TEXT, min_size=1, max_size=5), escape=st.sampled_from([quote, None]))
@quick
def test_html_form_fields_arrive_as_typed(pairs: dict[str, str], escape: Any) -> None:
    body = urlencode(pairs, quote_via=escape) if escape else urlencode(pairs)
    assert fields_of(body, URLENCODED) == pairs


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"a=+84+912&b=%2B84", {"a": " 84 912", "b": "+84"}),
        (b"a=&b=", {"a": "", "b": ""}),
        (b"a=1=2&b=%3D%26", {"a": "1=2", "b": "=&"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"a=100%&b=%zz", {"a": "100%", "b": "%zz"}),
        ("a=Hà&%C3%A0=b".encode(), {"a": "Hà", "à": "b"}),
        (b"", {}),
    ],
)
def test_html_form_is_read_as_browsers_write_it(body: bytes, fields: dict[str, str]) -> None:
    assert fields_of(body, URLENCODED) == fields


@pytest.mark.parametrize(
    ("body", "headers", "twice"),
    [
        (b'{"a": 1, "a": 1}', JSON, {"a"}),
        (b'{"a": 1, "b": 1, "c": 1, "a": 2, "b": 2}', JSON, {"a", "b"}),
        (b'{"a": {"inner": 1, "inner": 2}}', JSON, {"inner"}),
        (b'{"a": 1, "\\u0061": 2}', JSON, {"a"}),
        (b"a=1&b=2&a=1", URLENCODED, {"a"}),
        (b"a=1&%61=2", URLENCODED, {"a"}),
    ],
)
def test_field_given_twice_is_named(body: bytes, headers: dict[str, str], twice: set[str]) -> None:
    with pytest.raises(InvalidFieldsError) as caught:
        fields_of(body, headers)
    assert caught.value.fields.keys() == twice


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"1",
        b'"{}"',
        b"{}{}",
        b"{} x",
        b"\xff",
        b'{"a": -Infinity}',
        b'{"a": [NaN]}',
        b'{"a":' * 10_000,
        b'{"a": ' + b"1" * 4301 + b"}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        fields_of(body, JSON)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        "application/json ; charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json; charset=utf8; v=1",
    ],
)
@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_content_type_is_read_in_any_spelling(content_type: str, name: str) -> None:
    assert fields_of(b'{"a": "b"}', {name: content_type, "Content-Encoding": "Identity"}) == {"a": "b"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "json"},
        {"content-type": "text/json"},
        {"content-type": "application/json+ld"},
        {"content-type": "application/json, text/html"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json; charset=utf-8; charset=latin-1"},
        {"content-type": "application/x-www-form-urlencoded; charset=windows-1258"},
        {"content-type": "multipart/form-data"},
        JSON | {"Content-Encoding": "gzip"},
        JSON | {"content-encoding": "br"},
    ],
)
def test_other_types_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        fields_of(b"{}", headers)


@pytest.mark.parametrize("letter", ["a", "ễ", "👧"])
@pytest.mark.parametrize("encoded", [True, False])
def test_the_limit_is_64_kb_of_bytes(letter: str, encoded: bool) -> None:
    body = json.dumps({"a": letter * 10}, ensure_ascii=False)
    padding = " " * (65_536 - len(body.encode()))
    assert fields_of(body + padding, JSON, base64_encoded=encoded) == {"a": letter * 10}
    with pytest.raises(PayloadTooLargeError):
        fields_of(body + padding + " ", JSON, base64_encoded=encoded)


@pytest.mark.parametrize("body", ["{}", "e30", "e30=\n", "e30=e30=", "é=="])
def test_what_is_marked_base64_and_is_not_is_refused(body: str) -> None:
    with pytest.raises(BadRequestError):
        read_request(http_event(body, headers=JSON) | {"isBase64Encoded": True})


def test_body_is_the_bytes_that_were_sent() -> None:
    raw = bytes(range(256))
    assert read_request(http_event(raw, base64_encoded=True)).body == raw


@pytest.mark.parametrize("event", [{}, {"headers": None, "body": None, "requestContext": {}}])
def test_bare_event_gets_an_answer(event: dict[str, Any]) -> None:
    status, answer = answer_of(lambda event: Response.json(read_fields(read_request(event))), event)
    assert (status, answer["error"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadRequestError("why"), 400),
        (InvalidFieldsError("why"), 400),
        (MissingCredentialError("why"), 401),
        (InvalidCredentialError("why"), 403),
        (NotFoundError("why"), 404),
        (ConflictError("why"), 409),
        (PayloadTooLargeError("why"), 413),
        (UnsupportedMediaTypeError("why"), 415),
    ],
)
def test_refusal_tells_why(error: LarkbridgeError, status: int) -> None:
    def refuse(*_: Any) -> Response:
        raise error

    answer = {"error": error.code, "message": "why", "requestId": "request-1"}
    assert answer_of(refuse, http_event()) == (status, answer)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("why"),
        KeyError("why"),
        AwsUnavailableError("why"),
        MissingSettingError("why"),
        ConditionFailedError({"why": "why"}),
        LarkbridgeError("why", fields={"why": "why"}),
        RecursionError("why"),
    ],
)
def test_our_fault_tells_an_id_and_nothing_else(error: Exception) -> None:
    def fail(*_: Any) -> Response:
        raise error

    status, answer = answer_of(fail, http_event())
    assert status == 500
    assert answer.keys() == {"error", "message", "requestId"}
    assert (answer["error"], answer["requestId"]) == ("internal_error", "request-1")
    assert "why" not in answer["message"]


def test_answer_is_utf8_json_that_nobody_caches() -> None:
    response = sent(Response.json({"name": "Nguyễn"}))
    assert response["headers"]["content-type"] == "application/json; charset=utf-8"
    assert response["headers"]["cache-control"] == "no-store"
    assert "Nguyễn" in response["body"]


def test_page_is_html_that_nobody_caches_or_takes_for_another_type() -> None:
    answer = sent(Response.html("<p>Cảm ơn</p>", 404))
    assert (answer["statusCode"], answer["body"]) == (404, "<p>Cảm ơn</p>")
    assert answer["headers"] == {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }


def test_redirect_is_a_get_elsewhere() -> None:
    answer = sent(Response.redirect("https://forms.example/cam-on?x=1"))
    assert (answer["statusCode"], answer["headers"]["location"]) == (303, "https://forms.example/cam-on?x=1")


@given(content=st.binary(max_size=200), name=st.text(min_size=1, max_size=30))
@quick
def test_file_arrives_byte_by_byte_under_its_name(content: bytes, name: str) -> None:
    name = name.encode(errors="replace").decode()
    answer = sent(Response.file(content, "application/pdf", name))
    assert answer["isBase64Encoded"]
    assert base64.b64decode(answer["body"]) == content
    attribute, _, shown = answer["headers"]["content-disposition"].partition("; filename*=UTF-8''")
    assert (attribute, unquote(shown)) == ("attachment", name)
    assert re.fullmatch(r"[\w.~%-]+", shown, re.ASCII)


def test_cookies_are_closed_to_scripts_and_to_other_sites() -> None:
    response = Response.text("x").with_cookie("session", "a b;c", max_age=60)
    response = response.with_cookie("state", "", max_age=0, path="/oauth")
    assert sent(response)["cookies"] == [
        "session=a%20b%3Bc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax",
        "state=; Path=/oauth; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
    ]
    assert "cookies" not in sent(Response.text("x"))
