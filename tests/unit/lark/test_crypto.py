"""What Lark encrypts: the published vector, Lark's own SDK, and texts that nobody encrypted."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.lark.crypto import DecryptionError, decrypt
from sandbox.webhooks.lark import encrypt
from tests.support.lark_sdk import LarkSdk
from tests.support.tampering import ANY_TEXT, encoded, json_objects

KEY = "test key"


@pytest.fixture(scope="module")
def sdk() -> LarkSdk:
    return LarkSdk({"LARK_VERIFICATION_TOKEN": "v-token"})


def test_published_vector() -> None:
    assert decrypt("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=", KEY) == b"hello world"


@given(text=ANY_TEXT)
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(DecryptionError):
        decrypt(text, KEY)


@given(data=st.binary(max_size=80), key=st.text(st.characters(codec="utf-8")))
@settings(deadline=None)
def test_garbage_decrypts_as_in_the_sdk(sdk: LarkSdk, data: bytes, key: str) -> None:
    try:
        expected = sdk.decrypt(data, key)
    except ValueError:
        expected = None
    try:
        actual = decrypt(base64.b64encode(data).decode(), key)
    except DecryptionError:
        actual = None
    assert actual == expected


@given(texts=st.lists(st.tuples(st.binary(max_size=80), st.booleans()), max_size=8))
@settings(deadline=None)
def test_nothing_of_one_text_is_in_the_next(texts: list[tuple[bytes, bool]]) -> None:
    for plain, is_cut in texts:
        whole = json.loads(encrypt(plain, KEY))["encrypt"]
        if is_cut:
            with pytest.raises(DecryptionError):
                decrypt(base64.b64encode(base64.b64decode(whole)[:-1]).decode(), KEY)
        assert decrypt(whole, KEY) == plain


def test_threads_decrypt_side_by_side() -> None:
    plain = [bytes([number]) * 5_000 for number in range(32)]
    texts = [json.loads(encrypt(one, KEY))["encrypt"] for one in plain]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda text: decrypt(text, KEY), texts)) == plain


@pytest.mark.parametrize("padding", [b"\0", b"\x11", b"\2", b"\1\3\3"], ids=repr)
def test_inconsistent_padding_is_refused(padding: bytes) -> None:
    text = json.loads(encrypt(b"a" * (16 - len(padding)) + padding, KEY))["encrypt"]
    whole = base64.b64decode(text)[:-16]  # without the block of right padding
    with pytest.raises(DecryptionError):
        decrypt(base64.b64encode(whole).decode(), KEY)


@given(document=json_objects(), key=st.text(st.characters(codec="utf-8"), min_size=1))
@settings(deadline=None)
def test_any_object_survives_encryption(document: dict[str, Any], key: str) -> None:
    text = encoded(document)
    assert decrypt(json.loads(encrypt(text, key))["encrypt"], key) == text
