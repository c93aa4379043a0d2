"""The whole bundle in one process: real code, simulated Lark, simulated time, an AWS from outside."""

import itertools
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3

from larkbridge.clock import from_text
from larkbridge.forms.catalogue import FORMS as MODELS
from larkbridge.forms.catalogue import form_of
from larkbridge.http_client import HttpClient
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.processors.stream import process_records
from larkbridge.sending.delivery_backlog import DeliveryBacklog
from larkbridge.sending.first_attempts import FirstAttempts, send_records
from larkbridge.sending.held_submissions import HoldingEnded
from larkbridge.sending.workers import Workers
from larkbridge.settings import (
    AdminApiSettings,
    ReceiveWebhookSettings,
    RetryDueSettings,
    SendDeliveriesSettings,
    ServeFilesSettings,
    SubmitFormSettings,
)
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.events import EventStore
from larkbridge.store.submissions import FormType, Submission
from larkbridge.store.work import FINAL, Status
from larkbridge.targets.policies import TARGETS
from larkbridge.wiring.admin import admin_api
from larkbridge.wiring.backlogs import delivery_backlog, held_submissions, submission_backlog
from larkbridge.wiring.form_sending import form_sending
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.processing import processing
from larkbridge.wiring.sending import first_attempts
from larkbridge.wiring.serving_files import serve_files
from larkbridge.wiring.submitting import submit_form
from larkbridge.wiring.webhooks import receive_webhook
from larkbridge.work.drain import Report
from sandbox.routing import Router
from sandbox.samples import ROUTES
from sandbox.settings import SandboxSettings
from sandbox.simulators import Simulators
from sandbox.transport import RouterTransport
from tests.support.aws import SECRETS, put_secrets
from tests.support.calls import Calls, WatchedTransport
from tests.support.clock import SimulatedClock
from tests.support.forms import FORMS, http_event, json_event, page_event
from tests.support.pages import Page, read_page
from tests.support.stream import stream_batch
from tests.support.webhooks import LARK_APP_ID, ZALO_APP_ID, webhook
from tests.support.workers import SimulatedWorkers
from tools.api_key import create_key

SANDBOX_ORIGIN = "http://sandbox.test"
SANDBOX_SETTINGS = SandboxSettings(
    form_webhook_tokens=SECRETS["LARK_FORM_WEBHOOK_TOKEN"],
    lark_app_id=LARK_APP_ID,
    lark_app_secrets=[SECRETS["LARK_APP_SECRET"]],
    modelriver_api_keys=[SECRETS["MODELRIVER_API_KEY"]],
    turnstile_secrets=[SECRETS["TURNSTILE_SECRET"]],
)
NO_LIMIT = "999999999"
"""Most tests' parents share one address."""
BATCH = 100
"""So many new deliveries the stream announces at once."""
WEBHOOK_URL = "http://lark.test/base/automation/webhook/event/forms"


@dataclass(frozen=True)
class Context:
    """A Lambda context."""

    aws_request_id: str
    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:ap-southeast-1:123456789012:function:function"
    remaining_ms: int = 80_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass(frozen=True)
class Answer:
    """An HTTP answer with its JSON body."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class World:
    """One deployed bundle.

    Parameters
    ----------
    environ
        The settings, as `tests.support.aws` yields them.
    """

    def __init__(
        self, environ: dict[str, str], *, seed: int = 0, clock: SimulatedClock | None = None
    ) -> None:
        self.environ = environ | {
            "LARK_FORM_WEBHOOK_URL": WEBHOOK_URL,
            "LARK_APP_ID": LARK_APP_ID,
            "ZALO_APP_ID": ZALO_APP_ID,
            "LARK_DOMAIN": SANDBOX_ORIGIN,
            "LOCAL_ORIGIN": SANDBOX_ORIGIN,
            "TURNSTILE_ORIGIN": SANDBOX_ORIGIN,
            "MODELRIVER_CALLBACK_HOSTS": "api.modelriver.com",
            "FORM_SOFT_LIMIT": NO_LIMIT,
            "FORM_HARD_LIMIT": NO_LIMIT,
        }
        self.clock = clock or SimulatedClock()
        self.workers = SimulatedWorkers(self.clock)
        self.simulators = Simulators(self.clock.timestamp, SANDBOX_SETTINGS)
        self.lark = self.simulators.workflow
        self.transport = WatchedTransport(RouterTransport(Router(self.simulators.routes())))
        self._rng = random.Random(seed)
        self._run_numbers = itertools.count(1)
        self._announced: set[str] = set()
        self.restart()

    def restart(self, **settings: str) -> None:
        """Start new processes, after a crash or with other settings."""
        self.workers.stop()
        environ = self.environ | settings
        self._send_deliveries, self._retry_due = SendDeliveriesSettings(environ), RetryDueSettings(environ)
        forms = SubmitFormSettings(environ)
        self.use(self.parts())
        self.form_sending = form_sending(forms.submissions, self.parts())
        self.submissions = self.form_sending.submissions
        self._handlers = {form.form_type: submit_form(form, forms, self.parts()) for form in MODELS}
        self._submission_backlog = submission_backlog(self._retry_due.submissions, self.parts())
        self._held = held_submissions(self._retry_due.deliveries, self.clock)
        self.processing = processing(self._retry_due.events, self.parts())
        self._admin = admin_api(AdminApiSettings(environ), self.clock)
        self._serve_files = serve_files(ServeFilesSettings(environ), self.clock)
        self._receive = receive_webhook(ReceiveWebhookSettings(environ), self.clock)
        self.events = EventStore(self.environ["EVENTS_TABLE"])
        self.deliveries = DeliveryStore(self.environ["DELIVERIES_TABLE"])

    def parts(self, **others: Any) -> Parts:
        """Return what reaches this world instead of the real one, with `others` in their places."""
        known: dict[str, Any] = {
            "clock": self.clock,
            "http": HttpClient(self.transport),
            "public_network": self.transport,
            "rng": self._rng,
        }
        return Parts(**known | others)

    def use(self, parts: Parts) -> None:
        """Send deliveries by these parts from now on."""
        self._sending = parts
        self.first_attempts = self.another_sender()

    def another_sender(self) -> FirstAttempts:
        """Return what another process tries new deliveries with."""
        return first_attempts(self._send_deliveries, self._sending, self.workers)

    def delivery_backlog(self, workers: Workers | None = None) -> DeliveryBacklog:
        """Return the job that works through what is not sent, by the workers of this world or others."""
        return delivery_backlog(self._retry_due.deliveries, self._sending, workers or self.workers)

    def put_secrets(self, values: dict[str, Any]) -> None:
        """Replace all secrets and start new processes, which know no others."""
        put_secrets(self.environ, values)
        self.restart()

    @contextmanager
    def watch(self, calls: Calls | None = None) -> Iterator[Calls]:
        """Watch the calls that are made."""
        calls = calls or Calls()
        self.transport.calls = calls
        try:
            with calls.watch_aws():
                yield calls
        finally:
            self.transport.calls = Calls()

    def post(self, form_type: FormType = FormType.STUDENT_INFO, fields: Any = None, **headers: str) -> Answer:
        """Post a form as JSON; a good one unless `fields` are given."""
        return self.send(form_type, json_event(FORMS[form_type] if fields is None else fields, **headers))

    def browse(
        self,
        form_type: FormType = FormType.STUDENT_INFO,
        fields: Mapping[str, Any] | None = None,
        *,
        place: str = "",
        query: str = "",
        **headers: str,
    ) -> Page:
        """Let a browser post a form with `fields` as they are typed; without them, let it open a place.

        Parameters
        ----------
        place
            What follows the form's path, such as `/da-gui`.
        query
            The query of the page's address, as it is written there.
        """
        event = page_event(form_of(form_type).path + place, fields, query, **headers)
        return read_page(self._handlers[form_type](event, self._context()))

    def follow(self, form_type: FormType, answer: Page) -> Page:
        """Let a browser go where it was redirected to."""
        assert answer.status == 303, answer.text
        place, _, query = answer.headers["location"].partition("?")
        _, slash, rest = place.partition("/")
        return self.browse(form_type, place=slash + rest, query=query)

    def send(self, form_type: FormType, event: dict[str, Any]) -> Answer:
        """Hand an event to a form's handler, as a post of the form unless it is for another route."""
        if event["routeKey"] == "POST /":
            event |= {"routeKey": f"POST {ROUTES[form_type]}"}
        return _answer(self._handlers[form_type](event, self._context()))

    def webhook(self, signer: str, document: Any, **options: Any) -> Answer:
        """Send a webhook request, signed now as the vendor would."""
        return self.receive(webhook(signer, document, self.clock.timestamp(), **options))

    def receive(self, event: dict[str, Any]) -> Answer:
        """Hand a request to the webhooks' handler."""
        return _answer(self._receive(event, self._context()))

    def admin(self, event: dict[str, Any]) -> Answer:
        """Hand an event to the admin API."""
        return _answer(self._admin(event, self._context()))

    def files(self, event: dict[str, Any]) -> Answer:
        """Hand an event to the function that serves files."""
        return _answer(self._serve_files(event, self._context()))

    def call_admin(
        self, route: str, *, body: Any = None, query: dict[str, str] | None = None, submission_id: str = ""
    ) -> Answer:
        """Call an admin route with a working API key."""
        headers = {"x-api-key": self.api_key, "content-type": "application/json"}
        path = {"submissionId": submission_id} if submission_id else None
        text = None if body is None else json.dumps(body)
        return self.admin(http_event(text, route=route, headers=headers, query=query, path=path))

    @cached_property
    def api_key(self) -> str:
        """A working admin API key."""
        table = self.environ["API_KEYS_TABLE"]
        return create_key(table, "tests", "tests", dynamodb=boto3.resource("dynamodb"))

    def retry_due(self, seconds: float = 80) -> Report:
        """Run the scheduled job once."""
        return self._submission_backlog.run(FormType, seconds=seconds)

    def end_holding(self, seconds: float = 80) -> HoldingEnded:
        """Run the hourly job once."""
        return self._held.run(FormType, seconds=seconds)

    def wake(self) -> dict[str, Any]:
        """Let the streams announce what has been received, and what goes out for it, in batches."""
        waiting = [one for one in self.events.backlog(SOURCES) if one.status == Status.RECEIVED]
        answer = process_records(
            stream_batch([self.events.get(one.event_id) for one in waiting]),
            self.processing,
            owner=self._context().aws_request_id,
            seconds=80,
        )
        self.send_new()
        return answer

    def send_new(self) -> None:
        """Let the stream announce the deliveries that are new, until none follows from them."""
        while new := self.new_deliveries():
            send_records(stream_batch(new), self.first_attempts, owner=self._context().aws_request_id)

    def new_deliveries(self) -> list[Delivery]:
        """Return the next deliveries that the stream announces, each once."""
        waiting = [one for one in self.deliveries.backlog(TARGETS) if one.id not in self._announced][:BATCH]
        self._announced |= {one.id for one in waiting}
        found = [self.deliveries.get(one.id) for one in waiting]
        return [one for one in found if one and one.status == Status.PENDING]

    def sweep(self, seconds: float = 80) -> None:
        """Run the scheduled jobs for events and deliveries once, and send what is new because of them."""
        self.processing.engine.sweep(SOURCES, owner=self._context().aws_request_id, seconds=seconds)
        self.delivery_backlog().run(seconds=seconds)
        self.send_new()

    def let_retry_run(self) -> None:
        """Run the job whenever something is due, until everything is sent or dead."""
        for _ in range(500):
            waiting = [one.next_attempt_at for one in self.submissions.backlog(FormType)]
            if not waiting:
                return
            due = min(from_text(moment) for moment in waiting if moment)
            self.clock.advance(seconds=max(60.0, (due - self.clock.now()).total_seconds()))
            self.retry_due()
        raise AssertionError("the backlog never ends")

    def stored(self, submission_id: str) -> Submission:
        """Return a submission that must be there."""
        submission = self.submissions.get(submission_id)
        assert submission is not None
        return submission

    def is_final(self, submission_id: str) -> bool:
        return self.stored(submission_id).status in FINAL

    def runs_of(self, submission_id: str) -> int:
        """Return how often the Lark workflow ran for a submission."""
        return sum(run.payload["submissionId"] == submission_id for run in self.lark.runs)

    def posts_of(self, submission_id: str) -> int:
        """Return how many requests for a submission arrived at Lark, whatever became of them."""
        bodies = [request.body for request in self.lark.requests]
        return sum(body["submissionId"] == submission_id for body in bodies if isinstance(body, dict))

    def _context(self) -> Context:
        return Context(f"request-{next(self._run_numbers)}")


def _answer(response: dict[str, Any]) -> Answer:
    return Answer(response["statusCode"], json.loads(response["body"] or "{}"), response["headers"])
