"""Meta: "sha256=" and the hex HMAC-SHA256 of the body, in which all that is not ASCII is escaped.

Source: developers.facebook.com, "Webhooks, Getting started".
"""

import hmac
from collections.abc import Mapping

from sandbox.webhooks import Signed

DOCUMENT = {
    "object": "page",
    "entry": [
        {"id": "1", "time": 1, "changes": [{"field": "leadgen", "value": {"leadgen_id": 7}}]},
        {"id": "1", "time": 1, "changes": [{"field": "messages", "value": {"messages": [{"id": "7"}]}}]},
        {"id": "1", "time": 1, "messaging": [{"timestamp": 1, "message": {"mid": "m_1"}}]},
        {"id": "1", "time": 1, "standby": [{"timestamp": 1}]},
        {"id": "1", "time": 1, "field": "comments", "value": 1},
    ],
}


def sign(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    signature = hmac.new(secrets["META_APP_SECRET"].encode(), body, "sha256").hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
    return Signed(headers, body)


SIGNERS = {"meta": sign}
