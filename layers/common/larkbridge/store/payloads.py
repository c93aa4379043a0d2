"""What work is about, as an item holds it: above 1 KB compressed, in a binary attribute.

A write is billed for the whole item by the kilobyte, also where it changes only a status.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any

MAX_PLAIN_BYTES = 1024
"""Of UTF-8. Up to here an item stays legible; compressing saves no unit worth having."""
MAX_TEXT_BYTES = 3 * 1024 * 1024
"""Of UTF-8; nothing larger is ever stored."""
_LEVEL = 3
"""Takes half the time of zlib's own choice for 5 % more bytes."""
_MAX_CHARACTER_BYTES = 4


def pack(payload: str | Mapping[str, Any]) -> str | Mapping[str, Any] | bytes:
    """Return what to store: the payload itself, or the compressed UTF-8 of it or of its JSON."""
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    if len(text) * _MAX_CHARACTER_BYTES <= MAX_PLAIN_BYTES:
        return payload
    plain = text.encode(errors="surrogatepass")
    return payload if len(plain) <= MAX_PLAIN_BYTES else zlib.compress(plain, _LEVEL)


def unpack_text(stored: str | bytes) -> str:
    """Return the text that was packed.

    Raises
    ------
    ValueError
        For bytes that `pack` never returns, which may grow beyond all bounds.
    """
    if isinstance(stored, str):
        return stored
    inflating = zlib.decompressobj()
    try:
        plain = inflating.decompress(stored, MAX_TEXT_BYTES + 1)
    except zlib.error as error:
        raise ValueError(f"a payload is damaged: {error}") from None
    if len(plain) > MAX_TEXT_BYTES or not inflating.eof:
        raise ValueError("a payload is cut off or too large")
    return plain.decode(errors="surrogatepass")


def unpack_json(stored: Mapping[str, Any] | bytes) -> Mapping[str, Any]:
    """Return the object that was packed; raises ValueError as `unpack_text` does."""
    return json.loads(unpack_text(stored)) if isinstance(stored, bytes) else stored
