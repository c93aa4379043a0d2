"""What a file is called: a name from outside that can do no harm on anybody's disk or screen."""

import re
from urllib.parse import quote

from larkbridge.text import has_control, is_blank, line, storable

MAX_LENGTH = 100
_FORBIDDEN = re.compile(r'[<>:"|?*%;]+')
"""By Windows, macOS or a header."""
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)")
"""Devices of Windows, with any ending."""
_MARK = "-"
"""Before the name of a device."""
_ENDING = re.compile(r"(?i)\.(pdf|jpe?g|png|hei[cf]|webp|docx)$")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
NAMELESS = "tep-dinh-kem"


def plain_name(name: str, ending: str = "") -> str:
    """Return a name of at most 100 characters that names one file in no folder.

    Parameters
    ----------
    ending
        What the name must end with, such as `.pdf`; none for a file that may be anything.
    """
    seen = " ".join(line(_CONTROLS.sub(" ", name)).split())
    clean = _FORBIDDEN.sub("-", re.split(r"[/\\]", seen)[-1])
    if ending:
        clean = _ENDING.sub("", clean)
    clean = line(clean.strip(" .")[: MAX_LENGTH - len(ending) - len(_MARK)]).strip(" .")
    if is_blank(clean) or has_control(clean):
        clean = NAMELESS
    return f"{_MARK if _RESERVED.match(clean) else ''}{clean}{ending}"


def disposition(name: str) -> str:
    """Return the header that makes a browser store a file under `name` and never show it (RFC 6266)."""
    ascii_name = re.sub(r"[^A-Za-z0-9._ -]", "_", storable(name))
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
