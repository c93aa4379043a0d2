"""The "When webhook received" trigger of a Lark Base workflow.

Source of every protocol fact here: Lark help centre, "Overview of webhook parameters in Base automated
workflows". What it leaves open, and is assumed here:

* errors come with HTTP 200, and a method other than POST gets 405;
* the checks run in the order method, size, credential, JSON, rate;
* a body that is JSON but not an object is refused like one that is not JSON;
* a refused request does not count towards a rate window, an accepted one does, fired or not;
* a Client-Token belongs to one workflow.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from threading import Lock
from typing import Any

from sandbox.credentials import matches
from sandbox.faults import Fault, FaultSwitch
from sandbox.lark.words import words_of
from sandbox.rate import RateWindow
from sandbox.routing import Reply, Request, json_reply

MAX_BODY_BYTES = 4 * 1024 * 1024
IDEMPOTENCY_WINDOW_SECONDS = 3 * 60 * 60
BASE_RATE = 50
WORKFLOW_RATE = 5
WORKFLOW_RATE_WITHOUT_BEARER = 1


class ErrorCode(IntEnum):
    """Non-zero codes of the trigger's answer.

    Three of them depend on what no request shows (the workflow's state, the IP allowlist, who called):
    a test gets those with an ``error_code`` fault.
    """

    WORKFLOW_DISABLED = 800004509
    SELF_CALL_LOOP = 800005646
    BODY_TOO_LARGE = 800005647
    BAD_CREDENTIAL = 800005649
    IP_NOT_ALLOWED = 800005650
    RATE_LIMITED = 800005652
    BODY_NOT_JSON = 800006003


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request that reached the trigger; `code` is None where the answer was not the trigger's own."""

    time: float
    workflow_id: str
    method: str
    content_type: str
    client_token: str
    authorized: bool
    body: Any
    status: int
    code: int | None
    fired: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One time a workflow fired."""

    time: float
    workflow_id: str
    client_token: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: int
    code: int | None = None
    fired: bool = False


class WorkflowTrigger:
    """One Base whose workflows all start with "When webhook received"; any workflow id exists.

    Parameters
    ----------
    now
        The time in unix seconds.
    bearer_tokens
        The credentials that are accepted; empty: the workflows ask for none.
    """

    def __init__(self, now: Callable[[], float], bearer_tokens: Collection[str] = ()) -> None:
        self.faults = FaultSwitch()
        self._now = now
        self._lock = Lock()
        self._base_window = RateWindow(BASE_RATE)
        self.accept(bearer_tokens)
        self._first_uses: dict[tuple[str, str], float] = {}
        self._requests: list[RequestRecord] = []
        self._runs: list[Run] = []

    def accept(self, bearer_tokens: Collection[str]) -> None:
        """Take these credentials from now on; the workflows' rates depend on whether there are any."""
        workflow_rate = WORKFLOW_RATE if bearer_tokens else WORKFLOW_RATE_WITHOUT_BEARER
        with self._lock:
            self._credentials = [f"Bearer {token}" for token in bearer_tokens]
            self._workflow_windows = defaultdict[str, RateWindow](lambda: RateWindow(workflow_rate))

    @property
    def requests(self) -> list[RequestRecord]:
        """Every request that reached the trigger, oldest first."""
        with self._lock:
            return list(self._requests)

    @property
    def runs(self) -> list[Run]:
        """Every time a workflow fired, oldest first."""
        with self._lock:
            return list(self._runs)

    def clear_records(self) -> None:
        """Forget the records; rate windows and used Client-Tokens stay."""
        with self._lock:
            self._requests.clear()
            self._runs.clear()

    def receive(self, request: Request) -> Reply:
        """Process one request to the webhook address of the workflow in its path."""

        def process(fault: Fault | None) -> Reply:
            with self._lock:
                return _reply(self._process(request, fault))

        return self.faults.answer(request.on_arrival, process)

    def _process(self, request: Request, fault: Fault | None) -> _Verdict:
        now = self._now()
        body = _parse_json(request.body)
        authorized = self._is_authorized(request.header("Authorization"))
        verdict = _fault_verdict(fault) or self._verdict(request, body, authorized, now)
        record = RequestRecord(
            time=now,
            workflow_id=request.params["workflow_id"],
            method=request.method,
            content_type=request.header("Content-Type"),
            client_token=request.header("Client-Token"),
            authorized=authorized,
            body=body,
            status=verdict.status,
            code=verdict.code,
            fired=verdict.fired,
        )
        self._requests.append(record)
        if verdict.fired:
            self._runs.append(Run(now, record.workflow_id, record.client_token, body))
        return verdict

    def _verdict(self, request: Request, body: Any, authorized: bool, now: float) -> _Verdict:
        if request.method != "POST":
            return _Verdict(HTTPStatus.METHOD_NOT_ALLOWED)
        if len(request.body) > MAX_BODY_BYTES:
            return _Verdict(200, ErrorCode.BODY_TOO_LARGE)
        if not authorized:
            return _Verdict(200, ErrorCode.BAD_CREDENTIAL)
        if not isinstance(body, dict):
            return _Verdict(200, ErrorCode.BODY_NOT_JSON)
        if not self._admit(request.params["workflow_id"], now):
            return _Verdict(200, ErrorCode.RATE_LIMITED)
        return _Verdict(200, 0, fired=self._is_first_use(request, now))

    def _is_authorized(self, header: str) -> bool:
        return not self._credentials or matches(header, self._credentials)

    def _admit(self, workflow_id: str, now: float) -> bool:
        windows = (self._base_window, self._workflow_windows[workflow_id])
        if any(window.is_full(now) for window in windows):
            return False
        for window in windows:
            window.add(now)
        return True

    def _is_first_use(self, request: Request, now: float) -> bool:
        token = request.header("Client-Token")
        if not token:
            return True
        key = (request.params["workflow_id"], token)
        first_use = self._first_uses.get(key)
        if first_use is not None and now < first_use + IDEMPOTENCY_WINDOW_SECONDS:
            return False
        self._first_uses[key] = now
        return True


def _fault_verdict(fault: Fault | None) -> _Verdict | None:
    if fault is not None and fault.kind == "error_500":
        return _Verdict(500)
    if fault is not None and fault.kind == "error_code":
        return _Verdict(fault.status, fault.code)
    return None


def _reply(verdict: _Verdict) -> Reply:
    if verdict.code is None:
        headers = {"Allow": "POST"} if verdict.status == HTTPStatus.METHOD_NOT_ALLOWED else {}
        return Reply(verdict.status, headers=headers)
    message = words_of(verdict.code) if verdict.code else ""
    return json_reply(verdict.status, {"msg": message, "data": {}, "code": verdict.code})


def _parse_json(body: bytes) -> Any:
    if len(body) > MAX_BODY_BYTES:
        return None
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
