"""Everything that a function writes: log lines of any logger and level, and metrics."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any, cast

from larkbridge.observability import instrumented, logger
from tests.support.world import Context


@dataclass
class Output:
    """What was written while `captured`."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every JSON line, logs and metrics alike."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    @property
    def metrics(self) -> dict[str, list[float]]:
        """Every metric's values by its name."""
        values: dict[str, list[float]] = {}
        for document in self.lines:
            for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
                for metric in directive["Metrics"]:
                    values.setdefault(metric["Name"], []).extend(document[metric["Name"]])
        return values

    def logged(self, message: str) -> list[dict[str, Any]]:
        """Return the log lines with this message."""
        return [line for line in self.lines if line.get("message") == message]


@contextmanager
def captured() -> Iterator[Output]:
    """Capture what this process writes; the root logger prints all it hears."""
    instrumented(lambda *_: None)({}, Context("writes the metrics that are left from earlier"))
    output = Output()
    own = cast("logging.StreamHandler[Any]", logger.registered_handler)
    root, handler = logging.getLogger(), logging.StreamHandler(output.stream)
    before, level = own.setStream(output.stream), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(output.stream), redirect_stderr(output.stream):
            yield output
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        own.setStream(before)
