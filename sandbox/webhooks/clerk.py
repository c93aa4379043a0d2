"""Clerk, by way of Svix: "v1," and the base64 HMAC-SHA256 of "<id>.<timestamp>.<body>".

Source: docs.svix.com, "Verifying webhooks manually". The key is the base64 after "whsec_".
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping

from sandbox.webhooks import Signed

DOCUMENT = {"type": "user.created", "data": {"id": "user_1"}, "timestamp": 1}


def sign(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    """Sign a message, whose id is always the same for the same body."""
    message_id = f"msg_{hashlib.sha256(body).hexdigest()[:27]}"
    key = b64decode(secrets["CLERK_WEBHOOK_SIGNING_SECRET"].removeprefix("whsec_"))
    content = f"{message_id}.{int(now)}.".encode() + body
    headers = {
        "Content-Type": "application/json",
        "svix-id": message_id,
        "svix-timestamp": str(int(now)),
        "svix-signature": f"v1,{b64encode(hmac.digest(key, content, 'sha256')).decode()}",
    }
    return Signed(headers, body)


SIGNERS = {"clerk": sign}
