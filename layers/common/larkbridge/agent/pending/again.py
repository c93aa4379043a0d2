"""What Lark does not take at once is tried again in a moment: five cards a second are its limit."""

from collections.abc import Callable

from larkbridge.agent.turns import WAITS
from larkbridge.clock import Clock
from larkbridge.lark.api_error import LarkApiError
from larkbridge.work.outcome import Verdict


def in_a_moment[T](clock: Clock, act: Callable[[], T]) -> T:
    """Do what may be repeated, up to four times within seconds; raises LarkApiError as the last try does."""
    for wait in WAITS:
        try:
            return act()
        except LarkApiError as error:
            if error.outcome.verdict is Verdict.REJECT:
                raise
        clock.sleep(wait)
    return act()
