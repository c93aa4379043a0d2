"""Why the last attempt of a piece of work failed, and what a person can do about it."""

from typing import Any

from larkbridge.lark.hints import hint_of
from larkbridge.store.work import Work


def last_error(work: Work) -> dict[str, Any] | None:
    """Return the error with a hint where Lark is the other side; None after a success.

    A list carries no attempts: the hint of a code that is in no list names it only where they are at hand.
    """
    if work.last_error is None:
        return None
    last = work.attempts[-1] if work.attempts else {}
    hint = hint_of(work.last_error["reason"], last.get("larkCode"), last.get("larkLogId"))
    return work.last_error | ({"hint": hint} if hint else {})
