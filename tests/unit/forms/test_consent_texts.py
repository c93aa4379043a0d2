"""A text that somebody agreed to never changes: another text is another version."""

import hashlib
import re
from datetime import date

import pytest

from larkbridge.forms.consent_texts import SHOWN, VERSIONS, ConsentTexts

HASHES = {"2026-11-28": {"vi": "d8b995902ff2c1cb", "en": "0facf90629608f3f"}}
"""Of every version that was ever shown: a line is added, none is changed."""
TEXTS = [(version, language, texts) for version, two in VERSIONS.items() for language, texts in two.items()]


def test_a_version_keeps_the_text_that_was_agreed_to() -> None:
    assert {
        version: {word: _hash(texts) for word, texts in two.items()} for version, two in VERSIONS.items()
    } == HASHES


def test_the_newest_version_is_shown() -> None:
    assert max(VERSIONS, key=date.fromisoformat) == SHOWN


@pytest.mark.parametrize(("version", "language", "texts"), TEXTS)
def test_a_text_names_who_is_responsible_and_how_to_reach_them(
    version: str, language: str, texts: ConsentTexts
) -> None:
    assert "{centre}" in texts.processing
    assert {"{centre}", "{contact}"} <= {*re.findall(r"{\w+}", texts.processing_details)}
    assert {*re.findall(r"{\w+}", " ".join(texts))} == {"{centre}", "{contact}"}


@pytest.mark.parametrize("two", VERSIONS.values(), ids=VERSIONS)
def test_both_languages_say_the_same_things(two: dict[str, ConsentTexts]) -> None:
    vi, en = two["vi"], two["en"]
    for name in ("processing_details", "marketing_details"):
        lines = [getattr(one, name).splitlines() for one in (vi, en)]
        assert len(lines[0]) == len(lines[1])
        for numbers in zip(
            *[[re.findall(r"\d+|_fb\w|{\w+}|Meta|Lark", line) for line in one] for one in lines], strict=True
        ):
            assert sorted(numbers[0]) == sorted(numbers[1])


def _hash(texts: ConsentTexts) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
