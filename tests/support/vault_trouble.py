"""Workers of the vault side by side: each call takes time, fails by chance, or is the last of its worker.

Lark's accounts site is the simulated one, where a refresh token is dead before its answer leaves. What it is
asked to spend is watched: no refresh token may come twice, unless the first one never left or was refused.
"""

import json
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from larkbridge.http_client import HttpClient, NoAnswerError, NotSentError, Reply
from sandbox.lark.openapi import OpenApi
from sandbox.routing import Reply as Answer
from sandbox.routing import Request, Router
from tests.support.aws_faults import no_answer
from tests.support.calls import ProcessStoppedError
from tests.support.clock import SimulatedClock
from tests.support.histories import BrokenHistoryError
from tests.support.memory_dynamo.client import Interference
from tests.support.memory_dynamo.writes import service_error
from tests.support.workers import SimulatedWorkers

DYNAMODB_FAULTS = ("throttled", "lost", "twice", "stopped before", "stopped after")
LARK_FAULTS = (
    "down",
    "http 429",
    "http 500",
    "http 500 after",
    "http 502",
    "20050",
    "20072",
    "http 400",
    "lost",
    "slow",
    "stopped before",
    "stopped after",
)
NOT_SPENT = frozenset({*LARK_FAULTS} - {"lost", "slow", "stopped before", "stopped after"})
"""After these a refresh token may come again: it never left, or the answer says that nothing was done."""
MOST_IN_A_ROW = 2
"""Faults that one worker meets; five writes in vain would be an outage."""
DEADLINE = 5.0
"""Seconds after which an exchange is given up, as `HttpClient` does."""


@dataclass
class Worker:
    """One worker; `chance` is the share of the calls with which something goes wrong, stops among it."""

    rng: random.Random
    chance: float = 0.0
    may_stop: bool = True
    in_a_row: int = 0
    stopped: bool = False
    got: list[str] = field(default_factory=list)
    """The refresh tokens that reached it."""

    def plan(self, faults: Sequence[str]) -> str:
        """Return what goes wrong with the next call, nothing for most; a dead worker makes none."""
        if self.stopped:
            raise ProcessStoppedError
        bad = self.in_a_row < MOST_IN_A_ROW and self.rng.random() < self.chance
        self.in_a_row = self.in_a_row + 1 if bad else 0
        possible = [one for one in faults if self.may_stop or not one.startswith("stopped")]
        return self.rng.choice(possible) if bad else ""

    def stop(self) -> ProcessStoppedError:
        self.stopped = True
        return ProcessStoppedError()


class Crowd(Interference):
    """Runs workers one at a time, each until its next call, and makes their trouble."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock
        self.stops = 0
        self._here = threading.local()

    @property
    def worker(self) -> Worker | None:
        """Whoever makes the call; None for the test itself, which nothing happens to."""
        return getattr(self._here, "worker", None)

    def run(self, works: Sequence[tuple[Worker, Callable[[], object]]]) -> None:
        """Let workers work side by side until all have ended."""
        workers = SimulatedWorkers(self.clock)
        running = [workers.start(lambda one=one, work=work: self._run(one, work)) for one, work in works]
        for one in running:
            while not one.done():
                workers.wait([one], None)
            one.result()

    def _run(self, worker: Worker, work: Callable[[], object]) -> None:
        self._here.worker = worker
        try:
            work()
        except ProcessStoppedError:
            self.stops += 1

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if self.worker is None:
            return
        self._here.planned = self.worker.plan(DYNAMODB_FAULTS)
        self.clock.sleep(self.worker.rng.uniform(0.001, 0.03))
        if self._here.planned == "throttled":
            raise service_error("ThrottlingException", operation)
        if self._here.planned == "stopped before":
            raise self.worker.stop()

    def after(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if self.worker is None:
            return
        self.clock.sleep(self.worker.rng.uniform(0.001, 0.03))
        if self._here.planned == "lost":
            raise no_answer()
        if self._here.planned == "stopped after":
            raise self.worker.stop()

    def sends_twice(self, operation: str) -> bool:
        return self.worker is not None and self._here.planned == "twice"


class WatchedLark(HttpClient):
    """HTTP straight to the simulators, with trouble on the way.

    Attributes
    ----------
    fates
        What became of each refresh token's requests, in order.
    """

    def __init__(self, lark: OpenApi, crowd: Crowd) -> None:
        self._router = Router(lark.routes())
        self._crowd = crowd
        self.fates = defaultdict[str, list[str]](list)

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str],
        max_reply_bytes: int = 0,
    ) -> Reply:
        """Make one request."""
        token = _refresh_token(body or b"")
        worker = self._crowd.worker
        planned = worker.plan(LARK_FAULTS) if worker else ""
        self._note(token, planned)
        self._sleep(worker)
        if (refusal := self._before(planned, worker)) is not None:
            return refusal
        answer = self._router.dispatch(Request(method, urlsplit(url).path, headers, body or b""))
        self._sleep(worker)
        return self._after(planned, worker, answer)

    def _note(self, token: str, planned: str) -> None:
        """Watch what comes; raises when a token that may be spent comes once more."""
        if not token:
            return
        fates = self.fates[token]
        if not NOT_SPENT.issuperset(fates):
            raise BrokenHistoryError(f"a refresh token is spent twice: {fates} and then {planned}")
        fates.append(planned or "answered")

    def _sleep(self, worker: Worker | None) -> None:
        if worker:
            self._crowd.clock.sleep(worker.rng.uniform(0.05, 0.4))

    def _before(self, planned: str, worker: Worker | None) -> Reply | None:
        match planned:
            case "down":
                raise NotSentError("ConnectError")
            case "stopped before":
                assert worker
                raise worker.stop()
            case "http 429":
                return Reply(429, {}, b"{}")
            case "http 500":
                return Reply(500, {}, b"")
            case "http 502":
                return Reply(502, {}, b"<html>bad gateway</html>")
            case "http 400":
                return Reply(400, {}, b"")
            case "20050" | "20072":
                status = 500 if planned == "20050" else 503
                return Reply(status, {}, json.dumps({"code": int(planned), "error": "server_error"}).encode())
        return None

    def _after(self, planned: str, worker: Worker | None, answer: Answer) -> Reply:
        match planned:
            case "lost":
                raise NoAnswerError("ReadError")
            case "slow":
                self._crowd.clock.sleep(DEADLINE)
                raise NoAnswerError("ReadTimeout")
            case "stopped after":
                assert worker
                raise worker.stop()
            case "http 500 after":
                return Reply(500, {}, b"")
        if worker:
            worker.got += [token] if (token := _refresh_token(answer.body)) else []
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, headers, answer.body)


def _refresh_token(body: bytes) -> str:
    """Return the refresh token of a request or an answer of the token API, empty when it has none."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    return document.get("refresh_token", "") if isinstance(document, dict) else ""
