"""GitHub: "sha256=" and the hex HMAC-SHA256 of the body, which may be a form.

Source: docs.github.com, "Validating webhook deliveries" and "Webhook events and payloads".
"""

import hmac
import uuid
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

from sandbox.webhooks import Signed

_DELIVERIES = uuid.UUID("6f1b6f64-0a4c-4c53-9d3c-0e3d2f6b7a10")

DOCUMENT = {"action": "opened", "issue": {"number": 7}}


def sign(
    body: bytes, secrets: Mapping[str, str], now: float, *, event: str = "push", as_form: bool = False
) -> Signed:
    """Sign a delivery, whose GUID is always the same for the same JSON."""
    sent = urlencode({"payload": body.decode()}).encode() if as_form else body
    key = secrets["GITHUB_WEBHOOK_SECRET"].encode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded" if as_form else "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": str(uuid.uuid5(_DELIVERIES, body.hex())),
        "X-Hub-Signature-256": f"sha256={hmac.new(key, sent, 'sha256').hexdigest()}",
    }
    return Signed(headers, sent)


SIGNERS = {
    "github-push": sign,
    "github-ping": partial(sign, event="ping"),
    "github-form": partial(sign, event="issues", as_form=True),
}
