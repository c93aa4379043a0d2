"""Clerk webhooks, which Svix delivers.

Protocol (clerk.com/docs, "Verifying webhooks"): Standard Webhooks. The document's own `timestamp`
(milliseconds) puts a user's events in order, since they may arrive in any.
"""

from collections.abc import Sequence
from typing import ClassVar

from larkbridge.inbound.standard_webhooks import StandardWebhooks


class Clerk(StandardWebhooks):
    source: ClassVar[str] = "clerk"
    own_secrets: ClassVar[Sequence[str]] = ("CLERK_WEBHOOK_SIGNING_SECRET",)
    key_setting: ClassVar[str] = "CLERK_WEBHOOK_SIGNING_SECRET"
    prefix: ClassVar[str] = "svix"
