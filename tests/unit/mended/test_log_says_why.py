"""The log says why something failed and what every attempt came to, and shows nobody's phone number."""

import base64
from typing import Any

import pytest

from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from tests.support.aws_faults import aws_fails, service_error
from tests.support.output import Output, captured
from tests.support.webhooks import ZALO_APP_ID
from tests.support.world import World

PHONE = "84912345678"
WAMID = "wamid." + base64.b64encode(b"\x1c\x18\x0b" + PHONE.encode() + b"\x15\x02\x00\x12\x18\x14").decode()


def denied() -> Exception:
    return service_error("AccessDeniedException")


def whatsapp(message_id: str) -> dict[str, Any]:
    value = {"messages": [{"id": message_id, "from": PHONE, "type": "text"}]}
    entry = {"id": "1", "time": 1, "changes": [{"field": "messages", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def test_refused_call_to_aws_is_named_by_operation_and_code(world: World) -> None:
    with captured() as output, aws_fails("dynamodb", "PutItem", denied):
        assert world.post().status == 500
    (line,) = output.logged("request failed")
    assert line.get("reason") == "dynamodb put_item: AccessDeniedException"


@pytest.mark.parametrize("secret", [True, False], ids=["secret", "table"])
def test_webhook_that_fails_says_whether_it_was_the_secret(world: World, secret: bool) -> None:
    service, operation = ("secretsmanager", "GetSecretValue") if secret else ("dynamodb", "PutItem")
    with captured() as output, aws_fails(service, operation, denied):
        assert world.webhook("stripe", {"id": "evt_1", "type": "a"}).status == 500
    (line,) = output.logged("request failed")
    called = "secretsmanager get_secret_value" if secret else "dynamodb put_item"
    assert line.get("reason") == f"{called}: AccessDeniedException"


def test_outcome_that_cannot_be_recorded_says_why(world: World) -> None:
    with captured() as output, aws_fails("dynamodb", "UpdateItem", denied):
        world.post()
    (line,) = output.logged("first attempt failed")
    assert line.get("reason") == "dynamodb update_item: AccessDeniedException"


def test_refused_request_says_why(world: World) -> None:
    with captured() as output:
        world.webhook("stripe", {"id": "evt_1", "type": "a"}, secrets={"STRIPE_WEBHOOK_SECRET": "other"})
    (line,) = output.logged("request refused")
    assert line.get("reason") == "the signature or token is wrong"


def test_crash_is_located_where_it_was_caught(world: World) -> None:
    with captured() as output, aws_fails("dynamodb", "UpdateItem"):
        world.post()
    (line,) = output.logged("first attempt failed")
    assert "log_crash" not in line["location"]
    assert line["location"].startswith("attempt_at_once:")


def attempted(output: Output, noun: str) -> list[dict[str, Any]]:
    return output.logged(f"{noun} attempted")


def test_attempt_at_a_form_says_where_to_and_what_comes_next(world: World) -> None:
    world.lark.faults.set(Fault("slow", delay_seconds=2))
    with captured() as output:
        world.post(FormType.HOLD)
        world.lark.faults.set(Fault("down"))
        failed = world.stored(world.post(FormType.HOLD).body["submissionId"])
    first, second = attempted(output, "submission")
    assert first.get("destination") == second.get("destination") == "lark-forms"
    assert (first.get("attempt"), first.get("attemptLimit"), first.get("nextAttemptAt")) == (1, 12, None)
    assert second.get("nextAttemptAt") == failed.next_attempt_at is not None
    assert isinstance(second.get("durationMs"), int)


def test_attempt_at_a_delivery_says_which_event_it_comes_from(world: World) -> None:
    callback = {"callback_url": "https://api.modelriver.com/callback", "channel_id": "c-1"}
    written = {"type": "task.ai_generated", "ai_response": {"data": {"title": "Bài"}}}
    world.webhook("modelriver", callback | written)
    with captured() as output:
        world.wake()
        world.sweep()
    lines = attempted(output, "delivery")
    assert lines[0].get("eventId") == "modelriver#task.ai_generated:c-1"
    assert lines[0].get("destination") == "modelriver"
    assert "api.modelriver.com" not in output.text


ZALO_MESSAGE = {
    "app_id": ZALO_APP_ID,
    "event_name": "user_send_text",
    "timestamp": "1788228000000",
    "message": {"msg_id": f"m.{PHONE}"},
}
PERSONAL_REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a WhatsApp message": ("meta", whatsapp(WAMID)),
    "a channel of a phone": ("modelriver", {"type": "task.completed", "channel_id": PHONE}),
    "a channel of an address": (
        "modelriver",
        {"type": "task.completed", "channel_id": "ha.nguyen@example.vn"},
    ),
    "a channel of a spaced phone": ("modelriver", {"type": "task.completed", "channel_id": "u-0912-345-678"}),
    "a message of a phone": ("zalo", ZALO_MESSAGE),
    "a type of a name": ("stripe", {"id": "evt_1", "type": "Nguyễn Thị Hà 0912345678"}),
    "a type of a phone": ("stripe", {"id": "evt_1", "type": f"paid.{PHONE}"}),
}


@pytest.mark.parametrize("name", PERSONAL_REQUESTS)
def test_event_shows_no_person_in_the_log_or_in_its_id(world: World, name: str) -> None:
    signer, document = PERSONAL_REQUESTS[name]
    with captured() as output:
        assert world.webhook(signer, document).status == 200
        world.wake()
        assert world.webhook(signer, document).status == 200  # is known again
    assert output.metrics["WebhooksDuplicate"] == [1]
    listed = [item["eventId"] for item in world.call_admin("GET /v1/events").body["items"]]
    shown = output.text + str(listed)
    personal = ("wamid.", PHONE, "912345678", "912-345-678", "example.vn", "Nguy", "Thị")
    assert [one for one in personal if one in shown] == []
