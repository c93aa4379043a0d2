"""What each function really does: the variables it reads, the AWS calls and the metrics it makes."""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from types import FrameType
from typing import Any
from unittest.mock import patch

import boto3
from botocore.client import BaseClient

from larkbridge.lark.errors import WORKFLOW_CODES
from larkbridge.outcome import Verdict
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from sandbox.lark.transport import WorkflowTransport
from tests.support.aws import moto_aws
from tests.support.calls import Calls, ProcessStoppedError, WatchedTransport
from tests.support.functions import Function, environment, functions, loaded, references
from tests.support.world import WEBHOOK_URL, Context, World
from tools.api_key import create_key

LIBRARIES = ("botocore", "aws_lambda_powertools")
REJECTION = next(code for code, (verdict, _) in WORKFLOW_CODES.items() if verdict is Verdict.REJECT)

type Invoke = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Observed:
    """Everything that one function did over all its paths.

    `reads` are (variable, package that read it); `calls` are (IAM action, resource's ARN) and `metrics`
    (namespace, name, dimensions). `refs` are what the template's references gave in that deployment.
    """

    refs: dict[str, str]
    reads: set[tuple[str, str]] = field(default_factory=set)
    calls: set[tuple[str, str]] = field(default_factory=set)
    metrics: set[tuple[str, str, frozenset[tuple[str, str]]]] = field(default_factory=set)


@cache
def observed(folder: str) -> Observed:
    """Run one function through every path it has and return what it did."""
    function = functions()[folder]
    with moto_aws() as settings:
        refs = references(settings, LarkFormWebhookUrl=WEBHOOK_URL) | _arns(settings)
        seen = Observed(refs)
        stage = Stage(function, World(settings), seen)
        PATHS.get(folder, walk_form)(stage)
    return seen


def _arns(settings: dict[str, str]) -> dict[str, str]:
    dynamodb = boto3.client("dynamodb")
    tables = references(settings)
    return {
        f"{logical_id}.Arn": dynamodb.describe_table(TableName=tables[logical_id])["Table"]["TableArn"]
        for logical_id in ("SubmissionsTable", "DestinationsTable", "ApiKeysTable")
    }


class Stage:
    """One function on one deployment, watched; each `process` is a new Lambda process."""

    def __init__(self, function: Function, world: World, seen: Observed) -> None:
        self.function = function
        self.world = world
        self.lark = WatchedTransport(WorkflowTransport(world.lark))
        self._seen = seen

    @contextmanager
    def process(self) -> Iterator[Invoke]:
        """Start the function and give a way to invoke it; all of it is recorded."""
        variables = environment(self.function, self._seen.refs)
        numbers = iter(range(1000))
        with _recorded(self._seen), loaded(
            self.function, variables, clock=self.world.clock, transport=self.lark
        ) as handler:
            yield lambda event: handler(event, Context(f"invocation-{next(numbers)}"))

    @contextmanager
    def lark_fault(self, fault: Fault) -> Iterator[None]:
        self.world.lark.faults.set(fault)
        yield
        self.world.lark.faults.clear()


def walk_form(stage: Stage) -> None:
    """A form function: its samples, Lark down or refusing, a repeated request, one beside another."""
    samples = stage.function.samples()
    with stage.process() as invoke:
        for event in samples.values():
            invoke(event)
        invoke(_keyed(samples["valid"], "sent-before"))
        invoke(_keyed(samples["valid"], "sent-before"))
        with stage.lark_fault(Fault("down")):
            invoke(samples["valid"])
        with stage.lark_fault(Fault("error_code", code=REJECTION)):
            invoke(samples["valid"])
        _stop_while_sending(stage, lambda: invoke(_keyed(samples["valid"], "under-way")))
        invoke(_keyed(samples["valid"], "under-way"))


def _keyed(event: dict[str, Any], key: str) -> dict[str, Any]:
    return event | {"headers": event["headers"] | {"idempotency-key": key}}


def _stop_while_sending(stage: Stage, run: Callable[[], object]) -> None:
    stage.lark.calls = Calls(stop_at=(0, "before"))
    try:
        run()
    except ProcessStoppedError:
        stage.lark.calls = Calls()
    else:
        raise AssertionError("nothing was sent")


def walk_retry_due(stage: Stage) -> None:
    """The retry job: nothing to do, a backlog with Lark down, rejected, and taken."""
    (event,) = stage.function.samples().values()
    with stage.process() as invoke:
        invoke(event)
        for fault in (Fault("down"), Fault("error_code", code=REJECTION), None):
            with stage.lark_fault(Fault("down")):
                for form_type in FormType:
                    stage.world.post(form_type)
            stage.world.clock.advance(hours=1)
            if fault:
                with stage.lark_fault(fault):
                    invoke(event)
            else:
                invoke(event)


def walk_admin_api(stage: Stage) -> None:
    """The admin API: every sample with a key and without, for a submission that failed; lists by every state."""
    table = stage.world.environ["API_KEYS_TABLE"]
    key = create_key(table, "tests", "tests", dynamodb=boto3.resource("dynamodb"))
    with stage.lark_fault(Fault("down")):
        failed = stage.world.post().body["submissionId"]
    with stage.process() as invoke:
        for event in stage.function.samples().values():
            invoke(event)
            invoke(_as_admin(event, key, failed))
        listing = _as_admin(stage.function.samples()["list"], key, failed)
        for query in ({}, {"larkStatus": "sent"}, {"larkStatus": "dead"}):
            invoke(listing | {"queryStringParameters": query})


def _as_admin(event: dict[str, Any], key: str, submission_id: str) -> dict[str, Any]:
    return event | {
        "headers": event["headers"] | {"x-api-key": key},
        "pathParameters": {"submissionId": submission_id},
    }


PATHS: dict[str, Callable[[Stage], None]] = {"retry_due": walk_retry_due, "admin_api": walk_admin_api}
