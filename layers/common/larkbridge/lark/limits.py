"""What Lark publishes of its workflow webhook (help centre, trigger "When a webhook is received")."""

from datetime import timedelta

CLIENT_TOKEN_WINDOW = timedelta(hours=3)
"""For so long one `Client-Token` fires the workflow once."""

REQUESTS_PER_SECOND = 5
REQUESTS_PER_SECOND_WITHOUT_TOKEN = 1
