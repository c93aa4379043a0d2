"""What events do, on the deployed stack: rows, callbacks, forwards, replays."""

import time
import uuid
from typing import Any

import pytest

from tests.support.providers import Providers

APP, TABLE = "bascnE2E", "tblE2E"
CLICK_DONE = [("button-forward", "sent"), ("lark-card", "sent"), ("lark-record", "sent")]


def unique(prefix: str = "") -> str:
    return f"{prefix}{uuid.uuid4().hex}"


def stripe_event(kind: str, created: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": unique("evt_"),
        "object": "event",
        "type": kind,
        "created": created,
        "data": {"object": {"customer": "cus_1", "created": created, **fields}},
    }


def clerk_event(kind: str, user_id: str, updated_at: int, **fields: Any) -> dict[str, Any]:
    emails = [{"id": "idn_1", "email_address": f"{updated_at}@giadinh.example"}]
    data = {"id": user_id, "updated_at": updated_at, "created_at": 1, "email_addresses": emails}
    known = {"primary_email_address_id": "idn_1", "first_name": "Ngọc", "last_name": "Diệp"}
    return {"type": kind, "object": "event", "data": data | known | fields, "timestamp": updated_at}


def modelriver_event(providers: Providers, channel: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "task.ai_generated",
        "event": "lesson_summary",
        "channel_id": channel,
        "ai_response": {"data": {"title": "Tóm tắt", "description": "Phân số"}},
        "callback_url": f"{providers.stack.description['sandboxUrl']}/v1/callback/{channel}",
        "customer_data": {"category": "summary"},
    } | fields


def outcomes(deliveries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((one["target"], one["status"]) for one in deliveries)


def callbacks(providers: Providers, channel: str) -> list[dict[str, Any]]:
    with providers.stack.sandbox() as sandbox:
        items = sandbox.get("/modelriver/callbacks").raise_for_status().json()["items"]
    return [one for one in items if one["channelId"] == channel]


def test_checkout_becomes_a_payment(providers: Providers) -> None:
    session = unique("cs_test_")
    event = stripe_event(
        "checkout.session.completed",
        1,
        id=session,
        amount_total=2_500_000,
        currency="vnd",
        payment_status="paid",
    )
    assert providers.send("stripe", event).status_code == 200
    assert providers.processed(f"stripe#{event['id']}")["status"] == "success"
    payment = providers.item("PaymentsTable", paymentId=session)
    assert (payment["amount"], payment["status"]) == ({"N": "2500000"}, {"S": "paid"})


def test_newer_subscription_wins_whatever_the_order(providers: Providers) -> None:
    subscription = unique("sub_")
    history = [
        stripe_event("customer.subscription.created", 100, id=subscription, status="active"),
        stripe_event("customer.subscription.updated", 200, id=subscription, status="past_due"),
        stripe_event("customer.subscription.deleted", 300, id=subscription, status="canceled"),
        stripe_event("customer.subscription.updated", 400, id=subscription, status="active"),
    ]
    for event in (history[2], history[0], history[3], history[1]):
        providers.send("stripe", event)
    for event in history:
        assert providers.processed(f"stripe#{event['id']}")["status"] == "success"
    assert providers.item("SubscriptionsTable", subscriptionId=subscription)["status"] == {"S": "canceled"}


def test_thin_event_is_logged_and_ignored(providers: Providers) -> None:
    event = {"id": unique("evt_"), "object": "v2.core.event", "type": "v1.customer.created"}
    providers.send("stripe", event)
    assert providers.processed(f"stripe#{event['id']}")["status"] == "ignored"


def test_user_follows_clerk_and_older_news_changes_nothing(providers: Providers) -> None:
    user = unique("user_")
    with providers.stack.api(key=True) as api:
        for kind, at in (("user.created", 1_000), ("user.updated", 3_000), ("user.updated", 2_000)):
            event_id = deliver_to_clerk(providers, clerk_event(kind, user, at))
            assert providers.processed(event_id)["status"] == "success"
        assert api.get(f"/v1/users/{user}").json()["email"] == "3000@giadinh.example"
        gone = clerk_event("user.deleted", user, 2_500, deleted=True)
        assert providers.processed(deliver_to_clerk(providers, gone))["status"] == "success"
        late = clerk_event("user.updated", user, 9_000)
        assert providers.processed(deliver_to_clerk(providers, late))["status"] == "success"
        assert api.get(f"/v1/users/{user}").status_code == 404


def deliver_to_clerk(providers: Providers, document: dict[str, Any]) -> str:
    signed = providers.signed("clerk", document)
    assert providers.post("/webhooks/clerk", signed).status_code == 200
    return f"clerk#{signed.headers['svix-id']}"


def test_generated_text_is_stored_and_modelriver_told_its_id_once(providers: Providers) -> None:
    channel = unique()
    for _ in range(3):
        assert providers.send("modelriver", modelriver_event(providers, channel)).status_code == 200
    event_id = f"modelriver#task.ai_generated:{channel}"
    assert providers.processed(event_id)["status"] == "success"
    with providers.stack.api(key=True) as api:
        content = api.get(f"/v1/content/channel/{channel}").raise_for_status().json()
        newest = api.get("/v1/content", params={"limit": 1}).json()["items"][0]
    assert (content["title"], content["category"], newest["contentId"]) == (
        "Tóm tắt",
        "summary",
        content["contentId"],
    )
    providers.replay(event_id)
    assert len(providers.processed(event_id)["attempts"]) == 2
    assert outcomes(providers.delivered(event_id)) == [("modelriver-callback", "sent")]
    (callback,) = callbacks(providers, channel)
    assert callback["body"]["data"]["id"] == content["contentId"]


def test_what_cannot_be_stored_is_told_with_the_error_callback(providers: Providers) -> None:
    channel = unique()
    providers.send("modelriver", modelriver_event(providers, channel, ai_response="no object"))
    event_id = f"modelriver#task.ai_generated:{channel}"
    assert providers.processed(event_id)["status"] == "dead"
    assert outcomes(providers.delivered(event_id)) == [("modelriver-callback", "sent")]
    (callback,) = callbacks(providers, channel)
    assert callback["body"]["error"] == "processing_failed"


def test_key_goes_to_no_other_host(providers: Providers) -> None:
    channel = unique()
    elsewhere = "https://modelriver.example/v1/callback/1"
    providers.send("modelriver", modelriver_event(providers, channel, callback_url=elsewhere))
    delivered = providers.delivered(f"modelriver#task.ai_generated:{channel}")
    assert outcomes(delivered) == [("modelriver-callback", "dead")]
    with providers.stack.api(key=True) as api:
        dead = api.get("/v1/deliveries", params={"status": "dead", "target": "modelriver-callback"}).json()[
            "items"
        ]
    about = [one for one in dead if channel in one["eventId"]]
    assert [one["lastError"]["reason"] for one in about] == ["callback_not_allowed"]


@pytest.fixture
def button(providers: Providers) -> dict[str, str]:
    """A configured button: its record in Base, who clicks it, and where its clicks are forwarded."""
    record, hook = unique("rec"), unique("hook-")
    forward = f"{providers.stack.description['sandboxUrl']}/hooks/{hook}"
    config = {"app_token": APP, "table_id": TABLE, "webhook_url": forward}
    with providers.stack.api(key=True) as api, providers.stack.sandbox() as sandbox:
        assert api.post("/v1/feishu/config", json=config).status_code == 200
        fields = {"Tên": "Minh An", "Kết quả": None}
        sandbox.put(f"/lark/base/{APP}/{TABLE}/{record}", json={"fields": fields}).raise_for_status()
    return {"record": record, "hook": hook, "person": unique("ou_")}


def click(button: dict[str, str], **fields: Any) -> dict[str, Any]:
    known = {
        "app_token": APP,
        "table_id": TABLE,
        "record_id": button["record"],
        "button_id": "btn",
        "user_id": button["person"],
    }
    return known | {"timestamp": str(int(time.time() * 1000))} | fields


def logs(providers: Providers, record: str) -> list[dict[str, Any]]:
    with providers.stack.api(key=True) as api:
        answer = api.get("/v1/feishu/webhook/logs", params={"record_id": record})
    return answer.raise_for_status().json()["data"]["items"]


def hooked(providers: Providers, button: dict[str, str]) -> list[dict[str, Any]]:
    with providers.stack.sandbox() as sandbox:
        return sandbox.get(f"/hooks/{button['hook']}/requests").json()["items"]


def told(providers: Providers, button: dict[str, str]) -> list[str]:
    """Return the titles of the cards that whoever clicks has."""
    with providers.stack.sandbox() as sandbox:
        sent = sandbox.get("/lark/messages/sent").raise_for_status().json()["items"]
    cards = [one["content"] for one in sent if one["receiveId"] == button["person"]]
    return [card["header"]["title"]["content"] for card in cards]


def shown(providers: Providers, button: dict[str, str]) -> Any:
    """Return what the record shows as the result."""
    with providers.stack.sandbox() as sandbox:
        record = sandbox.get(f"/lark/base/{APP}/{TABLE}/{button['record']}").raise_for_status().json()
    return record["fields"].get("Kết quả")


@pytest.mark.parametrize("signer", ["feishu-button", "feishu-automation"])
def test_click_is_forwarded_written_back_and_told(
    providers: Providers, button: dict[str, str], signer: str
) -> None:
    document = click(button)
    for _ in range(2):
        answer = providers.send(signer, document)
        assert (answer.status_code, answer.json()["success"]) == (200, True)
        assert answer.json()["data"] == {"record_id": button["record"], "status": "processing"}
    (received,) = logs(providers, button["record"])
    assert outcomes(providers.delivered(received["event_id"])) == CLICK_DONE
    assert [one["status"] for one in logs(providers, button["record"])] == [2]
    (forward,) = hooked(providers, button)
    assert "Minh An" in forward["body"]
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= forward["headers"].keys()
    assert shown(providers, button)
    assert told(providers, button) == ["Đã xong"]


def test_click_on_a_record_that_is_gone_says_so_in_the_log(
    providers: Providers, button: dict[str, str]
) -> None:
    gone = button | {"record": unique("rec")}
    providers.send("feishu-button", click(gone))
    (received,) = logs(providers, gone["record"])
    assert outcomes(providers.delivered(received["event_id"])) == [("lark-card", "sent")]
    (log,) = logs(providers, gone["record"])
    assert (log["status"], log["error"]) == (3, "RECORD_NOT_FOUND")
    assert told(providers, gone) == ["Chưa thực hiện được"]


def test_click_survives_a_lark_that_is_down(providers: Providers, button: dict[str, str]) -> None:
    with providers.stack.sandbox() as sandbox:
        sandbox.put("/lark/base/fault", json={"kind": "error_500"}).raise_for_status()
        try:
            signed = providers.signed("feishu-button", click(button))
            providers.post("/v1/webhooks/feishu/button", signed)
            event_id = f"feishu-button#{signed.headers['X-Lark-Request-Id']}"
            providers.becomes(event_id, {"failed"})
        finally:
            sandbox.delete("/lark/base/fault").raise_for_status()
    providers.replay(event_id)
    assert outcomes(providers.delivered(event_id)) == CLICK_DONE
    assert [one["status"] for one in logs(providers, button["record"])] == [2]
    assert len(hooked(providers, button)) == 1


def test_clicks_of_one_person_are_limited(providers: Providers) -> None:
    nowhere = {"record": unique("rec"), "person": unique("ou_")}
    answers = [
        providers.send("feishu-button", click(nowhere, table_id="tblNone", click=number))
        for number in range(61)
    ]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"] == "RATE_LIMIT_EXCEEDED"
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_receipt_is_noted_at_the_delivery(providers: Providers) -> None:
    channel = unique()
    providers.send("modelriver", modelriver_event(providers, channel))
    (callback,) = providers.delivered(f"modelriver#task.ai_generated:{channel}")
    assert (callback["status"], callback["receiptAt"]) == ("sent", None)
    delivery = callback["deliveryId"]
    with providers.stack.api(key=True) as api:
        message = {"delivery_time": "1795144741123", "msg_id": unique(), "tracking_id": delivery}
        receipt = {"app_id": "1234567890", "event_name": "user_received_message", "message": message}
        providers.send("zalo", receipt | {"timestamp": "1795144741456", "recipient": {"id": "84965432109"}})
        event = providers.processed(f"zalo#user_received_message:{message['msg_id']}")
        assert event["status"] == "success"
        assert api.get(f"/v1/deliveries/{delivery}").json()["receiptAt"] == "2026-11-20T03:19:01.123Z"
