"""Ids that follow from what they stand for."""

import hashlib
import uuid


def derived_id(*parts: str) -> str:
    """Return an id that the same parts always give, in the shape of a UUIDv4 (which Lark's APIs ask for)."""
    digest = hashlib.sha256("\0".join(("larkbridge", *parts)).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
