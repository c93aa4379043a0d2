"""A button in Lark Base: what an automation sends, and what a caller that can sign sends.

Source: this project's own contract, since an automation cannot sign (Lark help centre, "Send HTTP request").
"""

import hmac
import uuid
from base64 import b64encode
from collections.abc import Mapping

from sandbox.webhooks import Signed

_CLICKS = uuid.UUID("0d0b5f3e-52a1-4f0c-9f51-6a2d8f1f7c44")


def sign(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    """Sign a click, whose request id is always the same for the same body."""
    key = secrets["FEISHU_BUTTON_SECRET"].encode()
    headers = {
        "Content-Type": "application/json",
        "X-Lark-Request-Id": str(uuid.uuid5(_CLICKS, body.hex())),
        "X-Lark-Signature": b64encode(hmac.digest(key, body, "sha256")).decode(),
    }
    return Signed(headers, body)


def automation(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    """Send a click as an automation does: with a fixed secret, and no id but what is in the body."""
    bearer = f"Bearer {secrets['FEISHU_BUTTON_SECRET']}"
    return Signed({"Content-Type": "application/json", "Authorization": bearer}, body)


SIGNERS = {"feishu-button": sign, "feishu-automation": automation}
