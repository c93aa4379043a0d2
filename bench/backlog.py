"""The drain of a backlog on a simulated clock, seen from the Lark simulator."""

import itertools
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from bench.table import Row, at_most
from larkbridge.clock import to_text
from larkbridge.forms.catalogue import FORMS as MODELS
from larkbridge.forms.filled_in import Arrival, FilledIn
from larkbridge.forms.submit import new_submission
from larkbridge.http_client import HttpClient
from larkbridge.http_exchange import Request
from larkbridge.sending.submission_backlog import SubmissionBacklog
from larkbridge.settings import SubmissionSettings
from larkbridge.store.submissions import FormType, Submission, SubmissionStore
from larkbridge.store.work import Status
from larkbridge.wiring.backlogs import submission_backlog
from larkbridge.wiring.parts import Parts
from sandbox.lark.transport import WorkflowTransport
from sandbox.lark.workflow import WORKFLOW_RATE, ErrorCode, WorkflowTrigger
from sandbox.rate import RATE_WINDOW_SECONDS
from tests.support.aws import SECRETS
from tests.support.clock import SimulatedClock
from tests.support.forms import FORMS
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import Interference
from tests.support.template import resources

BACKLOG = 5_000
LARK_LATENCY = 0.1
DYNAMODB_LATENCY = 0.005
SCHEDULE = timedelta(minutes=1)
WEBHOOK = {"LARK_FORM_WEBHOOK_URL": "http://lark.test/base/automation/webhook/event/forms"}


class SlowDynamo(Interference):
    """Moves the clock before each request."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Let a request take its time."""
        self._clock.sleep(DYNAMODB_LATENCY)


class SlowTransport(httpx.BaseTransport):
    """Moves the clock while a request travels: half of the latency before it arrives, half after."""

    def __init__(self, inner: httpx.BaseTransport, clock: SimulatedClock, seconds: float) -> None:
        self._inner = inner
        self._clock = clock
        self._half = seconds / 2

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._clock.sleep(self._half)
        response = self._inner.handle_request(request)
        self._clock.sleep(self._half)
        return response


def measure() -> Iterator[Row]:
    """Yield how long the drain takes, what Lark saw of it, and whether each submission arrived once."""
    clock = SimulatedClock()
    lark = WorkflowTrigger(now=clock.timestamp, bearer_tokens=SECRETS["LARK_FORM_WEBHOOK_TOKEN"])
    poster = HttpClient(SlowTransport(WorkflowTransport(lark), clock, LARK_LATENCY))
    real_start = time.perf_counter()
    with memory_aws() as dynamo:
        dynamo.interference = SlowDynamo(clock)
        settings, submissions = (
            SubmissionSettings(SETTINGS | WEBHOOK),
            SubmissionStore(SETTINGS["SUBMISSIONS_TABLE"]),
        )
        job = submission_backlog(settings, Parts(clock=clock, http=poster))
        expected = {one.submission_id for one in _store_failed(submissions, clock, BACKLOG)}
        start = clock.now()
        runs = _drain_every_minute(job, clock)
        left = sum(1 for _ in submissions.backlog(FormType))
    seconds = (clock.now() - start).total_seconds()
    real = time.perf_counter() - real_start
    yield from _rows(lark, expected, left)
    ideal = BACKLOG / WORKFLOW_RATE
    yield Row(
        f"backlog of {BACKLOG:,}: simulated time, {runs} runs",
        f"{seconds:,.0f} s",
        f"ideal {ideal:,.0f} s",
        f"{seconds / ideal:.2f}",
    )
    yield Row(f"backlog of {BACKLOG:,}: real time of this measurement", f"{real:.1f} s")


def _rows(lark: WorkflowTrigger, expected: set[str], left: int) -> Iterator[Row]:
    name = f"backlog of {BACKLOG:,}:"
    fastest = most_in_window([one.time for one in lark.requests], RATE_WINDOW_SECONDS)
    yield at_most(f"{name} most requests in any second", fastest, WORKFLOW_RATE, "{:.0f}".format)
    refused = sum(one.code == ErrorCode.RATE_LIMITED for one in lark.requests)
    yield at_most(f"{name} rate-limit answers", refused, 0, "{:.0f}".format)
    arrived = [run.payload["submissionId"] for run in lark.runs]
    wrong = len(expected.symmetric_difference(arrived)) + len(arrived) - len(set(arrived)) + left
    yield at_most(f"{name} not sent exactly once", wrong, 0, "{:.0f}".format)


def most_in_window(times: Iterable[float], length: float) -> int:
    """Return the most of `times` (ascending) that lie in any half-open window of `length`."""
    window, most = deque[float](), 0
    for moment in times:
        window.append(moment)
        while moment >= window[0] + length:
            window.popleft()
        most = max(most, len(window))
    return most


def _store_failed(submissions: SubmissionStore, clock: SimulatedClock, count: int) -> Iterator[Submission]:
    """Store submissions of every form in turn, whose first attempt has failed and whose next is due."""
    for model in itertools.islice(itertools.cycle(MODELS), count):
        now = clock.now()
        form = model.model_validate(FORMS[model.form_type], context={"today": now.date()})
        submission = replace(
            new_submission(
                model,
                FilledIn(form.to_fields() | {"attachmentLink": ""}, None),
                Arrival(Request({}, b"", "")),
                now,
            ),
            status=Status.FAILED,
            next_attempt_at=to_text(now),
            lease_owner=None,
        )
        submissions.add(submission)
        yield submission


def _drain_every_minute(job: SubmissionBacklog, clock: SimulatedClock) -> int:
    """Run the job on its schedule, each run to its end, until nothing is due; returns the number of runs."""
    seconds = resources("AWS::Serverless::Function")["RetryDueFunction"]["Properties"]["Timeout"]
    start = clock.now()
    for number in itertools.count():
        clock.sleep(max(0.0, (start + number * SCHEDULE - clock.now()).total_seconds()))
        report = job.run(FormType, seconds=seconds)
        if report.stopped == "nothing_due":
            return number + 1
    raise AssertionError
