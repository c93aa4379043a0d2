"""What goes wrong, by chance, with the calls of one process: AWS, Lark, the process itself, others."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from larkbridge.http_client import HttpClient, NoAnswerError, NotSentError, Reply
from sandbox.lark.openapi import OpenApi
from sandbox.routing import Reply as Answer
from sandbox.routing import Request, Router
from tests.support.aws_faults import no_answer
from tests.support.calls import ProcessStoppedError
from tests.support.clock import SimulatedClock
from tests.support.memory_dynamo.client import Interference
from tests.support.memory_dynamo.writes import service_error

DYNAMODB_SECONDS = 0.005
LARK_SECONDS = 0.1
DYNAMODB_FAULTS = ("throttled", "lost", "twice", "stopped before", "stopped after")
PASSING_CODES = (1254002, 1254290, 1254291, 1254607, 1254036)
LARK_FAULTS = (
    "down",
    "http 429",
    "http 500",
    "http 500 after",
    "code",
    "code after",
    "lost",
    "slow",
    "token revoked",
    "stopped before",
    "stopped after",
)
DOUBTFUL_FAULTS = ("lost", "code after")
READS = ("/search", "/batch_get")
DOUBTFUL_CODES = (1255040, 1255001, 1254608)


@dataclass
class Process:
    """One process that makes calls.

    Parameters
    ----------
    chance
        The share of the calls with which something goes wrong.
    lark_faults
        What goes wrong with calls of Lark.
    meanwhile
        What happens before call number `at`, by somebody else.
    """

    rng: random.Random
    chance: float = 0.0
    lark_faults: Sequence[str] = LARK_FAULTS
    at: int | None = None
    meanwhile: Callable[[], object] = lambda: None
    calls: int = 0
    stopped: bool = False

    def plan(self, faults: Sequence[str]) -> str:
        """Return what goes wrong with the next call, nothing for most; a dead process makes none."""
        if self.stopped:
            raise ProcessStoppedError
        number, self.calls = self.calls, self.calls + 1
        if number == self.at:
            self.meanwhile()
        return self.rng.choice(faults) if self.rng.random() < self.chance else ""

    def stop(self) -> ProcessStoppedError:
        self.stopped = True
        return ProcessStoppedError()


class Trouble(Interference):
    """Makes trouble for whichever process is running."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock
        self._running: list[Process] = []
        self._planned = ""

    def run[T](self, process: Process, action: Callable[[], T]) -> T | None:
        """Do something in a process; returns None when that has stopped."""
        self._running.append(process)
        try:
            return action()
        except ProcessStoppedError:
            return None
        finally:
            self._running.pop()

    @property
    def process(self) -> Process:
        return self._running[-1]

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        self._planned = self.process.plan(DYNAMODB_FAULTS)
        self.clock.advance(seconds=DYNAMODB_SECONDS)
        if self._planned == "throttled":
            raise service_error("ThrottlingException", operation)
        if self._planned == "stopped before":
            raise self.process.stop()

    def after(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if self._planned == "lost":
            raise no_answer()
        if self._planned == "stopped after":
            raise self.process.stop()

    def sends_twice(self, operation: str) -> bool:
        return self._planned == "twice"


class TroubledHttp(HttpClient):
    """HTTP straight to the simulators, with trouble on the way; each read is answered by another replica."""

    def __init__(self, router: Router, trouble: Trouble, lark: OpenApi) -> None:
        self._router = router
        self._trouble = trouble
        self._lark = lark

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
        process, clock = self._trouble.process, self._trouble.clock
        planned = process.plan(process.lark_faults)
        clock.advance(seconds=LARK_SECONDS)
        if (refusal := self._before(planned, process)) is not None:
            return refusal
        parts = urlsplit(url)
        request = Request(method, parts.path, headers, body or b"", dict(parse_qsl(parts.query)))
        reply = self._dispatch(request, process.rng)
        return self._after(planned, process, Reply(reply.status, _lower(reply.headers), reply.body))

    def _dispatch(self, request: Request, rng: random.Random) -> Answer:
        bases, most = self._lark.bases, self._lark.bases.replica_lag
        if request.path.endswith(READS):
            bases.replica_lag = rng.uniform(0, most)
        try:
            return self._router.dispatch(request)
        finally:
            bases.replica_lag = most

    def _before(self, planned: str, process: Process) -> Reply | None:
        match planned:
            case "down":
                raise NotSentError("ConnectError")
            case "stopped before":
                raise process.stop()
            case "token revoked":
                self._lark.tokens.revoke()
            case "slow":
                self._trouble.clock.advance(seconds=process.rng.uniform(1, 19))
            case "http 429":
                return Reply(429, {"x-ogw-ratelimit-reset": "2"}, b"{}")
            case "http 500":
                return Reply(500, {}, b"")
            case "code":
                return _refusal(process.rng.choice(PASSING_CODES))
        return None

    def _after(self, planned: str, process: Process, reply: Reply) -> Reply:
        match planned:
            case "lost":
                self._trouble.clock.advance(seconds=20)
                raise NoAnswerError("ReadTimeout")
            case "stopped after":
                raise process.stop()
            case "http 500 after":
                return Reply(500, {}, b"")
            case "code after":
                return _refusal(process.rng.choice(DOUBTFUL_CODES))
        return reply


def _refusal(code: int) -> Reply:
    return Reply(200, {}, json.dumps({"code": code, "msg": "error"}).encode())


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
