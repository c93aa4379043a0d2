"""How long somebody waits for the model, and what happens meanwhile."""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from larkbridge.agent.model.model_client import ModelClient, ModelUnavailableError
from larkbridge.clock import Clock
from larkbridge.errors import LarkbridgeError
from larkbridge.observability import logger

if TYPE_CHECKING:
    from anthropic.types import Message


class WaitLimits(NamedTuple):
    """Seconds; the function has 120 of them for everything.

    Attributes
    ----------
    turn
        After these no call begins and none is waited for.
    note
        After these the person is told, once, that it takes longer.
    look
        So often a call under way is looked after: whether it was stopped, and whether the note is due.
    fresh
        For so long it need not be read again whether the turn was stopped.
    down
        For so long a model that is down is tried again.
    """

    turn: float = 85.0
    note: float = 20.0
    look: float = 5.0
    fresh: float = 2.0
    down: float = 60.0


LIMITS = WaitLimits()
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 8.0


class OutOfTimeError(LarkbridgeError):
    """The turn's time is used up."""


class Watch:
    """Looks after one turn while it waits.

    Parameters
    ----------
    check
        Raises TurnOverError when the turn was stopped or recalled, which was read a moment ago.
    note
        Tells the person that it takes longer.
    """

    def __init__(
        self, clock: Clock, check: Callable[[], None], note: Callable[[], None], limits: WaitLimits = LIMITS
    ) -> None:
        self.clock, self.limits = clock, limits
        self._check, self._note = check, note
        self._began = self._checked_at = clock.now()
        self._has_noted = False

    @property
    def left(self) -> float:
        """How many seconds the turn still has."""
        return self.limits.turn - self._since(self._began)

    def look(self) -> None:
        """Raise OutOfTimeError or what `check` raises when the turn is over; note once that it takes long."""
        if self.left <= 0:
            raise OutOfTimeError("the turn's time is used up")
        if self._since(self._checked_at) >= self.limits.fresh:
            self._check()
            self._checked_at = self.clock.now()
        if not self._has_noted and self._since(self._began) >= self.limits.note:
            self._has_noted = True
            self._note()

    def _since(self, moment: datetime) -> float:
        return (self.clock.now() - moment).total_seconds()


def answer_of(
    client: ModelClient, request: Mapping[str, Any], watch: Watch, given_up: Callable[[], None]
) -> "Message":
    """Return the model's answer, tried again for a minute while the model is down, never at once.

    A call that is given up goes on in its thread until its time-out; nobody hears its answer, which is paid
    for all the same: `given_up` hears of it.

    Raises
    ------
    ModelUnavailableError
        When it is down for longer.
    ModelRefusesError, OutOfTimeError, TurnOverError
        At once.
    """
    failed_at: datetime | None = None
    pause = _FIRST_PAUSE
    while True:
        watch.look()
        try:
            return _waited_for(client, request, watch, given_up)
        except ModelUnavailableError as error:
            now = watch.clock.now()
            failed_at = failed_at or now
            wait = max(pause * random.uniform(0.75, 1), error.retry_after or 0)  # noqa: S311 - no secret
            if (now - failed_at).total_seconds() + wait > watch.limits.down:
                raise
            if wait > watch.left:
                raise OutOfTimeError("no time is left to try the model again") from None
            logger.warning("model tried again", reason=error.reason, seconds=round(wait, 1))
        _rest(wait, watch)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _rest(seconds: float, watch: Watch) -> None:
    """Wait, and look after the turn meanwhile."""
    while seconds > watch.limits.look:
        watch.clock.sleep(watch.limits.look)
        seconds -= watch.limits.look
        watch.look()
    watch.clock.sleep(seconds)


def _waited_for(
    client: ModelClient, request: Mapping[str, Any], watch: Watch, given_up: Callable[[], None]
) -> "Message":
    """Return one call's answer; the call is made beside this thread, which looks after the turn."""
    pool = ThreadPoolExecutor(1)
    calling = pool.submit(client.create, request, watch.left)
    pool.shutdown(wait=False)
    try:
        while True:
            try:
                return calling.result(watch.limits.look)
            except TimeoutError:
                watch.look()
    finally:
        if not calling.done():
            given_up()
