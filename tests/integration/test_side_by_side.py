"""First attempts by real threads over real connections: receivers answer only when all have been called."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Thread
from typing import cast, override

import pytest

from larkbridge.clock import SystemClock
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.work import Status
from larkbridge.targets.button_forward import Click, new_forward
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.target import Origin
from tests.support.functions import environment, functions, loaded, references
from tests.support.output import captured
from tests.support.stream import stream_batch
from tests.support.webhooks import LARK_APP_ID
from tests.support.world import Context

CLICK = Click("app", "tbl", "rec1", "", "Kết quả", "crm")
ANSWER = {"code": 0, "msg": "ok", "data": {"message_id": "om_1"}}
TOKEN = {"code": 0, "msg": "ok", "tenant_access_token": "t-1", "expire": 7200}


class _Receiver(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, together: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.together = Barrier(together)


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Answer once as many calls wait here as are made at once; the token is for the asking."""
        self.rfile.read(int(self.headers["content-length"]))
        asks_for_token = self.path.endswith("/tenant_access_token/internal")
        if not asks_for_token:
            cast("_Receiver", self.server).together.wait(timeout=20)
        body = json.dumps(TOKEN if asks_for_token else ANSWER).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Keep quiet."""


@contextmanager
def receiver(together: int) -> Iterator[str]:
    """Run a receiver that answers so many calls only together; gives its address."""
    with _Receiver(together) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def forward(url: str, number: int) -> Delivery:
    origin = Origin((str(number),), "feishu-button#1", SystemClock().now())
    return new_forward(CLICK, f"{url}/hook/{number}", "{}", origin)


def card(number: int) -> Delivery:
    origin = Origin((str(number),), "feishu-button#1", SystemClock().now())
    (card,) = cards_to("ou_1", "Đã xong", "Yêu cầu đã xong.", "green", origin)
    return card


def send(environ: dict[str, str], url: str, deliveries: list[Delivery]) -> None:
    """Store deliveries and hand their announcement to a new process of the function."""
    store = DeliveryStore(environ["DELIVERIES_TABLE"])
    for delivery in deliveries:
        store.add(delivery)
    function = functions()["send_deliveries"]
    refs = references(environ, LocalOrigin=url, LarkDomain=url, LarkAppId=LARK_APP_ID)
    with loaded(function, environment(function, refs)) as handler:
        answer = handler(stream_batch(deliveries), Context("invocation-1"))
    assert answer == {"batchItemFailures": []}


def statuses(environ: dict[str, str], deliveries: list[Delivery]) -> list[Status]:
    store = DeliveryStore(environ["DELIVERIES_TABLE"])
    return [stored.status for one in deliveries if (stored := store.get(one.id))]


@pytest.mark.parametrize("together", [2, 10])
def test_calls_to_one_host_are_under_way_side_by_side(environ: dict[str, str], together: int) -> None:
    with receiver(together) as url, captured() as output:
        deliveries = [forward(url, number) for number in range(together)]
        send(environ, url, deliveries)
    assert statuses(environ, deliveries) == [Status.SENT] * together
    assert sum(output.metrics["DeliveriesSent"]) == together


def test_calls_to_several_destinations_are_under_way_side_by_side(environ: dict[str, str]) -> None:
    with receiver(4) as url:
        deliveries = [forward(url, 1), forward(url, 2), card(1), card(2)]
        send(environ, url, deliveries)
    assert statuses(environ, deliveries) == [Status.SENT] * 4
