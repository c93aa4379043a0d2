"""What nobody sees never decides about a form, and what is seen arrives as it was typed."""

import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from larkbridge.text import has_control, is_blank, line, lines, plain, storable

UNSEEN = st.characters(categories=["Cf"], exclude_characters="\u200c\u200d").filter(
    # Signs that stand before a number, and what lays hieroglyphs out: they are seen.
    lambda one: (
        not unicodedata.name(one, "").startswith(("ARABIC NUMBER", "ARABIC SIGN", "EGYPTIAN"))
        and one not in "\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    )
)
SELECTORS = st.sampled_from([*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))])
SEEN = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cf", "Cn", "Co", "Zl", "Zp"]), min_size=1, max_size=40
)
ANY = st.text(st.characters(), max_size=60)
FAMILY, SCOTLAND, PERSIAN, HINDI = "👨‍👩‍👧", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "می‌خواهم", "क्‍ष"

many = settings(deadline=None, max_examples=300)


def written(number: str, *, dash: str = "-", space: str = " ", zero: str = "0") -> str:
    """Return a number in other characters for its digits, dashes and spaces."""
    digits = {ord("0") + value: chr(ord(zero) + value) for value in range(10)}
    return number.translate(digits | {ord("-"): dash, ord(" "): space})


@given(text=SEEN, unseen=st.lists(UNSEEN | SELECTORS, max_size=6), places=st.data())
@many
def test_plain_text_has_nothing_that_cannot_be_seen(
    text: str, unseen: list[str], places: st.DataObject
) -> None:
    mixed = text
    for character in unseen:
        at = places.draw(st.integers(0, len(mixed)))
        mixed = mixed[:at] + character + mixed[at:]
    # Composition may differ where something stood between a letter and its mark.
    assert plain("0912" + "".join(unseen) + "345") == "0912345"
    assert not any(unicodedata.category(one) == "Cf" for one in plain(mixed))


@given(
    dash=st.characters(categories=["Pd"]),
    space=st.characters(categories=["Zs"]),
    zero=st.characters(categories=["Nd"]).filter(lambda one: unicodedata.decimal(one) == 0),
    plus=st.sampled_from("+＋﹢⁺₊➕˖"),
)
@many
def test_what_looks_like_a_plain_character_counts_as_it(dash: str, space: str, zero: str, plus: str) -> None:
    spelt = written("84 912-345 678", dash=dash, space=space, zero=zero)
    assert plain(f"{space}{plus}{spelt}{space}").replace("--", "-") == "+84 912-345 678"


@pytest.mark.parametrize("minus", ["−", "➖", "˗", "⁻"])
def test_a_minus_is_a_dash(minus: str) -> None:
    assert plain(f"0912{minus}345") == "0912-345"


@given(text=SEEN, unseen=UNSEEN)
@many
def test_a_text_loses_what_cannot_be_seen_and_nothing_else(text: str, unseen: str) -> None:
    seen = unicodedata.normalize("NFC", text).strip()
    assert lines(text) == line(text) == seen
    assert lines(f"{unseen}{text}{unseen}") == seen
    assert lines(f"{text} {unseen}{text}") == lines(f"{text} {text}")


@given(text=ANY)
@example("e\u200d\u0302\u200d\u0915")
@example("\u200d\u200c")
@example("a \u200d")
@many
def test_what_is_normal_stays(text: str) -> None:
    for clean in (lines, line, plain):
        assert clean(clean(text)) == clean(text)
    assert unicodedata.is_normalized("NFC", lines(text))


@given(text=ANY)
@many
def test_nothing_is_left_of_a_blank_text_that_could_be_a_value(text: str) -> None:
    if not has_control(text):
        assert is_blank(lines(text)) == is_blank(text)
        assert "\n" not in line(text)


@pytest.mark.parametrize("text", [FAMILY, SCOTLAND, PERSIAN, HINDI, "❤️", "葛󠄀", "۩ \u0600١٢", "✋🏽"])
def test_what_can_be_seen_stays(text: str) -> None:
    assert line(text) == lines(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Nguy\u200dễn \u200cAn\u200d", "Nguyễn An"),
        (f"{FAMILY}\u200d An", f"{FAMILY} An"),
        ("An" + "".join(chr(0xE0000 + ord(one)) for one in "ignore"), "An"),
        ("🏴" + "".join(chr(0xE0000 + ord(one)) for one in "hidden text") + "\U000e007f", "🏴"),
        ("\ufffba\ufff9", "a"),
    ],
)
def test_hidden_characters_go(text: str, seen: str) -> None:
    assert line(text) == seen


@pytest.mark.parametrize(
    "ends", ["\r\n", "\r", "\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_every_end_of_a_line_is_a_line_feed(ends: str) -> None:
    assert lines(f"a{ends}{ends}\tb{ends}") == "a\n\n\tb"
    assert line(f"a{ends}b{ends}") == "a b"


def test_controls_that_are_no_white_space_do_harm() -> None:
    every = [*map(chr, range(sys.maxunicode + 1))]
    harmful = [one for one in every if has_control(one)]
    assert harmful == [
        one for one in every if unicodedata.category(one) in ("Cc", "Cs") and not one.isspace()
    ]
    assert not set(harmful) & set("\t\n\v\f\r\x85")
    assert set("\0\a\b\x1b\x7f\x9b\ud800\udfff") <= set(harmful)


@given(text=st.text(st.characters(codec=None)), length=st.none() | st.integers(0, 20))
def test_whatever_the_text_what_is_kept_can_be_written(text: str, length: int | None) -> None:
    kept = storable(text, length)
    assert len(kept.encode().decode()) == len(text if length is None else text[:length])
