"""Zalo: "mac=" and the hex SHA-256 of app id + body + timestamp + OA secret key, both as in the body.

Source: several independent integrations, which agree on this more than on anything else.
"""

import hashlib
import json
from collections.abc import Mapping

from sandbox.webhooks import Signed

DOCUMENT = {
    "event_name": "user_send_text",
    "app_id": "123",
    "timestamp": "1",
    "message": {"msg_id": "7"},
}


def sign(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    document = json.loads(body)
    content = document["app_id"].encode() + body + document["timestamp"].encode()
    mac = hashlib.sha256(content + secrets["ZALO_OA_SECRET_KEY"].encode()).hexdigest()
    return Signed({"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={mac}"}, body)


SIGNERS = {"zalo": sign}
