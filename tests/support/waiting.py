"""Waiting for what other processes do."""

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], bool], seconds: float, seen: Callable[[], object] | None = None) -> None:
    """Wait until a condition holds; AssertionError, with what is `seen` instead, when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen in {seconds} s" + (
            f": {seen()}" if seen else ""
        )
        time.sleep(0.25)
