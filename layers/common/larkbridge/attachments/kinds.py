"""Which files a form takes, and what a file is by its first bytes, whatever it calls itself.

Sources: ISO 32000 (PDF, 7.5.2), ISO/IEC 10918 (JPEG, SOI), RFC 2083 (PNG, 3.1), RFC 9649 (WebP, 2.4),
ISO/IEC 23008-12 (HEIC's brands), ECMA-376 part 2 (docx: a ZIP package with parts under word/).
"""

from typing import NamedTuple

MAX_BYTES = 10 * 1024 * 1024
LOOKED_AT = 16 * 1024
"""Bytes from which a file's kind must follow: a docx file names its first parts there."""
ANY_TYPE = "application/octet-stream"

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_PLAIN_BRANDS = frozenset({b"mif1", b"msf1"})
"""Of any such file: only with one of HEIC's beside it is it one."""


class Kind(NamedTuple):
    """A kind of file: its media type and how its names end."""

    media_type: str
    ending: str


PDF = Kind("application/pdf", ".pdf")
JPEG = Kind("image/jpeg", ".jpg")
PNG = Kind("image/png", ".png")
HEIC = Kind("image/heic", ".heic")
WEBP = Kind("image/webp", ".webp")
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx")
KINDS = (PDF, JPEG, PNG, HEIC, WEBP, DOCX)
_OTHER_NAMES = {"image/heif": HEIC, "image/jpg": JPEG}


def kind_called(media_type: str) -> Kind | None:
    """Return the kind that a media type names, None for one that no form takes."""
    plain = media_type.partition(";")[0].strip().lower()
    return _OTHER_NAMES.get(plain) or next((kind for kind in KINDS if kind.media_type == plain), None)


def kind_of(head: bytes) -> Kind | None:
    """Return what kind of file begins like this, None when no form takes it."""
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return HEIC if _is_heic(head) else None
    return DOCX if head.startswith(b"PK\x03\x04") and _is_docx(head) else None


def _is_heic(head: bytes) -> bool:
    box = head[: min(int.from_bytes(head[:4]), 256)]
    major, *others = (box[at : at + 4] for at in (8, *range(16, len(box), 4)))
    return major in _HEIC_BRANDS or (major in _PLAIN_BRANDS and not _HEIC_BRANDS.isdisjoint(others))


def _is_docx(head: bytes) -> bool:
    """Tell by the names of the first parts; each follows the 30 bytes of its header."""
    at, names = head.find(b"PK\x03\x04"), list[bytes]()
    while at >= 0:
        length = int.from_bytes(head[at + 26 : at + 28], "little")
        names.append(head[at + 30 : at + 30 + length])
        at = head.find(b"PK\x03\x04", at + 30)
    return any(name.startswith(b"word/") for name in names)
