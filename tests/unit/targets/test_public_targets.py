"""Forwards and callbacks as they arrive at the other side."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from larkbridge.clock import SystemClock
from larkbridge.public_http_client import PublicHttpClient
from larkbridge.store.deliveries import Delivery
from larkbridge.store.work import Status
from larkbridge.targets.button_forward import ButtonForward, Click, new_forward
from larkbridge.targets.modelriver_callback import ModelRiverCallback, new_callback
from larkbridge.targets.target import Origin
from larkbridge.work.attempts import Attempted
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.clock import START

SECRET = "whsec_Zm9yd2FyZC1zaWduaW5nLXNlY3JldA=="
CLICK = Click("app_1", "tbl_1", "rec_1", "ou_1", "Kết quả", "crm")
ORIGIN = Origin(("1",), "feishu-button#1", START)
HOST = "api.modelriver.com"
CALLBACK_URL = f"https://{HOST}/v1/callback/channel-1"


class Network(httpx.BaseTransport):
    """Takes every request that gets through."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        request.extensions["trace"]("http11.send_request_headers.started", {})
        self.requests.append(request)
        return httpx.Response(200)

    def client(self, allowed_hosts: Sequence[str] | None = None) -> PublicHttpClient:
        return PublicHttpClient(
            allowed_hosts=allowed_hosts, resolve=lambda host, port: ["93.184.216.34"], network=self
        )


def secret(value: str | None) -> Callable[[], str | None]:
    return lambda: value


def forward(network: Network, signing: str | None = SECRET, body: str = "{}") -> tuple[Delivery, Outcome]:
    delivery = new_forward(CLICK, "https://Hooks.Example/crm", body, ORIGIN)
    return delivery, ButtonForward(network.client(), secret(signing), SystemClock()).send(delivery)


@given(body=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_forward_passes_the_verifier_of_standard_webhooks(body: dict[str, str]) -> None:
    network = Network()
    delivery, outcome = forward(network, body=json.dumps(body, ensure_ascii=False))
    (request,) = network.requests
    assert outcome.verdict == Verdict.OK
    assert request.headers["webhook-id"] == delivery.delivery_id
    assert Webhook(SECRET).verify(request.content, dict(request.headers)) == body


@pytest.mark.parametrize("signing", [SECRET.rstrip("="), SECRET.removeprefix("whsec_")])
def test_secret_may_come_without_padding_or_prefix(signing: str) -> None:
    network = Network()
    forward(network, signing)
    Webhook(SECRET).verify(network.requests[0].content, dict(network.requests[0].headers))


def test_without_a_secret_the_forward_is_unsigned() -> None:
    network = Network()
    forward(network, None)
    assert "webhook-signature" not in network.requests[0].headers
    assert "webhook-timestamp" in network.requests[0].headers


@pytest.mark.parametrize("signing", ["whsec_", "whsec_not base64", "whsec_Đ", "whsec_A"])
def test_secret_that_is_none_signs_nothing_and_sends_nothing(signing: str) -> None:
    network = Network()
    _, outcome = forward(network, signing)
    assert (outcome.verdict, outcome.reason) == (Verdict.RETRY, "secrets_unavailable")
    assert signing not in outcome.message
    assert network.requests == []


def test_forwards_to_one_host_share_a_destination() -> None:
    urls = ["https://hooks.example/a", "https://HOOKS.example:8443/b?c=d", "https://other.example/a"]
    destinations = [new_forward(CLICK, url, "{}", ORIGIN).destination for url in urls]
    assert destinations == ["hook:hooks.example", "hook:hooks.example", "hook:other.example"]


@pytest.mark.parametrize("status", [Status.FAILED, Status.SENDING])
def test_forward_that_has_not_ended_is_not_told(status: Status) -> None:
    assert follow_ups(Outcome(verdict=Verdict.RETRY, reason="http_500"), status) == []


@pytest.mark.parametrize(
    ("outcome", "status", "result"),
    [
        (Outcome(verdict=Verdict.OK, reason="accepted", http_status=200), Status.SENT, "Đã xong"),
        (
            Outcome(verdict=Verdict.OK, reason="accepted", http_status=200, message="đơn 7"),
            Status.SENT,
            "Đã xong: đơn 7",
        ),
        (
            Outcome(verdict=Verdict.REJECT, reason="http_422", http_status=422, message="thiếu tên"),
            Status.DEAD,
            "Chưa thực hiện được: thiếu tên",
        ),
        (
            Outcome(verdict=Verdict.UNKNOWN, reason="no_answer", message="no answer: deadline"),
            Status.DEAD,
            "Chưa thực hiện được",
        ),
    ],
)
def test_result_has_the_receivers_words_and_not_ours(outcome: Outcome, status: Status, result: str) -> None:
    record, card = follow_ups(outcome, status)
    assert (record.content["place"]["field"], record.content["result"]["text"]) == ("Kết quả", result)
    title, _, said = result.partition(": ")
    assert card.content["title"] == title
    assert card.content["text"].partition("\n")[2] == said


def test_follow_ups_of_one_attempt_are_the_same_and_of_another_are_not() -> None:
    outcome = Outcome(verdict=Verdict.REJECT, reason="http_400", http_status=400)
    first, again = (follow_ups(outcome, Status.DEAD) for _ in range(2))
    other = follow_ups(outcome, Status.DEAD, attempt_count=2)
    assert first == again
    assert {one.delivery_id for one in first}.isdisjoint({one.delivery_id for one in other})


def follow_ups(outcome: Outcome, status: Status, attempt_count: int = 1) -> list[Delivery]:
    target = ButtonForward(Network().client(), secret(None), SystemClock())
    delivery = new_forward(CLICK, "https://hooks.example", "{}", ORIGIN)
    held = replace(delivery, attempt_count=attempt_count, attempted_at="2026-09-01T02:00:01.000Z")
    return list(target.follow_ups(held, Attempted(outcome, status)))


def callback(network: Network, url: str, key: str | None = "key-1") -> Outcome:
    target = ModelRiverCallback(network.client([HOST]), secret(key), SystemClock())
    return target.send(new_callback(url, '{"task_id":"1"}', ORIGIN))


def test_callback_carries_the_key() -> None:
    network = Network()
    assert callback(network, CALLBACK_URL).verdict == Verdict.OK
    (request,) = network.requests
    assert (request.method, request.headers["host"]) == ("POST", HOST)
    assert request.headers["authorization"] == "Bearer key-1"
    assert json.loads(request.content) == {"task_id": "1"}


@pytest.mark.parametrize("url", ["https://hooks.example/", f"http://{HOST}/", f"https://{HOST}.example/"])
def test_callback_to_another_host_never_leaves(url: str) -> None:
    network = Network()
    outcome = callback(network, url)
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECT, "callback_not_allowed")
    assert network.requests == []


@pytest.mark.parametrize("key", [None, ""])
def test_callback_waits_for_a_key(key: str | None) -> None:
    network = Network()
    assert callback(network, CALLBACK_URL, key).verdict == Verdict.RETRY
    assert network.requests == []
