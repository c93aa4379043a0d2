"""The targets' names, and the policies that are needed where no target is imported: targets import httpx.

That is in the forms, the admin API and the agent. Every other target's policy stands in its own class.
"""

from datetime import timedelta

from larkbridge.lark.limits import CLIENT_TOKEN_WINDOW
from larkbridge.work.policy import Policy

TARGETS = (
    "button-forward",
    "case-note",
    "file-move",
    "file-removal",
    "lark-card",
    "lark-record",
    "modelriver-callback",
)

SUBMISSION = Policy(
    noun="submission",
    plural="Submissions",
    head_start=timedelta(seconds=90),
    token_window=CLIENT_TOKEN_WINDOW,
)
"""Its own request holds it from the start.

Two AWS writes and a secret at their slowest (6 s each) and 5 s for the POST make the margin.
"""

DELIVERY = Policy(noun="delivery", plural="Deliveries", retention=timedelta(days=90))
"""What the policies of all targets of deliveries have in common."""
