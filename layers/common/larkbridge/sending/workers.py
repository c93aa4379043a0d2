"""What runs side by side in one process, as one injectable thing."""

import concurrent.futures
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

type Running = Future[None]
"""Work that has been started; its `result()` raises what the work raised."""


class Workers(Protocol):
    """Starts work and waits for it; tests give one on simulated time."""

    def start(self, work: Callable[[], None]) -> Running:
        """Let somebody do the work; it begins at once when one of them is free."""
        ...

    def wait(self, running: Collection[Running], seconds: float | None) -> None:
        """Return when one of `running` has ended, or after `seconds`; None waits for as long as it takes."""
        ...


class Threads:
    """Threads of this process, made as they are needed.

    Parameters
    ----------
    most
        How many there are at once.
    """

    def __init__(self, most: int) -> None:
        self._pool = ThreadPoolExecutor(most)

    def start(self, work: Callable[[], None]) -> Running:
        return self._pool.submit(work)

    def wait(self, running: Collection[Running], seconds: float | None) -> None:
        concurrent.futures.wait(running, seconds, concurrent.futures.FIRST_COMPLETED)
