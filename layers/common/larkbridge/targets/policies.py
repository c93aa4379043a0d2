"""How work is attempted at each target: a form at Lark's workflow, a delivery at its own target."""

from dataclasses import replace
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

TARGETS: dict[str, Policy] = {
    "button-forward": DELIVERY,
    "lark-card": replace(DELIVERY, token_window=timedelta(hours=1)),
    "lark-record": replace(DELIVERY, margin=timedelta(seconds=50)),
    "modelriver-callback": replace(DELIVERY, deadline=timedelta(minutes=5)),
}
"""By the name of the target that makes the attempts.

What a record shows is read back, and written again if another result came meanwhile: hence its margin.
"""
