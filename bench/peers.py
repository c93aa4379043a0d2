"""The webhook against what others would make of it: the same encrypted Lark messages and whole handlers.

`bench/peer/` has the two: FastAPI behind Mangum with Lark's SDK and one put, and Powertools' resolver with
its idempotency, parser and parameters. Their libraries have an environment of their own, with the layer's
versions of what both have. Cold starts are taken as `cold_start` takes them, by turns. Warm, all three are in
one process and answer in batches by turns; what counts is processor time, and AWS answers at once.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.canned import answer
from bench.cold_start import Bench, Start
from bench.samples import webhook_sample
from bench.stub_server import StubServer
from bench.table import NotMeasurableError, Row, at_most
from bench.warm_path import message_of
from tests.support.aws import SECRETS
from tests.support.webhooks import FIRST_SECRETS, webhook

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".local" / "venvs" / "bench"
PEERS = {"fastapi_lark": "FastAPI + Mangum + lark-oapi", "powertools": "Powertools' resolver"}
BUDGET = 0.99
"""Cheaper, in two decimals."""
PAIRS = 5
"""Cold starts at most: theirs take seconds, and are far away."""
SIZES = {1_000: 100, 20_000: 50}
"""Bytes of a message's JSON, and messages in a batch."""
_SECRETS = {name: FIRST_SECRETS[name] for name in ("LARK_ENCRYPT_KEY", "LARK_VERIFICATION_TOKEN")}


def measure(build: Path, pairs: int) -> Iterator[Row]:
    """Yield a row for each peer, cold and, for each size, warm."""
    site = next(VENV.glob("lib/python*/site-packages"), None)
    if site is None:
        raise NotMeasurableError("the peers are not installed: make bench does it")
    if not (build / "CommonLayer" / "python").is_dir():
        raise NotMeasurableError("the layer is not built: run make build")
    with tempfile.TemporaryDirectory() as scratch:
        server = StubServer(answer)
        with server.running():
            bench = Bench(build, Path(scratch), server, _SECRETS)
            for size, calls in SIZES.items():
                yield from _warm(bench, size, calls)
            yield from _cold(bench, site, pairs)


def _cold(bench: Bench, site: Path, pairs: int) -> Iterator[Row]:
    event = webhook_sample("lark_message")
    for peer, title in PEERS.items():
        ours, theirs = list[Start](), list[Start]()
        for _ in range(pairs + 1):
            ours.append(bench.function("receive_webhook", event))
            theirs.append(bench.peer(peer, event, site))
        ratios = [one.total / other.total for one, other in zip(ours[1:], theirs[1:], strict=True)]
        yield row(f"peers: cold, {title}", ratios, _middle(ours[1:]), _middle(theirs[1:]))


def _middle(starts: list[Start]) -> float:
    return median(start.total for start in starts)


def _warm(bench: Bench, size: int, calls: int) -> Iterator[Row]:
    batches = _batches(bench, size, calls)
    ours = batches["receive_webhook"]
    for peer, title in PEERS.items():
        ratios = [one / other for one, other in zip(ours, batches[peer], strict=True)]
        name = f"peers: warm, {size:,} bytes, {title}"
        yield row(name, ratios, median(ours), median(batches[peer]))


def _batches(bench: Bench, size: int, calls: int) -> dict[str, list[float]]:
    """Return the processor time of a message in each batch, in seconds, by handler."""
    job = {
        "handlers": {
            "receive_webhook": str(ROOT / "functions" / "receive_webhook" / "app.py"),
            **{peer: str(ROOT / "bench" / "peer" / f"{peer}.py") for peer in PEERS},
        },
        "path": str(ROOT / "layers" / "common"),
        "secret": json.dumps(SECRETS),
        "events": messages(size, calls),
    }
    command = [VENV / "bin" / "python", "-I", ROOT / "bench" / "peers_process.py"]
    done = subprocess.run(
        command, input=json.dumps(job), env=bench.environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotMeasurableError(f"the peers: {' '.join(done.stderr.split())[-300:]}")
    return json.loads(done.stderr.splitlines()[-1])


def messages(size: int, count: int) -> list[dict[str, Any]]:
    """Return so many requests with messages of about `size` bytes, the last with a wrong signature."""
    document = json.loads(message_of(size))
    requests = [_request(_renamed(document, number)) for number in range(count)]
    forged = requests[0] | {"headers": requests[0]["headers"] | {"x-lark-signature": "0" * 64}}
    return [*requests, forged]


def _request(message: bytes) -> dict[str, Any]:
    """Return a request with all of API Gateway's fields that a peer wants."""
    request = webhook("lark", message, 1_800_000_000.0)
    path = request["routeKey"].removeprefix("POST ")
    sender = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"}
    context = request["requestContext"] | {"http": sender, "stage": "$default"}
    return request | {"version": "2.0", "rawPath": path, "rawQueryString": "", "requestContext": context}


def _renamed(document: dict[str, Any], number: int) -> bytes:
    header = document["header"] | {"event_id": f"{number:032x}"}
    message = document["event"]["message"] | {"message_id": f"om_{number:032x}"}
    event = document["event"] | {"message": message}
    return json.dumps(document | {"header": header, "event": event}, ensure_ascii=False).encode()


def row(name: str, ratios: list[float], ours: float, theirs: float) -> Row:
    """Return a row of the median ratio; both times are in seconds."""
    times = f" ({ours * 1000:,.2f} ms; theirs {theirs * 1000:,.2f} ms)"
    return at_most(name, round(median(ratios), 2), BUDGET, "{:.2f} x".format, times)
