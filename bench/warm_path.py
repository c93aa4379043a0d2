"""The webhooks' warm path: an encrypted Lark message, against the dispatcher of Lark's own SDK.

Both sides take the same bytes in one process, in batches by turns, and what counts is processor time. The SDK
verifies, decrypts, parses and calls a handler that does nothing. Ours does that from API Gateway's event on,
and makes the record of the event. The dispatcher stores nothing and writes neither log nor metric, so those
are left out; a second row has them: DynamoDB's item, the log line and the metrics, all but the request.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import StringIO
from statistics import median
from typing import Any
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
ROUNDS = 21
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


def measure() -> Iterator[Row]:
    """Yield the ratio for each size, and again for the whole handler."""
    sdk, stub = LarkSdk(FIRST_SECRETS), Stub()
    with patch.object(aws, "call", stub.call), patch.object(aws, "client"):
        with _without_store_and_log(stub):
            for size, calls in SIZES.items():
                ratio, times = compare(stub, sdk, size, calls)
                name = f"warm path: encrypted Lark message of {size:,} bytes"
                budget = SMALL_BUDGET if size <= SMALL else BUDGET
                yield at_most(name, ratio, budget, "{:.2f} x".format, f" ({times})")
        with _with_log():
            for size, calls in SIZES.items():
                ratio, times = compare(stub, sdk, size, calls)
                name = f"warm path: the same of {size:,} bytes, with item, log line and metrics"
                yield Row(name, f"{ratio:.2f} x ({times})")


def compare(stub: Stub, sdk: LarkSdk, size: int, calls: int) -> tuple[float, str]:
    """Return the ratio of ours to the SDK's processor time for a message of `size`, and both in words.

    Raises
    ------
    NotMeasurableError
        Unless both take the message as it is, and refuse it with another signature.
    """
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
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    return round(ratio, 2), f"{median(ours) * 1e6:.0f} µs; lark-oapi {median(theirs) * 1e6:.0f} µs"


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
