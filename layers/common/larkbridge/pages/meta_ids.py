"""Meta's ids of a browser and of a click, as a page of ours may pass them on.

Both are `fb.<index>.<milliseconds>.<id>`, and a fifth part that Meta's newer scripts add. A click's id keeps
its case and its dots are none: no part has one.
"""

import re
from collections.abc import Mapping
from typing import Any

_BEGINNING = r"fb\.[0-9]\.[0-9]{10,16}\."
_ADDED = r"(?:\.(?:[A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8}))?"
_SHAPES = {
    "fbp": re.compile(rf"{_BEGINNING}[0-9]{{1,20}}{_ADDED}", re.ASCII),
    "fbc": re.compile(rf"{_BEGINNING}[A-Za-z0-9_-]{{1,450}}{_ADDED}", re.ASCII),
}


def without_forbidden_ids(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a page has posted, Meta's ids only with marketing consent and where they are well-formed.

    Nobody sees them: a wrong one is left out, and refuses no form.
    """
    allowed = fields.get("marketingConsent") == "on"
    return {
        name: value
        for name, value in fields.items()
        if name not in _SHAPES or (allowed and isinstance(value, str) and _SHAPES[name].fullmatch(value))
    }
