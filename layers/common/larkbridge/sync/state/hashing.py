"""What tells the content of two rows apart."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def content_hash(row: Mapping[str, Any], reasons: Mapping[str, str] | None = None) -> str:
    """Return a text that equal rows share, and no others."""
    text = json.dumps([row, reasons or {}], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
