"""Answers the same messages with the webhook's function and its peers by turns: a process of its own.

Run as a script by the interpreter that has the peers' libraries; the job comes as JSON on standard input.
Its last line on stderr is, by handler, the processor time of a message in each batch, in seconds.
"""

import json
import os
import sys
import time
from contextlib import AbstractContextManager, redirect_stdout
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any
from unittest.mock import patch

ROUNDS = 15
type Handler = Any


class Context:
    """A Lambda context."""

    aws_request_id = "request-1"
    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:ap-southeast-1:123456789012:function:function"

    def get_remaining_time_in_millis(self) -> int:
        return 80_000


class Aws:
    """Answers in botocore's place; notes what is put."""

    def __init__(self, secret: str) -> None:
        self.puts = 0
        self._secret = secret

    def call(self, operation: str) -> dict[str, Any]:
        self.puts += operation == "PutItem"
        return {"SecretString": self._secret} if operation == "GetSecretValue" else {}


def main() -> None:
    job = json.load(sys.stdin)
    sys.path.insert(0, job["path"])
    aws = Aws(job["secret"])
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), _answered_by(aws):
        handlers = {name: _load(name, path) for name, path in job["handlers"].items()}
        *events, forged = job["events"]
        for name, handler in handlers.items():
            check(name, handler, aws, events[0], forged)
        times = in_turns(handlers, events)
    print(json.dumps(times), file=sys.stderr)


def _answered_by(aws: Aws) -> AbstractContextManager[object]:
    from botocore.client import BaseClient

    return patch.object(BaseClient, "_make_api_call", lambda _, operation, __: aws.call(operation))


def _load(name: str, path: str) -> Handler:
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def check(name: str, handler: Handler, aws: Aws, event: dict[str, Any], forged: dict[str, Any]) -> None:
    """Stop unless a message is stored and a forged one refused."""
    before = aws.puts
    if handler(event, Context())["statusCode"] != 200 or aws.puts != before + 1:
        raise SystemExit(f"{name} does not store a message")
    if handler(forged, Context())["statusCode"] < 400 or aws.puts != before + 1:
        raise SystemExit(f"{name} takes a forged message")


def in_turns(handlers: dict[str, Handler], events: list[dict[str, Any]]) -> dict[str, list[float]]:
    batches: dict[str, list[float]] = {name: [] for name in handlers}
    context = Context()
    for number in range(ROUNDS + 1):
        names = list(handlers) if number % 2 else list(reversed(handlers))
        for name in names:
            handler = handlers[name]
            began = time.process_time()
            for event in events:
                handler(event, context)
            batches[name].append((time.process_time() - began) / len(events))
    return {name: times[1:] for name, times in batches.items()}


if __name__ == "__main__":
    main()
