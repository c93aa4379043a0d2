"""The sandbox's clock: real time plus an offset that a test moves."""

import time

from sandbox.routing import FieldError, Reply, Request, Route, json_reply

MAX_OFFSET_SECONDS = 10 * 366 * 24 * 60 * 60


class SandboxClock:
    """Unix time that never steps back by itself and can be moved by `offset_seconds`."""

    def __init__(self) -> None:
        self._origin = time.time() - time.monotonic()
        self.offset_seconds = 0.0

    def now(self) -> float:
        """Return the sandbox's time in unix seconds."""
        return self._origin + time.monotonic() + self.offset_seconds


def clock_routes(clock: SandboxClock) -> list[Route]:
    """Return the control routes that read and set the clock's offset."""

    def read(_: Request) -> Reply:
        return json_reply(200, {"offsetSeconds": clock.offset_seconds, "now": clock.now()})

    def move(request: Request) -> Reply:
        clock.offset_seconds = _offset(request.json_object().get("offsetSeconds"))
        return read(request)

    return [Route("GET", "/_sandbox/clock", read), Route("PUT", "/_sandbox/clock", move)]


def _offset(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError("offsetSeconds", "must be a number")
    if not abs(value) <= MAX_OFFSET_SECONDS:
        raise FieldError("offsetSeconds", f"must be at most {MAX_OFFSET_SECONDS} either way")
    return float(value)
