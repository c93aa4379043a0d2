"""How work gives way to one that corrects it, pure like `work.states`."""

from datetime import datetime
from typing import Any

from larkbridge.store.work import DONE, Status, Work
from larkbridge.work import states
from larkbridge.work.policy import Policy

TAKEN_OUT: dict[str, Any] = states.ENDED | {"status": Status.REPLACED}
"""The fields of work that another has taken the place of, and that nobody attempts any more."""


def give_way(work: Work, newer: str, policy: Policy, now: datetime) -> states.Change:
    """Let work never be done that is not done yet, since the one with the id `newer` takes its place.

    What is done or discarded stays so, with a mark. What is being attempted is only marked too: whoever would
    attempt it next takes it out instead.
    """
    mark = {"replaced_by": newer}
    if work.status in DONE or work.status == Status.DISCARDED or states.is_held(work, policy, now):
        return states.Change(mark)
    attempts, first_unknown = states.unended(work)
    return states.Change(TAKEN_OUT | mark | {"first_unknown_at": first_unknown, "expires_at": None}, attempts)
