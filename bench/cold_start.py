"""Cold starts: each function as built, in a fresh process, against a bare handler with the same libraries.

What counts runs from the interpreter's being ready to the first event's answer. Nothing writes a `.pyc`; the
path holds the built function, the built layer and the standard library. AWS and Lark are one loopback address
without TLS, so neither the network nor a handshake is in it; both sides must make the same calls, but for
those that `canned` allows the function beyond the bare handler's.
"""

import compileall
import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import median
from types import MappingProxyType
from typing import Any

from bench.canned import ENVIRON, FIRST_EVENTS, QUESTION, FirstEvent, answer
from bench.stub_server import StubServer
from bench.table import NotMeasurableError, Row, at_most
from tests.support.functions import functions
from tests.support.template import referred

BUDGET = 1.25
WAITED_FOR = 1.15
"""The budget of functions that a person or Lark waits for."""
CHALLENGE_SECONDS = 1.0
"""Lark waits for so long."""
SDK_STARTS = 3
WEBHOOK_UNWANTED = ("httpx", "pydantic", "aws_xray_sdk", "aws_lambda_powertools.event_handler")
CHATS_WAY = (("receive_webhook", 1), ("process_event", 1), ("chat_agent", 0))
"""Functions of the whole way, each with the number of its first event that is a chat's message."""
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
    modules: frozenset[str]

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

    def __init__(
        self,
        build: Path,
        scratch: Path,
        server: StubServer,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._build = build
        self._scratch = scratch
        self._server = server
        url = server.url
        urls = {"AWS_ENDPOINT_URL": url, "LARK_DOMAIN": url, "LARK_FORM_WEBHOOK_URL": f"{url}/forms"}
        urls["ANTHROPIC_BASE_URL"] = url
        self.environ = {**ENVIRON, **urls, **environ}

    def function(self, name: str, event: dict[str, Any]) -> Start:
        """Start a function and hand it one event."""
        return self._start(self._build / functions()[name].logical_id, event, self._layers(name))

    def bare(self, name: str, event: dict[str, Any], function: str) -> Start:
        """Start a bare handler with the layers of a function, and hand it one event."""
        return self._start(self._copied("bare", name), event, self._layers(function))

    def lark_sdk(self) -> Start:
        """Import Lark's SDK as it is installed for the tests."""
        return self._start(self._copied("bare", "lark_sdk"), {}, sysconfig.get_path("purelib"))

    def peer(self, name: str, event: dict[str, Any], libraries: Path) -> Start:
        """Start a peer's handler and hand it one event."""
        return self._start(self._copied("peer", name), event, str(libraries))

    def _layers(self, function: str) -> str:
        """Return where a function's layers are, the first one first."""
        names = referred(functions()[function].properties["Layers"])
        return ":".join(str(self._build / name / "python") for name in names)

    def _start(self, folder: Path, event: dict[str, Any], libraries: str) -> Start:
        path = self._scratch / "event.json"
        path.write_text(json.dumps(event))
        self._server.calls.clear()
        command = [sys.executable, "-I", "-S", "-B", RUNNER, libraries, folder, path]
        began = time.monotonic()
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasurableError(f"{folder.name}: {' '.join(done.stderr.split())[-300:]}")
        report = json.loads(done.stderr.splitlines()[-1])
        if report["status"] not in (200, 302):
            raise NotMeasurableError(f"{folder.name} answered {report['status']}: {done.stdout[-300:]}")
        moments = (began, report["ready"], report["imported"], report["answered"])
        interpreter, imports, event_time = (end - start for start, end in pairwise(moments))
        calls, modules = tuple(self._server.calls), frozenset(report["modules"])
        return Start(interpreter, imports, event_time, report["cpu"], calls, modules)

    def _copied(self, kind: str, name: str) -> Path:
        """Return the folder of a handler from `bench/`, built as functions are."""
        folder = self._scratch / f"{kind}-{name}"
        if not folder.exists():
            folder.mkdir()
            shutil.copy(HERE / kind / f"{name}.py", folder / "app.py")
            compileall.compile_dir(folder, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
        return folder


def measure(build: Path, pairs: int) -> Iterator[Row]:
    """Yield a row for each function of the template and each first event, and more for the webhooks."""
    if not (build / "CommonLayer" / "python").is_dir():
        raise NotMeasurableError("the layer is not built: run make build")
    with tempfile.TemporaryDirectory() as scratch:
        server = StubServer(answer)
        with server.running():
            bench = Bench(build, Path(scratch), server)
            for name in functions():
                if name not in FIRST_EVENTS:
                    raise NotMeasurableError(f"there is no bare handler and no event for {name}")
                for first in FIRST_EVENTS[name]:
                    yield _row(name, first, *_pairs(bench, name, first, pairs))
            yield from _webhook_rows(bench)
            yield from _chat_rows(bench, pairs)


def _pairs(bench: Bench, name: str, first: FirstEvent, pairs: int) -> tuple[list[Start], list[Start]]:
    """Return the function's starts and the bare handler's, taken in turn after a warm-up of each."""
    ours, theirs = list[Start](), list[Start]()
    for number in range(pairs + 1):
        if number % 2:
            ours.append(bench.function(name, first.event))
        theirs.append(bench.bare(first.bare, first.event, name))
        if not number % 2:
            ours.append(bench.function(name, first.event))
    require_same_calls(name, first, ours[0].calls, theirs[0].calls)
    return ours[1:], theirs[1:]


def require_same_calls(name: str, first: FirstEvent, ours: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    """Raise NotMeasurableError unless a function makes the bare handler's calls and those it is allowed."""
    if Counter(ours) != Counter([*theirs, *first.extra_calls]):
        raise NotMeasurableError(
            f"{name} {first.case} calls {sorted(ours)}, its bare handler {sorted(theirs)}"
        )


def _row(name: str, first: FirstEvent, ours: list[Start], theirs: list[Start]) -> Row:
    def ratio(part: str) -> float:
        pairs = zip(ours, theirs, strict=True)
        return round(median(getattr(one, part) / getattr(bare, part) for one, bare in pairs), 2)

    total, imports, event = (_milliseconds(ours, part) for part in ("total", "imports", "event"))
    without = f" without {' and '.join(first.extra_calls)}" if first.extra_calls else ""
    parts = f"{total} ms: {imports} import, {event} event; bare {_milliseconds(theirs, 'total')} ms{without}"
    checks = f"from exec {ratio('from_exec'):.2f} x, processor time {ratio('cpu'):.2f} x"
    case = f", {first.case}" if first.case else ""
    measure = f"cold start: {name}{case}"
    return at_most(
        measure, ratio("total"), budget_of(name, first), "{:.2f} x".format, f" ({parts}; {checks})"
    )


def budget_of(function: str, first: FirstEvent) -> float:
    """Return how many times the bare handler's time a function's cold start may take."""
    is_waited_for = function.startswith(("authorize_", "receive_", "serve_", "submit_"))
    return WAITED_FOR if is_waited_for or first == QUESTION else BUDGET


def _webhook_rows(bench: Bench) -> Iterator[Row]:
    """Yield what else is asked of the webhooks: against Lark's SDK, in Lark's patience, what is loaded."""
    _, message, challenge = (first.event for first in FIRST_EVENTS["receive_webhook"])
    name = "cold start: receive_webhook"
    ours, sdk = list[Start](), list[Start]()
    for _ in range(SDK_STARTS + 1):
        ours.append(bench.function("receive_webhook", message))
        sdk.append(bench.lark_sdk())
    ratio = median(one.total / other.imports for one, other in zip(ours[1:], sdk[1:], strict=True))
    value = f"{_milliseconds(ours[1:], 'total')} ms, import lark_oapi {_milliseconds(sdk[1:], 'imports')} ms"
    yield Row(f"{name}, encrypted Lark message, against import lark_oapi", f"{ratio:.2f} x ({value})")
    answered = median(bench.function("receive_webhook", challenge).from_exec for _ in range(SDK_STARTS))
    yield at_most(f"{name}, challenge, from exec", answered, CHALLENGE_SECONDS, "{:.2f} s".format)
    unwanted = [one for one in WEBHOOK_UNWANTED if one in ours[0].modules]
    yield at_most(f"{name}: of {', '.join(WEBHOOK_UNWANTED)} loaded", len(unwanted), 0, "{:.0f}".format)


def _chat_rows(bench: Bench, pairs: int) -> Iterator[Row]:
    """Yield what a message's whole way takes when all of its functions start, and what that loads."""
    found = [_pairs(bench, name, FIRST_EVENTS[name][number], pairs) for name, number in CHATS_WAY]
    ours, theirs = (
        [sum(start.total for start in starts) for starts in zip(*side, strict=True)]
        for side in zip(*found, strict=True)
    )
    ratio = round(median(one / bare for one, bare in zip(ours, theirs, strict=True)), 2)
    value = f" ({median(ours) * 1000:.0f} ms; bare {median(theirs) * 1000:.0f} ms)"
    name = "cold start: a chat's message, " + ", ".join(function for function, _ in CHATS_WAY)
    yield at_most(name, ratio, WAITED_FOR, "{:.2f} x".format, value)
    loaded = {module for starts, _ in found for start in starts for module in start.modules}
    yield at_most(f"{name}: anthropic loaded", int("anthropic" in loaded), 0, "{:.0f}".format)
    bare = median(start.total for start in found[-1][1])
    questions = [bench.bare(QUESTION.bare, QUESTION.event, "chat_agent") for _ in range(SDK_STARTS)]
    library = median(one.total for one in questions) - bare
    yield Row(
        "cold start: anthropic's import, client and first call, against the bare chat_agent",
        f"{library / bare:.2f} x ({library * 1000:.0f} ms)",
    )


def _milliseconds(starts: list[Start], part: str) -> str:
    return f"{median(getattr(one, part) for one in starts) * 1000:.0f}"
