"""Faults a test switches on to see what the bundle does when the other side misbehaves."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Literal, get_args

from sandbox.routing import FieldError, Reply, Request, Route, json_reply

FaultKind = Literal["down", "error_500", "error_code", "slow", "answer_lost"]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
MAX_DELAY_SECONDS = 600
_FAULT_FIELDS = frozenset({"kind", "code", "status", "delaySeconds", "times", "probability"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One way of going wrong.

    Attributes
    ----------
    kind
        ``down``: nothing is processed, the connection is dropped. ``error_500``: HTTP 500, nothing is
        processed. ``error_code``: the service's own error `code` with the HTTP `status`, nothing is
        processed. ``slow``: processed, answered after `delay_seconds`. ``answer_lost``: processed, the
        connection is dropped instead of an answer.
    times
        How many requests it applies to before it switches itself off; None: until it is cleared.
    probability
        The share of the requests that it applies to.
    """

    kind: FaultKind
    code: int | None = None
    delay_seconds: float = 0.0
    times: int | None = None
    probability: float = 1.0
    status: int = 200

    def __post_init__(self) -> None:
        if self.kind == "error_code" and not self.code:
            raise FieldError("code", "must be a non-zero error code for error_code")
        if not 200 <= self.status <= 599:
            raise FieldError("status", "must be an HTTP status of 200 to 599")
        if not 0 <= self.delay_seconds <= MAX_DELAY_SECONDS:
            raise FieldError("delaySeconds", f"must be between 0 and {MAX_DELAY_SECONDS}")
        if self.kind == "slow" and self.delay_seconds == 0:
            raise FieldError("delaySeconds", "must be positive for slow")
        if self.times is not None and self.times < 1:
            raise FieldError("times", "must be at least 1")
        if not 0 < self.probability <= 1:
            raise FieldError("probability", "must be above 0 and at most 1")


class FaultSwitch:
    """Holds the fault that is on, if any, and counts it down; chance is the same in every run."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._random = random.Random(0)  # noqa: S311 - picks requests to fail
        self._fault: Fault | None = None
        self._remaining: int | None = None

    def set(self, fault: Fault) -> None:
        """Switch `fault` on in place of whatever was on."""
        with self._lock:
            self._fault, self._remaining = fault, fault.times

    def clear(self) -> None:
        """Switch the fault off."""
        with self._lock:
            self._fault = None

    def answer(self, on_arrival: Callable[[], None], process: Callable[[Fault | None], Reply]) -> Reply:
        """Return what `process` replies, as far as the fault that is on lets a request come and go.

        `on_arrival` is called before it, if the request arrives at all. `process` is given the fault, to
        answer ``error_500`` and ``error_code`` as its service does.
        """
        fault = self._take()
        if fault is not None and fault.kind == "down":
            return Reply(0, reached=False)
        on_arrival()
        reply = process(fault)
        if fault is not None and fault.kind == "slow":
            return replace(reply, delay=fault.delay_seconds)
        return replace(reply, answer=reply.answer and (fault is None or fault.kind != "answer_lost"))

    def _take(self) -> Fault | None:
        """Return the fault for the request at hand and count it."""
        with self._lock:
            fault = self._fault
            if fault is None or self._random.random() >= fault.probability:
                return None
            if self._remaining is not None:
                self._remaining -= 1
                if self._remaining == 0:
                    self._fault = None
            return fault


def fault_routes(prefix: str, switch_of: Callable[[Request], FaultSwitch]) -> list[Route]:
    """Return the control routes under `prefix` that switch a fault on and off, on the switch they are for."""

    def put(request: Request) -> Reply:
        document = request.json_object()
        switch_of(request).set(parse_fault(document))
        return json_reply(200, document)

    def delete(request: Request) -> Reply:
        switch_of(request).clear()
        return Reply(204)

    return [Route("PUT", f"{prefix}/fault", put), Route("DELETE", f"{prefix}/fault", delete)]


def parse_fault(document: dict[str, Any]) -> Fault:
    """Return the fault that a control request describes, or raise `FieldError`."""
    for name in document.keys() - _FAULT_FIELDS:
        raise FieldError(name, "is not known")
    kind = _kind(document.get("kind"))
    return Fault(
        kind=kind,
        code=_whole_number(document, "code"),
        delay_seconds=_number(document, "delaySeconds", 0),
        times=_whole_number(document, "times"),
        probability=_number(document, "probability", 1),
        status=_whole_number(document, "status") or 200,
    )


def _kind(value: object) -> FaultKind:
    for kind in FAULT_KINDS:
        if value == kind:
            return kind
    raise FieldError("kind", f"must be one of {', '.join(FAULT_KINDS)}")


def _number(document: dict[str, Any], name: str, default: float) -> float:
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(name, "must be a number")
    return value


def _whole_number(document: dict[str, Any], name: str) -> int | None:
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise FieldError(name, "must be a whole number")
    return value
