"""What webhooks answer is in docs/openapi.json, and what is there can happen."""

from collections.abc import Iterator
from typing import Any

import pytest

from larkbridge.inbound.provider import MAX_BODY_BYTES
from tests.support.aws import SECRETS
from tests.support.openapi import WEBHOOKS, Api, Event, Requests, check_answers, check_credential
from tests.support.webhooks import LARK_APP_ID, request, webhook
from tests.support.world import World

MALFORMED = dict.fromkeys(SECRETS, 7)
LARGE = "a" * (MAX_BODY_BYTES + 1)
CLICK = {"app_token": "bascnA", "table_id": "tblB", "record_id": "recC", "user_id": "ou_1"}
HEADER = {"app_id": LARK_APP_ID, "token": SECRETS["LARK_VERIFICATION_TOKEN"], "event_id": "e1"}
CHALLENGE = ("lark-challenge", {"challenge": "c1", "token": HEADER["token"], "type": "url_verification"})
EVENT = ("lark", {"schema": "2.0", "header": HEADER | {"event_type": "drive.file.edit_v1"}, "event": {}})
ACTION = {"action": {"value": {"toast": "Đã ghi nhận", "card": {"elements": []}}}}
CARD = (
    "lark-card",
    {"schema": "2.0", "header": HEADER | {"event_type": "card.action.trigger"}, "event": ACTION},
)
PAID = ("stripe", {"id": "evt_1", "type": "invoice.paid"})


def webhook_requests(*good: tuple[str, Any]) -> Requests:
    """Return signed requests, and all that can be wrong with them."""

    def requests(api: Api, _: str) -> Iterator[Event]:
        now = api.world.clock.timestamp()
        yield from (webhook(signer, document, now) for signer, document in good)
        signer, document = good[0]
        signed = webhook(signer, document, now)
        yield webhook(signer, b"not JSON", now)
        yield signed | {"headers": {}}
        yield signed | {"body": LARGE}
        if "pathParameters" in signed:
            yield signed | {"pathParameters": {"provider": "nobody"}}
        api.lose("EVENTS_TABLE")
        yield signed
        for secrets in (MALFORMED, {}):
            api.world.put_secrets(secrets)
            yield signed

    return requests


def button_requests(api: Api, _: str) -> Iterator[Event]:
    now = api.world.clock.timestamp()
    good = [webhook("feishu-button", CLICK | {"timestamp": now, "n": n}, now) for n in range(2)]
    yield good[0]
    yield webhook("feishu-automation", CLICK | {"timestamp": now}, now)
    yield webhook("feishu-button", CLICK | {"timestamp": now, "record_id": ""}, now)
    yield good[0] | {"headers": {}}
    yield good[0] | {"body": LARGE}
    api.world.restart(FEISHU_BUTTON_USER_LIMIT="2")
    yield good[1]
    api.world.restart(FEISHU_BUTTON_ALLOWED_CIDRS="192.0.2.0/24")
    yield good[0]
    for secrets in (MALFORMED, {}):
        api.world.put_secrets(secrets)
        yield good[0]
    api.lose_secrets()
    yield good[0]


def handshake_requests(api: Api, _: str) -> Iterator[Event]:
    asked = {"hub.mode": "subscribe", "hub.verify_token": SECRETS["META_VERIFY_TOKEN"]}

    def handshake(provider: str = "meta", **query: str) -> Event:
        route = "GET /webhooks/{provider}"
        sent = asked | {"hub.challenge": "1158201444"} | {f"hub.{key}": one for key, one in query.items()}
        return request(route, path={"provider": provider}, query=sent)

    yield from (handshake(), handshake(mode="none"), handshake(verify_token="wrong"), handshake("stripe"))
    for secrets in (MALFORMED, {}):
        api.world.put_secrets(secrets)
        yield handshake()
    api.lose_secrets()
    yield handshake()


def webhook_health_requests(_: Api, __: str) -> Iterator[Event]:
    yield request("GET /webhook/health")


REQUESTS: dict[str, Requests] = {
    "GET /webhook/health": webhook_health_requests,
    "POST /webhook/event": webhook_requests(EVENT, CHALLENGE),
    "POST /webhook/lark": webhook_requests(EVENT, CHALLENGE),
    "POST /webhook/card": webhook_requests(CARD, CHALLENGE),
    "POST /v1/webhooks/feishu/button": button_requests,
    "POST /webhooks/{provider}": webhook_requests(PAID, ("github-form", {"action": "opened"})),
    "GET /webhooks/{provider}": handshake_requests,
}


@pytest.mark.parametrize("route", WEBHOOKS)
def test_every_answer_is_documented_and_every_documented_answer_is_given(world: World, route: str) -> None:
    check_answers(world, route, REQUESTS[route])


@pytest.mark.parametrize("route", WEBHOOKS)
def test_a_route_asks_for_proof_exactly_when_it_says_so(world: World, route: str) -> None:
    check_credential(world, route)
