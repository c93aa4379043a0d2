"""Answers of any length and shape arrive whole, in posts that Lark takes."""

import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.agent.markdown import MAX_PART_BYTES, for_lark, parts_of, post_content
from sandbox.lark.message_content import MAX_CARD_BYTES

WORDS = st.text(st.sampled_from('aế𝒜"\\ \u2028\t#*|->'), max_size=90)
CODE = st.lists(WORDS, max_size=30).map(lambda lines: "\n".join(["```python", *lines, "```"]))
TEXTS = st.lists(WORDS | CODE | st.just(""), max_size=40).map("\n".join)
LIMIT = 600


def size(part: str) -> int:
    return len(json.dumps(post_content(part), ensure_ascii=False).encode())


def letters(text: str) -> str:
    """Return what is to be seen of a text but the marks of its blocks of code."""
    return "".join(text.replace("```python", "").replace("```", "").split())


@given(text=TEXTS)
@settings(deadline=None, max_examples=300)
def test_nothing_is_lost_and_every_part_is_taken(text: str) -> None:
    parts = parts_of(text, LIMIT)
    assert all(size(part) <= LIMIT for part in parts)
    assert letters("\n".join(parts)) == letters(for_lark(text))
    assert all(sum(line.strip().startswith("```") for line in part.splitlines()) % 2 == 0 for part in parts)


@given(text=st.text(max_size=2_000))
@settings(deadline=None, max_examples=200)
def test_any_text_is_cut(text: str) -> None:
    parts = parts_of(text, LIMIT)
    assert all(size(part) <= LIMIT and part.strip() for part in parts)


@pytest.mark.parametrize("letter", ["a", "ế", "𝒜", '"', "\\", "\x01"], ids=ascii)
def test_the_longest_answer_fits_what_lark_takes(letter: str) -> None:
    parts = parts_of(letter * 50_000)
    assert "".join(parts) == letter * 50_000
    assert all(size(part) <= MAX_PART_BYTES < MAX_CARD_BYTES for part in parts)


@pytest.mark.parametrize("text", ["", " ", "\n\n \n"])
def test_nothing_has_no_part(text: str) -> None:
    assert parts_of(text) == []


def test_what_fits_is_one_part_as_it_was() -> None:
    text = "Chào bạn.\n\n- một\n- hai\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```"
    assert parts_of(text) == [text]


def test_a_part_ends_where_a_paragraph_does() -> None:
    paragraphs = [letter * 200 for letter in "abcde"]
    assert parts_of("\n\n".join(paragraphs), LIMIT) == [
        f"{paragraphs[0]}\n\n{paragraphs[1]}",
        f"{paragraphs[2]}\n\n{paragraphs[3]}",
        paragraphs[4],
    ]


def test_else_a_part_ends_where_a_line_does_and_else_a_word() -> None:
    lines = [letter * 200 for letter in "abc"]
    assert parts_of("\n".join(lines), LIMIT) == ["\n".join(lines[:2]), lines[2]]
    words = " ".join(["bốn"] * 400)
    assert {word for part in parts_of(words, LIMIT) for word in part.split()} == {"bốn"}


def test_code_is_closed_and_opened_again() -> None:
    code = [f"line_{number} = {number}" for number in range(120)]
    parts = parts_of("\n".join(["Đây:", "", "~~~python", *code, "~~~"]), LIMIT)
    assert len(parts) > 2
    assert all(part.startswith("~~~python\n") and part.endswith("\n~~~") for part in parts[1:])
    shown = [line for part in parts for line in part.splitlines() if line.startswith("line_")]
    assert shown == code


def test_headings_are_lowered() -> None:
    text = "# Một\n## Hai\n  ### Ba\n#### Bốn\n#không phải\n####### bảy"
    assert for_lark(text) == "#### Một\n##### Hai\n  ##### Ba\n#### Bốn\n#không phải\n####### bảy"


def test_pictures_from_elsewhere_are_dropped() -> None:
    text = "![sơ đồ](https://evil.test/a_(1).png?x=1) ![ảnh](img_v3_1) [liên kết](https://example.org)"
    assert for_lark(text) == "sơ đồ ![ảnh](img_v3_1) [liên kết](https://example.org)"


@pytest.mark.parametrize(
    "tag",
    [
        '<at user_id="all">',
        "<at id=all></at>",
        "</at>",
        "<AT user_id='ou_1'>",
        "< at id=all>",
        "<![](http://b)at id=all>",
        "<a<at id=ou_1>t id=all>",
        "```\n<at id=all>\n```",
    ],
)
def test_an_answer_mentions_nobody(tag: str) -> None:
    (part,) = parts_of(f"Chào {tag} bạn")
    assert not re.search(r"<\s*/?\s*at\b", part, re.IGNORECASE)


def test_what_looks_like_a_mention_stays_readable() -> None:
    text = '1 < 2, <a href="x">, <attachment>, <at id=all>Cả lớp</at>'
    assert for_lark(text) == '1 < 2, <a href="x">, <attachment>, ‹at id=all>Cả lớp‹/at>'


def test_code_stays_as_it_is() -> None:
    text = "`![a](http://b)` và ``x ` ![a](http://b)``\n```md\n# Tên\n![a](http://b)\n```\n# Sau"
    assert for_lark(text) == text.replace("# Sau", "#### Sau")


@pytest.mark.parametrize(
    "hard", ["`", "` `` ", "![", "![](", "![]((", f"<{' ' * 20_000}", "<at ", "[](", "a "]
)
def test_no_answer_takes_long(hard: str) -> None:
    began = time.process_time()
    parts_of((hard * 20_000)[:20_000])
    assert time.process_time() - began < 2
