"""The process that syncs, alone with its memory: Lark and DynamoDB are at the other end of its pipes.

Run by `bench.sync_sides`; pickles go both ways: requests with the simulated time, and what came of them.
"""

import logging
import os
import pickle
import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import patch

from botocore.exceptions import ClientError

from larkbridge import aws
from larkbridge.http_client import HttpClient, Reply
from larkbridge.lark.client import LarkClient
from larkbridge.settings import TableSettings
from larkbridge.sync.config.table_registry import Registry
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.sync import table_sync
from tests.support.clock import SimulatedClock

DYNAMODB_LATENCY = 0.005
RUN_SECONDS = 300


class Pipes:
    """The other end, asked one thing at a time."""

    def __init__(self, answers: BinaryIO, requests: BinaryIO, clock: SimulatedClock) -> None:
        self._answers = answers
        self._requests = requests
        self._clock = clock

    def ask(self, kind: str, latency: float, *request: Any) -> Any:
        """Return the answer, which arrives `latency` seconds later."""
        self._clock.sleep(latency / 2)
        pickle.dump((kind, self._clock.timestamp(), request), self._requests)
        self._requests.flush()
        answer = pickle.load(self._answers)  # noqa: S301 - our own parent's
        self._clock.sleep(latency / 2)
        if isinstance(answer, ClientError):
            raise answer
        return answer


class PipedDynamo:
    """Calls DynamoDB as the SDK does."""

    def __init__(self, pipes: Pipes) -> None:
        self._pipes = pipes

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **parameters: self._pipes.ask("dynamodb", DYNAMODB_LATENCY, operation, parameters)


class PipedHttp(HttpClient):
    """Calls Lark."""

    def __init__(self, pipes: Pipes, latency: float) -> None:
        self._pipes = pipes
        self._latency = latency

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
        return Reply(*self._pipes.ask("lark", self._latency, method, url, body, dict(headers)))


def main() -> None:
    """Sync once as the schedule does, and say how long that took and how much memory."""
    answers, requests = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    logging.disable(logging.CRITICAL)
    job = pickle.load(answers)  # noqa: S301 - our own parent's
    clock = SimulatedClock(job["start"])
    pipes = Pipes(answers, requests, clock)
    lark = LarkClient(
        job["domain"], job["app_id"], lambda: job["app_secret"], PipedHttp(pipes, job["latency"]), clock
    )
    with (
        patch.object(aws, "client", lambda _: PipedDynamo(pipes)),
        Path(os.devnull).open("w") as nowhere,
        patch.object(sys, "stdout", nowhere),
    ):
        tables = Registry(job["registry"], job["places"])
        parts = Parts(clock=clock, rng=random.Random(0))  # noqa: S311
        sync = table_sync(TableSettings(job["settings"]), parts, lark, tables)
        work = sync.pull if job["pulls"] else sync.push
        became = work(full=True, owner="bench", seconds=RUN_SECONDS)
    pickle.dump(("done", clock.timestamp(), (became, _peak_bytes())), requests)
    requests.flush()


def _peak_bytes() -> int:
    """Return the most memory that this process has had, in bytes (proc(5), VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
