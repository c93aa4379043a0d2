"""What of texts a model gets to see."""

from typing import Any

import pytest

from larkbridge.agent.tools.redaction import MAX_TEXT, Redactor
from larkbridge.routes import Scope
from tests.support.agent_tools import asker
from tests.support.chat_turns import said


def redactor(words: str = "?", *scopes: Scope) -> Redactor:
    return Redactor(asker(said(words), *scopes))


@pytest.mark.parametrize(
    ("number", "seen"), [("+84912345678", "•••678"), ("19001234", "•••234"), ("12", "•••12"), ("", "")]
)
def test_of_a_number_only_the_last_digits_are_seen(number: str, seen: str) -> None:
    assert redactor().phone(number) == seen


def test_a_number_that_was_written_is_seen() -> None:
    assert redactor("gọi 0912 345 678 nhé", Scope.PEOPLE).phone("+84912345678") == "+84912345678"
    assert redactor("gọi 0912 345 678 nhé", Scope.PEOPLE).phone("+84912345679") == "•••679"


def test_who_may_not_look_people_up_sees_no_number_that_they_wrote() -> None:
    seen = redactor("gọi 0912 345 678 nhé", Scope.READ)
    assert (seen.phone("+84912345678"), seen.text("0912345678")) == ("•••678", "•••")


def test_a_number_at_the_end_of_what_fits_is_masked_whole() -> None:
    text = "x" * (MAX_TEXT - 5) + " 0912345678"
    assert redactor().text(text) == "x" * (MAX_TEXT - 5) + " •••"


def test_a_long_text_is_cut() -> None:
    assert redactor().text("x" * 400) == "x" * MAX_TEXT + "…"


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, None),
        (4.5, 4.5),
        (True, True),
        (["0912345678", 1], ["•••", 1]),
        (
            {"link": "https://a.test/0912345678", "text": "0912345678"},
            {"link": "https://a.test/0912345678", "text": "•••"},
        ),
    ],
)
def test_any_value_is_seen_through(value: Any, seen: Any) -> None:
    assert redactor().value(value) == seen
