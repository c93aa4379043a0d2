"""Signs that a robot filled a form in: they hold it until a person has looked, and refuse nothing."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

LEAST_SECONDS = 3
"""Nobody reads a page, fills it in and sends it in less."""
_NAMES = ("parentName", "studentName", "recipientName", "recipientParentName")
_LINK = (
    r"(?i)https?:|www\.|(?:bit\.ly|t\.me|t\.co|goo\.gl|zalo\.me|wa\.me|is\.gd|cutt\.ly)/"
    r"|[a-z0-9-]{2,}\.(?:com|net|org|info|biz|xyz|top|site|online|shop|store|club|app|link|click|vip|vn|ru|cn)"
    r"(?!\w)"
)
"""Names are written with dots too (Ng.V.An): what counts is an ending that no name has.

It is compiled for the first name with a dot or a colon.
"""


class Evidence(NamedTuple):
    """What a page sends beside what is typed, as it came, None where it is absent."""

    honeypot: Any = None
    started_at: Any = None
    turnstile_token: Any = None


def robot_signs(evidence: Evidence, fields: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """Yield the signs that the form itself bears.

    `honeypot`: a field is filled in that no person sees. `too_fast`: it came less than 3 seconds after its
    page was served, or before. `bad_start`: no page says such a moment. `link_in_name`: in a person's name.
    """
    if evidence.honeypot:
        yield "honeypot"
    if evidence.started_at is not None:
        started = _seconds(evidence.started_at)
        if started is None:
            yield "bad_start"
        elif now.timestamp() - started < LEAST_SECONDS:
            yield "too_fast"
    names = "\n".join(filter(None, map(fields.get, _NAMES)))
    if ("." in names or ":" in names) and re.search(_LINK, names):
        yield "link_in_name"


def _seconds(milliseconds: Any) -> float | None:
    """Return a moment in unix seconds; None for what is no moment."""
    if isinstance(milliseconds, str):
        milliseconds = float(milliseconds) if re.fullmatch("[0-9]{1,15}", milliseconds) else 0
    is_number = isinstance(milliseconds, int | float) and not isinstance(milliseconds, bool)
    return milliseconds / 1000 if is_number and 0 < milliseconds < 1e15 else None
