"""The secrets of Standard Webhooks, with which we check what comes in and sign what goes out."""

import base64
import binascii


def standard_webhooks_key(secret: str) -> bytes | None:
    """Return the key that "whsec_" and base64 stand for, None when it is not base64."""
    encoded = secret.removeprefix("whsec_").rstrip("=")
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True) or None
    except (binascii.Error, ValueError):
        return None
