"""Each provider's webhook on the deployed stack: what it answers, and what the event log says of it."""

import hashlib
import json
import time
import uuid
from typing import Any

import pytest

from larkbridge.inbound.provider import MAX_BODY_BYTES
from sandbox.webhooks import Signed, github
from sandbox.webhooks.signers import SIGNERS
from tests.support.providers import Providers, path_of
from tests.support.webhooks import FIRST_SECRETS

OTHERS_APP = {"app_id": "cli_of_somebody_else"}
SIGNING = sorted(SIGNERS.keys() - {"lark-challenge"})
"""All but whose requests are never signed."""


def unique(prefix: str = "") -> str:
    return f"{prefix}{uuid.uuid4().hex}"


def lark_event(providers: Providers, kind: str, event: dict[str, Any], **header: str) -> dict[str, Any]:
    token = providers.secrets["LARK_VERIFICATION_TOKEN"]
    known = {"event_id": unique(), "event_type": kind, "token": token, "app_id": "cli_local"}
    return {"schema": "2.0", "header": known | header, "event": event}


def lark_message(providers: Providers, message_id: str, **header: str) -> dict[str, Any]:
    """Return what another bot says, which nobody answers."""
    message = {"message_id": message_id, "message_type": "text", "content": '{"text": "Xin chào"}'}
    event = {"sender": {"sender_type": "app"}, "message": message}
    return lark_event(providers, "im.message.receive_v1", event, **header)


@pytest.mark.parametrize("path", ["/webhook/event", "/webhook/lark", "/webhook/card"])
@pytest.mark.parametrize("signer", [None, "lark-challenge"], ids=["plain", "encrypted"])
@pytest.mark.parametrize("kind", [{"type": "url_verification"}, {}], ids=["with type", "without type"])
def test_lark_challenge_is_answered(
    providers: Providers, path: str, signer: str | None, kind: dict[str, str]
) -> None:
    document = {"challenge": 'a "b" é', "token": providers.secrets["LARK_VERIFICATION_TOKEN"], **kind}
    if signer:
        answer = providers.send(signer, document, to=path)
    else:
        answer = providers.post(path, Signed({}, json.dumps(document).encode()))
    assert (answer.status_code, answer.json()) == (200, {"challenge": document["challenge"]})


def test_lark_challenge_with_a_wrong_token_is_refused(providers: Providers) -> None:
    forged = {"challenge": "c", "token": "guessed", "type": "url_verification"}
    assert providers.send("lark-challenge", forged).status_code == 401


def test_lark_message_is_one_event_whatever_event_id_it_comes_with(providers: Providers) -> None:
    message_id = unique("om_")
    documents = [lark_message(providers, message_id) for _ in range(2)]
    documents.append(
        {
            "ts": "1795144741.7",
            "uuid": unique(),
            "token": providers.secrets["LARK_VERIFICATION_TOKEN"],
            "type": "event_callback",
            "event": {"type": "message", "app_id": "cli_local", "open_message_id": message_id, "text": "x"},
        }
    )
    answers = [providers.send("lark", document) for document in documents]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {})] * 3
    app = hashlib.sha256(b"cli_local").hexdigest()[:8]
    event = providers.processed(f"lark#message:{app}:{message_id}")
    assert (event["type"], event["status"]) == ("im.message.receive_v1", "ignored")


def test_lark_event_of_an_unknown_type_is_logged_as_ignored(providers: Providers) -> None:
    document = lark_event(providers, "contact.user.renamed_v9", {})
    assert providers.send("lark", document).status_code == 200
    event = providers.processed(f"lark#{document['header']['event_id']}")
    assert (event["status"], event["payload"]["event"]) == ("ignored", {})


def test_lark_event_of_another_app_is_refused(providers: Providers) -> None:
    assert providers.send("lark", lark_event(providers, "any", {}, **OTHERS_APP)).status_code == 401


def test_lark_card_answers_what_the_button_says(providers: Providers) -> None:
    action = {"tag": "button", "value": {"toast": "Đã ghi nhận"}}
    document = lark_event(providers, "card.action.trigger", {"action": action, "token": "c-1"})
    started = time.monotonic()
    answer = providers.send("lark", document, to="/webhook/card")
    assert time.monotonic() - started < 3
    assert answer.json()["toast"] == {"type": "info", "content": "Đã ghi nhận"}
    assert providers.processed(f"lark-card#{document['header']['event_id']}")["status"] == "ignored"


def test_old_lark_card_answers_with_nothing(providers: Providers) -> None:
    document = {
        "open_message_id": unique("om_"),
        "token": unique("c-"),
        "action": {"value": {}, "tag": "button"},
    }
    answer = providers.send("lark-old-card", document, to="/webhook/card")
    assert (answer.status_code, answer.json()) == (200, {})


def test_meta_verifies_the_address(providers: Providers) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    with providers.stack.api() as api:
        right = api.get(
            "/webhooks/meta", params=query | {"hub.verify_token": providers.secrets["META_VERIFY_TOKEN"]}
        )
        wrong = api.get("/webhooks/meta", params=query | {"hub.verify_token": "guessed"})
    assert (right.status_code, right.text) == (200, "1158201444")
    assert right.headers["content-type"].startswith("text/plain")
    assert wrong.status_code == 403


def test_meta_batch_becomes_an_event_for_each_change(providers: Providers) -> None:
    leads = [unique() for _ in range(3)]
    changes = [{"field": "leadgen", "value": {"leadgen_id": lead, "form_id": "1"}} for lead in leads]
    entries = [{"id": "1", "time": 1, "changes": changes[:2]}, {"id": "2", "time": 2, "changes": changes[2:]}]
    for _ in range(2):
        assert providers.send("meta", {"object": "page", "entry": entries}).status_code == 200
    for lead in leads:
        event = providers.processed(f"meta#leadgen:{lead}")
        assert (event["type"], event["payload"]["value"]["leadgen_id"]) == ("page.leadgen", lead)


@pytest.mark.parametrize("as_form", [False, True], ids=["json", "form"])
@pytest.mark.parametrize("kind", ["push", "ping"])
def test_github_delivery_is_known_by_its_guid(providers: Providers, kind: str, as_form: bool) -> None:
    body = json.dumps({"zen": "Thiết kế cho lỗi.", "hook_id": unique()}).encode()
    signed = github.sign(body, providers.secrets, time.time(), event=kind, as_form=as_form)
    for _ in range(2):
        assert providers.post("/webhooks/github", signed).status_code == 200
    event = providers.processed(f"github#{signed.headers['X-GitHub-Delivery']}")
    assert (event["type"], event["payload"]) == (kind, json.loads(body))


@pytest.mark.parametrize("signer", SIGNING)
def test_what_is_forged_or_not_signed_is_refused(providers: Providers, signer: str) -> None:
    body = json.dumps({"id": "evt_forged", "type": "a", "timestamp": "1", "app_id": "1"}).encode()
    forged = SIGNERS[signer](body, FIRST_SECRETS, time.time())
    for headers in ({}, forged.headers):
        answer = providers.post(path_of(signer), Signed(headers, forged.body))
        assert answer.status_code == 401, answer.text
        assert answer.json()["error"] in ("invalid_signature", "INVALID_SIGNATURE", "UNAUTHORIZED")


def test_bad_input_gets_its_status(providers: Providers) -> None:
    assert providers.send("meta", b"<xml/>").status_code == 400
    assert providers.post("/webhooks/nobody", Signed({}, b"{}")).status_code == 404
    too_large = json.dumps({"ref": "x" * MAX_BODY_BYTES}).encode()
    assert providers.send("github-push", too_large).status_code == 413


def test_webhook_health_answers(providers: Providers) -> None:
    with providers.stack.api() as api:
        assert api.get("/webhook/health").json() == {"ok": True}
