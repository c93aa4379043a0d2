"""3 MB of any text are kept whole, of more changed records what matters; what else is larger is counted."""

import json
from typing import Any

import pytest

from larkbridge.store.events import Event
from larkbridge.store.work import Status
from tests.support.output import captured
from tests.support.webhooks import FIRST_SECRETS, LARK_APP_ID
from tests.support.world import World

LIMIT = 3 * 1024 * 1024
RECORDS = "drive.file.bitable_record_changed_v1"


def _text(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _stored(world: World, source: str) -> Event:
    """Return the one event of a source, whole."""
    (summary,) = world.events.backlog([source])
    event = world.events.get(summary.event_id)
    assert event is not None
    return world.events.with_payload(event)


@pytest.mark.parametrize("character", ["a", "é", "ễ", "😀", '"', "aễ😀"])
def test_3_mb_of_any_text_are_kept_whole_with_one_request(world: World, character: str) -> None:
    left = LIMIT - len(_text({"action": "opened", "note": ""}))
    document = {"action": "opened", "note": character * (left // len(_text(character)[1:-1]))}
    world.webhook("github-ping", {"zen": "warms the secrets up"})
    for _ in range(2):
        with world.watch() as calls:
            assert world.webhook("github-push", _text(document)).status == 200
        assert calls.count("dynamodb") == 1
    (push,) = [one for one in world.events.backlog(["github"]) if one.type != "ping"]
    event = world.events.get(push.event_id)
    assert event is not None
    assert json.loads(world.events.with_payload(event).payload) == document


@pytest.mark.parametrize(("character", "size"), [("a", 1), ("é", 2), ("😀", 4), ("\ud83d", 6)])
def test_a_large_update_of_metas_is_kept_whole(world: World, character: str, size: int) -> None:
    note = character * (2_900_000 // size)
    update = {"messages": [{"id": "m1", "text": {"body": note}}]}
    document = {
        "object": "whatsapp",
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": update}]}],
    }
    body = json.dumps(document, ensure_ascii=character == "\ud83d").encode()
    assert world.webhook("meta", body).status == 200
    assert json.loads(_stored(world, "meta").payload)["value"] == update


@pytest.mark.parametrize("signer", ["github-push", "meta", "stripe", "shopify"])
def test_what_is_larger_is_counted_and_its_provider_named(world: World, signer: str) -> None:
    update = [{"field": "messages", "value": {"note": "a" * LIMIT}}]
    document = {"id": "evt_1", "type": "a", "object": "page", "entry": [{"id": "1", "changes": update}]}
    with captured() as output:
        answer = world.webhook(signer, _text(document))
    assert (answer.status, answer.body["error"]) == (413, "payload_too_large")
    assert output.metrics.get("WebhooksTooLarge") == [1]
    assert output.logged("webhook too large")[0]["source"] == signer.partition("-")[0]
    assert list(world.events.backlog(["github", "meta", "stripe", "shopify"])) == []


def test_of_many_changed_records_ids_and_actions_are_kept(world: World) -> None:
    actions = [
        {
            "record_id": f"rec{number}",
            "action": "record_edited",
            "after_value": [{"field_id": "fldNote", "field_value": "ễ" * 1000}],
        }
        for number in range(1100)
    ]
    event = {"file_token": "bascn1", "table_id": "tbl1", "update_time": 1788228000, "action_list": actions}
    header = {
        "event_id": "e1",
        "event_type": RECORDS,
        "app_id": LARK_APP_ID,
        "token": FIRST_SECRETS["LARK_VERIFICATION_TOKEN"],
    }
    answer = world.webhook("lark", _text({"schema": "2.0", "header": header, "event": event}))
    assert answer.status == 200
    stored = _stored(world, "lark")
    assert stored.status == Status.RECEIVED
    assert len(stored.payload) < 100_000
    kept = json.loads(stored.payload)["event"]
    assert kept["file_token"] == "bascn1"
    assert kept["update_time"] == 1788228000
    assert kept["action_list"] == [
        {"record_id": one["record_id"], "action": "record_edited"} for one in actions
    ]
