"""Cold starts: each function as built, in a fresh process, against a bare handler with the same libraries.

What counts runs from the interpreter's being ready to the first event's answer. Nothing writes a `.pyc`; the
path holds the built function, the built layer and the standard library. AWS and Lark are one loopback address
without TLS, so neither the network nor a handshake is in it; both sides must make the same calls.
"""

import compileall
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import median
from typing import Any

from bench.canned import ENVIRON, EVENTS, answer
from bench.stub_server import StubServer
from bench.table import NotMeasurableError, Row, at_most
from tests.support.template import resources

BUDGET = 1.25
HERE = Path(__file__).parent
RUNNER = HERE / "first_event.py"


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start, in seconds; `imports` makes the clients too, `cpu` is spent on imports and event."""

    interpreter: float
    imports: float
    event: float
    cpu: float
    calls: tuple[str, ...]

    @property
    def total(self) -> float:
        """Return the time from the interpreter's being ready to the answer."""
        return self.imports + self.event

    @property
    def from_exec(self) -> float:
        """Return the time from exec to the answer."""
        return self.interpreter + self.total


class Bench:
    """Runs functions and bare handlers against one stub of AWS and Lark."""

    def __init__(self, layer: Path, scratch: Path, server: StubServer) -> None:
        self._layer = layer
        self._scratch = scratch
        self._server = server
        urls = {"AWS_ENDPOINT_URL": server.url, "LARK_FORM_WEBHOOK_URL": f"{server.url}/forms"}
        self._environ = ENVIRON | urls

    def start(self, folder: Path, event: dict[str, Any]) -> Start:
        """Start the handler in `folder` and hand it one event."""
        path = self._scratch / "event.json"
        path.write_text(json.dumps(event))
        self._server.calls.clear()
        command = [sys.executable, "-I", "-S", "-B", RUNNER, self._layer, folder, path]
        began = time.monotonic()
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasurableError(f"{folder.name}: {done.stderr.strip()[-300:]}")
        report = json.loads(done.stderr.splitlines()[-1])
        if report["status"] != 200:
            raise NotMeasurableError(f"{folder.name} answered {report['status']}: {done.stdout[-300:]}")
        moments = (began, report["ready"], report["imported"], report["answered"])
        interpreter, imports, event_time = (end - start for start, end in pairwise(moments))
        return Start(interpreter, imports, event_time, report["cpu"], tuple(sorted(self._server.calls)))

    def bare(self, name: str) -> Path:
        """Return the folder of a bare handler, built as functions are."""
        folder = self._scratch / f"bare-{name}"
        if not folder.exists():
            folder.mkdir()
            shutil.copy(HERE / "bare" / f"{name}.py", folder / "app.py")
            compileall.compile_dir(folder, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
        return folder


def measure(build: Path, pairs: int) -> Iterator[Row]:
    """Yield one row for each function of the template."""
    layer = build / "CommonLayer" / "python"
    if not layer.is_dir():
        raise NotMeasurableError("the layer is not built: run make build")
    with tempfile.TemporaryDirectory() as scratch:
        server = StubServer(answer)
        with server.running():
            bench = Bench(layer, Path(scratch), server)
            for logical_id, function in resources("AWS::Serverless::Function").items():
                name = Path(function["Properties"]["CodeUri"]).name
                yield _row(name, *_pairs(bench, name, build / logical_id, pairs))


def _pairs(bench: Bench, name: str, folder: Path, pairs: int) -> tuple[list[Start], list[Start]]:
    """Return the function's starts and the bare handler's, taken in turn after a warm-up of each."""
    if name not in EVENTS:
        raise NotMeasurableError(f"there is no bare handler and no event for {name}")
    bare_name, event = EVENTS[name]
    bare = bench.bare(bare_name)
    sides: tuple[list[Start], list[Start]] = [], []
    for number in range(pairs + 1):
        order = (0, 1) if number % 2 else (1, 0)
        for side in order:
            sides[side].append(bench.start((folder, bare)[side], event))
    ours, theirs = sides[0][1:], sides[1][1:]
    if ours[0].calls != theirs[0].calls:
        raise NotMeasurableError(f"{name} calls {ours[0].calls}, its bare handler {theirs[0].calls}")
    return ours, theirs


def _row(name: str, ours: list[Start], theirs: list[Start]) -> Row:
    def ratio(part: str) -> float:
        pairs = zip(ours, theirs, strict=True)
        return round(median(getattr(one, part) / getattr(bare, part) for one, bare in pairs), 2)

    total, imports, event = (_milliseconds(ours, part) for part in ("total", "imports", "event"))
    parts = f"{total} ms: {imports} import, {event} event; bare {_milliseconds(theirs, 'total')} ms"
    checks = f"from exec {ratio('from_exec'):.2f} x, processor time {ratio('cpu'):.2f} x"
    return at_most(f"cold start: {name}", ratio("total"), BUDGET, "{:.2f} x".format, f" ({parts}; {checks})")


def _milliseconds(starts: list[Start], part: str) -> str:
    return f"{median(getattr(one, part) for one in starts) * 1000:.0f}"
