"""What each function really does over all its paths, to compare with what the template lets it do."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from larkbridge.lark.errors import WORKFLOW_CODES
from larkbridge.outcome import Verdict
from larkbridge.store.submissions import FormType, LarkStatus
from sandbox.faults import Fault
from sandbox.lark.transport import WorkflowTransport
from tests.support.aws import TABLES, moto_aws
from tests.support.calls import Calls, ProcessStoppedError, WatchedTransport
from tests.support.functions import Function, environment, functions, loaded, references
from tests.support.recorder import Recorder
from tests.support.world import WEBHOOK_URL, Context, World
from tools.api_key import create_key

DOWN = Fault("down")
REFUSING = Fault(
    "error_code",
    code=next(code for code, (verdict, _) in WORKFLOW_CODES.items() if verdict is Verdict.REJECT),
)

type Event = dict[str, Any]


@dataclass(frozen=True)
class Observed:
    """One function's record, and what the template's references gave where it ran."""

    record: Recorder
    refs: Mapping[str, str]

    @property
    def permissions(self) -> set[tuple[str, str]]:
        """The IAM actions that it needed, each with the resource's ARN."""
        arns = {self.refs[table]: self.refs[f"{table}.Arn"] for table in TABLES.values()}
        return {(action, _arn(parameters, arns)) for action, parameters in self.record.calls}


def _arn(parameters: Mapping[str, Any], tables: Mapping[str, str]) -> str:
    if "SecretId" in parameters:
        return parameters["SecretId"]
    index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
    return tables[parameters["TableName"]] + index


@cache
def observed(folder: str) -> Observed:
    """Deploy everything anew and run one function down every path it has."""
    function = functions()[folder]
    with moto_aws() as settings:
        refs = references(settings, LarkFormWebhookUrl=WEBHOOK_URL)
        refs |= {f"{table}.Arn": _table_arn(refs[table]) for table in TABLES.values()}
        stage = _Stage(function, World(settings), refs)
        with stage.started():
            (_walk_form if folder.startswith("submit_") else _WALKS[folder])(stage)
        return Observed(stage.record, refs)


def _table_arn(name: str) -> str:
    return boto3.client("dynamodb").describe_table(TableName=name)["Table"]["TableArn"]


class _Stage:
    def __init__(self, function: Function, world: World, refs: Mapping[str, str]) -> None:
        self.samples = function.samples()
        self.world = world
        self.record = Recorder()
        self.network = WatchedTransport(WorkflowTransport(world.lark))
        self._function = function
        self._variables = environment(function, refs)

    @contextmanager
    def started(self) -> Iterator[None]:
        process = loaded(self._function, self._variables, clock=self.world.clock, transport=self.network)
        with self.record.recording():
            self._handler = process.__enter__()
        try:
            yield
        finally:
            process.__exit__(None, None, None)

    def invoke(self, event: Event) -> Event:
        self.world.clock.advance(seconds=2)
        with self.record.recording():
            return self._handler(event, Context("invocation"))

    @contextmanager
    def lark(self, fault: Fault) -> Iterator[None]:
        self.world.lark.faults.set(fault)
        yield
        self.world.lark.faults.clear()


class _Defect(Calls):
    def before(self, name: str) -> None:
        raise RuntimeError(f"a defect at {name}")


def _walk_form(stage: _Stage) -> None:
    """Run the samples; Lark down and refusing; a request repeated, and one whose first half still sends."""
    happy = stage.samples["happy"]
    for event in [*stage.samples.values(), _keyed(happy, "sent"), _keyed(happy, "sent")]:
        stage.invoke(event)
    for fault in (DOWN, REFUSING):
        with stage.lark(fault):
            stage.invoke(happy)
    stage.network.calls = _Defect()
    stage.invoke(happy)
    stage.network.calls = Calls(stop_at=(0, "before"))
    try:
        stage.invoke(_keyed(happy, "sending"))
    except ProcessStoppedError:
        stage.network.calls = Calls()
    stage.invoke(_keyed(happy, "sending"))


def _keyed(event: Event, key: str) -> Event:
    return event | {"headers": event["headers"] | {"idempotency-key": key}}


def _walk_retry_due(stage: _Stage) -> None:
    """Run with nothing to do, then with a backlog while Lark is down, refuses and takes it."""
    (event,) = stage.samples.values()
    stage.invoke(event)
    for behaviour in (DOWN, REFUSING, Fault("slow", delay_seconds=1)):
        with stage.lark(DOWN):
            for form_type in FormType:
                stage.world.post(form_type)
        stage.world.clock.advance(hours=1)
        with stage.lark(behaviour):
            stage.invoke(event)


def _walk_admin_api(stage: _Stage) -> None:
    """Run every sample without a good key and with one, about a submission that failed; list every state."""
    table = stage.world.environ["API_KEYS_TABLE"]
    key = create_key(table, "tests", "tests", dynamodb=boto3.resource("dynamodb"))
    with stage.lark(DOWN):
        failed = stage.world.post().body["submissionId"]
    for event in stage.samples.values():
        stage.invoke(event)
        stage.invoke(_authorized(event, key) | {"pathParameters": {"submissionId": failed}})
    listing = _authorized(stage.samples["list"], key)
    for query in ({}, *({"larkStatus": status} for status in LarkStatus)):
        stage.invoke(listing | {"queryStringParameters": query})


def _authorized(event: Event, key: str) -> Event:
    return event | {"headers": event["headers"] | {"x-api-key": key}}


_WALKS: dict[str, Callable[[_Stage], None]] = {"retry_due": _walk_retry_due, "admin_api": _walk_admin_api}
