"""Work side by side on simulated time, the same way every time."""

import heapq
import itertools
from collections.abc import Callable, Collection
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from threading import Semaphore, Thread

from larkbridge.sending.workers import Running
from tests.support.calls import ProcessStoppedError
from tests.support.clock import SimulatedClock


class SimulatedWorkers:
    """`larkbridge.sending.workers.Workers` of which one runs at a time, until it sleeps.

    Whoever wakes first goes on, so that ten who sleep for five seconds each take five seconds.
    """

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._asleep: list[tuple[datetime, int, _Worker]] = []

    def start(self, work: Callable[[], None]) -> Running:
        worker = _Worker(work)
        self._wake_at(self._clock.now(), worker)
        return worker.running

    def wait(self, running: Collection[Running], seconds: float | None) -> None:
        until = None if seconds is None else self._clock.now() + timedelta(seconds=seconds)
        while not any(one.done() for one in running):
            if until is not None and not (self._asleep and self._asleep[0][0] <= until):
                self._clock.move_to(until)
                return
            moment, _, worker = heapq.heappop(self._asleep)
            self._clock.move_to(moment)
            before, self._clock.sleeper = self._clock.sleeper, partial(self._sleep, worker)
            try:
                worker.go_on()
            finally:
                self._clock.sleeper = before

    def stop(self) -> None:
        """End them all in the middle of what they do, as their process ends."""
        workers, self._asleep = [worker for *_, worker in self._asleep], []
        for worker in workers:
            worker.stop()

    def _sleep(self, worker: "_Worker", seconds: float) -> None:
        """Let the one that is awake sleep."""
        self._wake_at(self._clock.now() + timedelta(seconds=seconds), worker)
        worker.sleep()

    def _wake_at(self, moment: datetime, worker: "_Worker") -> None:
        heapq.heappush(self._asleep, (moment, next(self._numbers), worker))


class _Worker:
    """A thread that runs only while `go_on` waits for it. The sleep may be called by a thread of its own."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.running: Running = Future()
        self._work = work
        self._turn, self._done = Semaphore(0), Semaphore(0)
        self._started = self._stopped = False

    def go_on(self) -> None:
        if self._started:
            self._turn.release()
        else:
            self._started = True
            Thread(target=self._run, daemon=True).start()
        self._done.acquire()

    def stop(self) -> None:
        self._stopped = True
        if self._started:
            self.go_on()

    def sleep(self) -> None:
        self._done.release()
        self._turn.acquire()
        if self._stopped:
            raise ProcessStoppedError

    def _run(self) -> None:
        try:
            self.running.set_result(self._work())
        except BaseException as error:
            self.running.set_exception(error)
        finally:
            self._done.release()
