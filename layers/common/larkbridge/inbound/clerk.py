"""Clerk webhooks, which Svix delivers.

Protocol (clerk.com/docs, "Verifying webhooks"): Standard Webhooks. The document's own `timestamp`
(milliseconds) puts a user's events in order, since they may arrive in any.
"""

from typing import ClassVar

from larkbridge.inbound.standard_webhooks import StandardWebhooks


class Clerk(StandardWebhooks):
    source: ClassVar[str] = "clerk"
    key_setting: ClassVar[str] = "CLERK_WEBHOOK_SIGNING_SECRET"
    prefix: ClassVar[str] = "svix"
