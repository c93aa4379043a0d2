"""What Lark publishes of its limits.

The workflow webhook: help centre, trigger "When a webhook is received". Tenant tokens and messages: open
platform documentation, "Get custom app tenant_access_token" and "Send a message".
"""

from datetime import timedelta

CLIENT_TOKEN_WINDOW = timedelta(hours=3)
"""For so long one `Client-Token` fires the workflow once."""

REQUESTS_PER_SECOND = 5
REQUESTS_PER_SECOND_WITHOUT_TOKEN = 1

TOKEN_SECONDS = 2 * 60 * 60
"""A tenant token lives no longer."""

TOKEN_MARGIN = timedelta(minutes=10)
"""So long before its end a tenant token is replaced, as Lark's own SDK does."""

MESSAGE_UUID_LENGTH = 50
