"""The policies that those need who must not import a target, since targets import httpx.

They are the forms and the admin API. Every other target's policy stands in its own class.
"""

from datetime import timedelta

from larkbridge.lark.limits import CLIENT_TOKEN_WINDOW
from larkbridge.work.policy import Policy

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
