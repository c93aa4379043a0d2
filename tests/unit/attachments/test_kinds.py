"""What a file is follows from its first bytes, whatever it is called."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.attachments.kinds import (
    DOCX,
    HEIC,
    JPEG,
    KINDS,
    LOOKED_AT,
    PDF,
    PNG,
    WEBP,
    Kind,
    kind_called,
    kind_of,
)


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, f"<xml>{name} word/document.xml</xml>")
    return file.getvalue()


def ftyp(major: bytes, *others: bytes) -> bytes:
    box = b"ftyp" + major + b"\0\0\0\0" + b"".join(others)
    return (len(box) + 4).to_bytes(4, "big") + box + b"\0\0\0\x08meta"


GOOD = {
    PDF: [b"%PDF-1.4\n", b"%PDF-2.0\r\n"],
    JPEG: [b"\xff\xd8\xff\xe0\0\x10JFIF", b"\xff\xd8\xff\xe1\0\x10Exif"],
    PNG: [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
    HEIC: [ftyp(b"heic", b"mif1", b"heic"), ftyp(b"mif1", b"heic"), ftyp(b"heix")],
    WEBP: [b"RIFF\x24\0\0\0WEBPVP8 "],
    DOCX: [
        zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
        zipped("word/numbering.xml", "word/document.xml"),
    ],
}
BAD = {
    "nothing": b"",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "HTML before a PDF": b"<html>%PDF-1.7",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg">',
    "a program": b"MZ\x90\x00",
    "GIF": b"GIF89a",
    "WAV": b"RIFF\x24\0\0\0WAVEfmt ",
    "AVIF": ftyp(b"avif", b"mif1", b"miaf"),
    "any picture in such a box": ftyp(b"mif1", b"avif"),
    "MP4": ftyp(b"isom", b"iso2"),
    "a box that is cut off": b"\0\0\0\x18ftyp",
    "XLSX": zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"),
    "ZIP": zipped("a.txt"),
    "an old DOC": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
}


@pytest.mark.parametrize(("kind", "head"), [(kind, head) for kind, heads in GOOD.items() for head in heads])
def test_a_good_file_is_of_its_kind(kind: Kind, head: bytes) -> None:
    assert kind_of(head[:LOOKED_AT]) == kind


@pytest.mark.parametrize("name", BAD)
def test_another_file_is_of_no_kind(name: str) -> None:
    assert kind_of(BAD[name]) is None


@given(st.binary(max_size=400) | st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail))
def test_any_bytes_are_of_a_kind_or_of_none(head: bytes) -> None:
    assert kind_of(head) in {*KINDS, None}


@given(st.sampled_from([head for heads in GOOD.values() for head in heads]), st.integers(0, 60))
def test_a_file_that_is_cut_off_never_becomes_another_kind(head: bytes, length: int) -> None:
    assert kind_of(head[:length]) in {kind_of(head), None}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_found_by_its_media_type(kind: Kind) -> None:
    assert kind_called(kind.media_type.upper()) == kind
    assert kind_called(f"{kind.media_type}; charset=binary") == kind


@pytest.mark.parametrize("media_type", ["", "text/html", "image/svg+xml", "application/x-pdf", "image/gif"])
def test_another_media_type_is_of_no_kind(media_type: str) -> None:
    assert kind_called(media_type) is None
