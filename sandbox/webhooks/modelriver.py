"""ModelRiver: the hex HMAC-SHA256 of the body.

Source: modelriver.com/docs/webhooks/signature-verification, the variant that the settings have by default.
"""

import hmac
from collections.abc import Mapping

from sandbox.webhooks import Signed

DOCUMENT = {"type": "task.completed", "data": {"channel_id": "c1", "text": "x"}, "meta": {"tokens": 1}}


def sign(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    headers = {
        "Content-Type": "application/json",
        "mr-timestamp": str(int(now)),
        "mr-signature": hmac.new(secrets["MODELRIVER_WEBHOOK_SECRET"].encode(), body, "sha256").hexdigest(),
    }
    return Signed(headers, body)


SIGNERS = {"modelriver": sign}
