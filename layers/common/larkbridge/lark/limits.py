"""What Lark publishes of its limits.

The workflow webhook: help centre, trigger "When a webhook is received". Tenant tokens, messages and records:
open platform documentation, "Get custom app tenant_access_token", "Send a message", "Base overview" and the
page of each record API.
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

MAX_BATCH = 500
"""Records in one batch write. Some pages say 1,000; the one on deletion and that of the error say 500."""

MAX_BATCH_GET = 100
MAX_PAGE = 500
"""Records in one page of a search."""

MAX_COLUMNS_PAGE = 100
MAX_CONDITIONS = 50
"""Conditions in one filter."""

MAX_CONDITION_VALUES = 10
"""Values of one condition."""

SEARCHES_PER_SECOND = 20
"""Also of batch_get."""

WRITES_PER_SECOND = 50
"""Of each write API; one at a time in a Base, or Lark answers with a write conflict."""
