"""Watches the calls that leave the process, and stops it at any of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from larkbridge import aws


class ProcessStoppedError(BaseException):
    """The process ends here; nothing in the code may catch it."""


@dataclass
class Calls:
    """Every AWS and HTTP call in order, as "dynamodb PutItem" or "POST".

    Parameters
    ----------
    stop_at
        Which call (from 0) the process does not survive, and on which side of it. Once stopped, every
        further call stops too: a dead process makes none.
    """

    stop_at: tuple[int, Literal["before", "after"]] | None = None
    made: list[str] = field(default_factory=list)
    stopped: bool = False

    def before(self, name: str) -> None:
        self._stop_if(self.stopped or self.stop_at == (len(self.made), "before"))
        self.made.append(name)

    def after(self) -> None:
        self._stop_if(self.stop_at == (len(self.made) - 1, "after"))

    def count(self, service: str) -> int:
        return sum(name.startswith(service) for name in self.made)

    def _stop_if(self, condition: bool) -> None:
        if condition:
            self.stopped = True
            raise ProcessStoppedError

    @contextmanager
    def watch_aws(self) -> Iterator[None]:
        """Watch the layer's own AWS clients."""
        watched = [aws.client(service).meta.events for service in ("dynamodb", "s3", "secretsmanager", "sqs")]
        for events in watched:
            events.register("before-call", self._before_aws, unique_id="watch-before")
            events.register("after-call", self._after_aws, unique_id="watch-after")
        try:
            yield
        finally:
            for events in watched:
                events.unregister("before-call", unique_id="watch-before")
                events.unregister("after-call", unique_id="watch-after")

    def _before_aws(self, model: Any, **_: Any) -> None:
        self.before(f"{model.service_model.service_name} {model.name}")

    def _after_aws(self, **_: Any) -> None:
        self.after()


class WatchedTransport(httpx.BaseTransport):
    """Reports what goes through another transport to whichever `calls` is current."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.calls = Calls()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.before(request.method)
        try:
            return self._inner.handle_request(request)
        finally:
            self.calls.after()
