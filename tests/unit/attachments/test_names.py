"""A name from outside names one file in no folder, and nothing else."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from larkbridge.attachments.names import MAX_LENGTH, NAMELESS, disposition, plain_name

RTL = "\u202e"


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("đơn xin nghỉ.pdf", "đơn xin nghỉ.pdf"),
        ("IMG_0001.JPEG.pdf", "IMG_0001.JPEG.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\boot.ini", "boot.ini.pdf"),
        ("C:\\Users\\ha\\đơn.pdf", "đơn.pdf"),
        (f"don{RTL}fdp.exe", "donfdp.exe.pdf"),
        ("photo.png", "photo.pdf"),
        ("con.pdf", "-con.pdf"),
        ("NUL", "-NUL.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie- x.pdf"),
        ("\0\x1b[2J.pdf", "[2J.pdf"),
        ('a"b<c>.pdf', "a-b-c-.pdf"),
        ("...", f"{NAMELESS}.pdf"),
        (".pdf", f"{NAMELESS}.pdf"),
        ("\u200b\u2060", f"{NAMELESS}.pdf"),
        ("", f"{NAMELESS}.pdf"),
        ("x" * 300 + ".pdf", "x" * 95 + ".pdf"),
    ],
)
def test_a_name_keeps_what_does_no_harm(given_name: str, kept: str) -> None:
    assert plain_name(given_name, ".pdf") == unicodedata.normalize("NFC", kept)


@given(st.text(max_size=400), st.sampled_from(["", ".pdf", ".jpg", ".docx"]))
@example(f"/{RTL}..", "")
@example("aux .", ".pdf")
@example("con .x", "")
@example("\ud800", "")
@example("a" * 99 + " .b", "")
def test_any_name_becomes_one_that_does_no_harm(name: str, ending: str) -> None:
    found = plain_name(name, ending)

    assert 0 < len(found) <= MAX_LENGTH
    assert found.endswith(ending)
    assert not re.search(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\ud800-\udfff]', found)
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", found)
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d) *(\..*)?", found)
    assert found == found.strip(" .") or not ending
    assert plain_name(found, ending) == found
    found.encode()


@given(st.text(max_size=400))
def test_a_header_has_one_line_of_ascii_and_the_whole_name(name: str) -> None:
    header = disposition(plain_name(name))

    assert header.isascii()
    assert header.isprintable()
    assert header.startswith("attachment; filename=")
    assert header.count('"') == 2
