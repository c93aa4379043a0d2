"""Requests to the webhooks, from the sample events and signed as the vendor would."""

import time
import uuid
from typing import Any

from sandbox.webhooks.signers import completed
from tests.support.functions import functions
from tests.support.webhooks import FIRST_SECRETS


def webhook_sample(case: str, now: float | None = None) -> dict[str, Any]:
    """Return a sample event of `receive_webhook`, signed at `now`, in unix seconds; a request of its own."""
    sample = functions()["receive_webhook"].samples()[case]
    sample["requestContext"]["requestId"] = str(uuid.uuid4())
    return completed(sample, FIRST_SECRETS, time.time() if now is None else now)
