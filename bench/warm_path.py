"""The webhooks' warm path: an encrypted Lark message, against the dispatcher of Lark's own SDK.

Both sides take the same bytes in one process, in batches by turns, and what counts is processor time. The SDK
verifies, decrypts, parses and calls a handler that does nothing. Ours does that from API Gateway's event on,
and makes the record of the event. The dispatcher stores nothing and writes neither log nor metric, so those
are left out; a second row has them: DynamoDB's item, the log line and the metrics, all but the request.

pycryptodome's CBC takes one of two times, the longer twice the shorter, by where in a block of 32 bytes the C
stack happens to lie: half of all processes are of either kind, and one that is kind to one side is not to the
other. So every row is the mean over many processes.

Run as `python -m bench.warm_path` it is one of them; its last line on stderr has the times.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import StringIO
from statistics import mean, median
from typing import Any, NamedTuple
from unittest.mock import patch

from bench.table import NotMeasurableError, Row, at_most
from larkbridge import apigateway, aws, observability
from larkbridge.inbound import receive
from larkbridge.settings import ReceiveWebhookSettings
from larkbridge.store.events import Event, EventStore
from larkbridge.store.work_table import unpack_text
from larkbridge.wiring.webhooks import receive_webhook
from sandbox.webhooks import Signed
from tests.support.functions import functions
from tests.support.lark_sdk import LarkSdk
from tests.support.webhooks import FIRST_SECRETS, LARK_APP_ID, webhook
from tests.support.world import Context

BUDGET = 1.0
SMALL_BUDGET = 0.8
"""Of a message of up to `SMALL` bytes, as most are: what is not hash, AES and JSON shows there."""
SMALL = 1_000
PROCESSES = 16
ROUNDS = 5
SIZES = {1_000: 300, 20_000: 100, 150_000: 10}
"""Bytes of a message's JSON, the last as large as Lark lets a text be, and calls in a batch."""
SETTINGS = ReceiveWebhookSettings(
    {
        "EVENTS_TABLE": "events",
        "RATE_LIMITS_TABLE": "rate-limits",
        "SECRETS_ID": "secrets",
        "LARK_APP_ID": LARK_APP_ID,
    }
)

type Batches = list[float]
"""Processor time of one call in each batch, in seconds."""


class Stub:
    """Stands in for the event store or for AWS as a whole; keeps the payload of the last event, as stored."""

    stored: list[str | bytes]

    def receive(self, event: Event, *_: object) -> None:
        self.stored = [event.payload]

    def call(self, service: str, _: str, **parameters: Any) -> dict[str, Any]:
        if service == "secretsmanager":
            return {"SecretString": json.dumps(FIRST_SECRETS)}
        self.stored = list(parameters["Item"]["payload"].values())
        return {}

    @property
    def payload(self) -> str:
        """The text, which nobody waits for."""
        return "".join(unpack_text(text) if isinstance(text, bytes) else text for text in self.stored)


class Times(NamedTuple):
    """Processor time of one call, in seconds."""

    ours: float
    sdk: float


class Process(NamedTuple):
    """What one process took, in the order of `SIZES`."""

    plain: list[Times]
    """Without item, log line and metrics."""
    whole: list[Times]


def measure() -> Iterator[Row]:
    """Yield the ratio for each size, and again for the whole handler."""
    yield from rows([_fresh_process() for _ in range(PROCESSES)])


def rows(processes: Sequence[Process]) -> Iterator[Row]:
    """Yield what so many processes took together."""
    for size, *times in zip(SIZES, *(one.plain for one in processes), strict=True):
        ratio, words = _together(times)
        name = f"warm path: encrypted Lark message of {size:,} bytes"
        budget = SMALL_BUDGET if size <= SMALL else BUDGET
        yield at_most(name, ratio, budget, "{:.2f} x".format, f" ({words})")
    for size, *times in zip(SIZES, *(one.whole for one in processes), strict=True):
        ratio, words = _together(times)
        yield Row(
            f"warm path: the same of {size:,} bytes, with item, log line and metrics",
            f"{ratio:.2f} x ({words})",
        )


def _together(times: Sequence[Times]) -> tuple[float, str]:
    """Return the ratio of ours to the SDK's, and both in words."""
    ours, sdk = mean(one.ours for one in times), mean(one.sdk for one in times)
    ratios = [one.ours / one.sdk for one in times]
    spread = f"by process {min(ratios):.2f} to {max(ratios):.2f}"
    return round(ours / sdk, 2), f"{ours * 1e6:.0f} µs; lark-oapi {sdk * 1e6:.0f} µs; {spread}"


def _fresh_process() -> Process:
    command = [sys.executable, "-m", "bench.warm_path"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasurableError(f"the warm path: {' '.join(done.stderr.split())[-300:]}")
    measured = json.loads(done.stderr.splitlines()[-1])
    return Process(*([Times(*each) for each in kind] for kind in measured))


def this_process() -> Process:
    """Return what both sides take here.

    Raises
    ------
    NotMeasurableError
        Unless both take the message as it is, and refuse it with another signature.
    """
    sdk, stub = LarkSdk(FIRST_SECRETS), Stub()
    with patch.object(aws, "call", stub.call), patch.object(aws, "client"):
        with _without_store_and_log(stub):
            plain = [compare(stub, sdk, size, calls) for size, calls in SIZES.items()]
        with _with_log():
            whole = [compare(stub, sdk, size, calls) for size, calls in SIZES.items()]
    return Process(plain, whole)


def compare(stub: Stub, sdk: LarkSdk, size: int, calls: int) -> Times:
    """Return what ours and the SDK take for a message of `size`."""
    handler, context, message = receive_webhook(SETTINGS), Context("request-1"), message_of(size)
    event = webhook("lark", message, time.time())
    forged = event | {"headers": event["headers"] | {"x-lark-signature": "0" * 64}}
    stub.stored = []
    _expect(handler(forged, context)["statusCode"] == 401 and not stub.payload)
    _expect(handler(event, context)["statusCode"] == 200)
    _expect(json.loads(stub.payload or "{}").get("event") == json.loads(message)["event"])
    _expect(sdk.event(_signed(forged))[0] == 500)
    _expect(sdk.event(_signed(event)) == (200, b'{"msg":"success"}'))
    ours, theirs = _in_turns(partial(handler, event, context), partial(sdk.event, _signed(event)), calls)
    return Times(median(ours), median(theirs))


def _in_turns(ours: Callable[[], Any], theirs: Callable[[], Any], calls: int) -> tuple[Batches, Batches]:
    sides = (ours, theirs)
    batches: tuple[Batches, Batches] = [], []
    for number in range(ROUNDS + 1):
        for side in (0, 1) if number % 2 else (1, 0):
            began = time.process_time()
            for _ in range(calls):
                sides[side]()
            batches[side].append((time.process_time() - began) / calls)
    return batches[0][1:], batches[1][1:]


def message_of(size: int) -> bytes:
    """Return a message's JSON as Lark encrypts it, filled up to about `size` bytes."""
    document = json.loads(functions()["receive_webhook"].samples()["lark_message"]["body"])
    document["header"]["token"] = FIRST_SECRETS["LARK_VERIFICATION_TOKEN"]
    empty = len(json.dumps(document).encode())
    text = ("Lịch học tuần này? " * size).encode()[: size - empty].decode(errors="ignore")
    document["event"]["message"]["content"] = json.dumps({"text": text}, ensure_ascii=False)
    return json.dumps(document, ensure_ascii=False).encode()


def _signed(event: dict[str, Any]) -> Signed:
    """Return the same request as the SDK wants it, which knows headers by their exact spelling."""
    return Signed({name.title(): value for name, value in event["headers"].items()}, event["body"].encode())


class _NoLog:
    def info(self, _: str, **__: object) -> None:
        pass


@contextmanager
def _without_store_and_log(stub: Stub) -> Iterator[None]:
    log = patch.multiple(receive, count=lambda _: None, logger=_NoLog())
    instruments = patch.object(apigateway, "instrumented", lambda handler: handler)
    store = patch.multiple(
        EventStore,
        add=lambda _, event: stub.receive(event),
        add_counted=lambda _, event, *__: stub.receive(event),
    )
    with log, instruments, store:
        yield


@contextmanager
def _with_log() -> Iterator[None]:
    """Write log lines for once, if only into memory; metrics go to what is standard output now."""
    disabled, log = logging.root.manager.disable, observability.logger.registered_handler
    logging.disable(logging.NOTSET)
    try:
        with patch.object(log, "stream", StringIO()):
            yield
    finally:
        logging.disable(disabled)


def _expect(condition: bool) -> None:
    if not condition:
        raise NotMeasurableError("one of the sides does not do what is compared here")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print("\n" + json.dumps(this_process()), file=sys.stderr)
