"""Every function as a new Lambda process, fed with the samples in events/, against a Lark on a port."""

import base64
import json
import logging
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import boto3
import pytest

from larkbridge.forms.catalogue import FORMS as MODELS
from sandbox.samples import filled_in
from sandbox.webhooks.signers import completed
from tests.support.aws import SECRETS
from tests.support.bundle import CONTROL, Bundle, deployed
from tests.support.functions import functions
from tests.support.stream import stream_record
from tests.support.webhooks import FIRST_SECRETS
from tools.forms import function_of

FORMS = {function_of(form): form.form_type for form in MODELS}
FAULTS = {function_of(form): filled_in(form).keys() for form in MODELS} | {
    "submit_info_form": {"studentName", "parentPhone", "parentEmail", "dateOfBirth", "consent"},
    "submit_leave_request": {"leaveTo", "reason"},
    "submit_transfer_request": {"remainingSessions", "recipientName", "recipientPhone"},
    "submit_hold_request": {"holdUntil", "discountCode"},
    "submit_change_request": {"consent", "currentClass", "effectiveDate"},
}
FILLED_IN = [(folder, case) for folder in FORMS for case in ("happy", "html_form")]
KEYED = functions()["submit_info_form"].samples()["idempotency_key"]
REFUSED_WEBHOOKS = {
    "feishu_button_unsigned": 401,
    "forged": 401,
    "lark_challenge_wrong_token": 401,
    "not_json": 400,
    "unknown_provider": 404,
    "unsigned": 401,
}
NO_EVENTS = {
    "health",
    "lark_challenge",
    "lark_challenge_encrypted",
    "lark_challenge_without_type",
    "meta_verification",
}


@pytest.fixture
def bundle(environ: dict[str, str]) -> Iterator[Bundle]:
    with deployed(environ) as bundle:
        yield bundle


def fields_of(event: dict[str, Any]) -> dict[str, Any]:
    """Return what a sample's client filled in, with ends of lines as they are stored."""
    if not event["isBase64Encoded"]:
        return json.loads(event["body"])
    return dict(parse_qsl(base64.b64decode(event["body"]).decode().replace("%0D%0A", "%0A")))


@pytest.mark.parametrize(("folder", "case"), FILLED_IN)
def test_a_filled_in_form_reaches_lark(bundle: Bundle, folder: str, case: str) -> None:
    answer = bundle.answer(folder, case)

    assert (answer.status, answer.body["ok"], answer.body["larkStatus"]) == (200, True, "sent")
    (payload,) = bundle.runs()
    assert payload["submissionId"] == answer.body["submissionId"]
    assert payload["formType"] == FORMS[folder]
    sent = fields_of(functions()[folder].samples()[case])
    as_typed = {name: str(value) for name, value in sent.items() if not name.endswith("Phone")}
    as_typed |= {name: "True" for name in as_typed if name.casefold().endswith("consent")}
    assert {name: str(payload[name]) for name in as_typed} == as_typed
    assert payload["parentPhone"].startswith("+84")


def test_not_even_the_debug_log_holds_anything_secret_or_personal(
    bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    sample = functions()["submit_info_form"].samples()["happy"]
    with caplog.at_level(logging.DEBUG):
        bundle.answer("submit_info_form", "happy")
        bundle.answer("admin_api", "list")

    private = [fields_of(sample)[name] for name in ("parentName", "parentEmail", "studentName", "grade")]
    private.append("+84901234567")
    private += [*SECRETS["LARK_FORM_WEBHOOK_TOKEN"], bundle.refs["LarkFormWebhookUrl"], bundle.api_key]
    assert "submission attempted" in caplog.text
    assert [one for one in private if one in caplog.text] == []


@pytest.mark.parametrize("folder", FORMS)
def test_an_invalid_form_is_refused_field_by_field(bundle: Bundle, folder: str) -> None:
    answer = bundle.answer(folder, "invalid")

    assert (answer.status, answer.body["error"]) == (400, "invalid_fields")
    assert answer.body["fields"].keys() == FAULTS[folder]
    assert (bundle.stored(), bundle.runs()) == (0, [])


def test_a_form_sent_twice_with_one_key_reaches_lark_once(bundle: Bundle) -> None:
    first, second = (bundle.answer("submit_info_form", "idempotency_key") for _ in range(2))

    assert (first.status, first.body) == (second.status, second.body) == (200, first.body)
    assert len(bundle.runs()) == 1


def test_a_form_survives_an_outage(bundle: Bundle) -> None:
    bundle.lark.put(f"{CONTROL}/fault", json={"kind": "down"})
    posted = bundle.answer("submit_info_form", "idempotency_key")
    assert (posted.status, posted.body["larkStatus"]) == (200, "failed")
    (listed,) = bundle.answer("admin_api", "list").body["items"]
    assert listed["submissionId"] == posted.body["submissionId"]

    bundle.lark.delete(f"{CONTROL}/fault")
    assert bundle.answer("admin_api", "retry").status == 200
    report = bundle.invoke("retry_due", functions()["retry_due"].samples()["submissions"])

    assert report == {"attempted": 1, "skipped": 0, "crashed": 0, "stopped": "nothing_due"}
    assert [one["submissionId"] for one in bundle.runs()] == [posted.body["submissionId"]]
    detail = bundle.answer("admin_api", "get").body
    assert (detail["larkStatus"], [one["verdict"] for one in detail["attempts"]]) == (
        "sent",
        ["unknown", "ok"],
    )


def test_an_admin_retries_everything_that_failed(bundle: Bundle) -> None:
    bundle.lark.put(f"{CONTROL}/fault", json={"kind": "down"})
    bundle.answer("submit_info_form", "happy")
    bundle.answer("submit_info_form", "html_form")

    assert bundle.answer("admin_api", "retry_all_dry_run").body == {
        "dryRun": True,
        "matched": 2,
        "cursor": None,
    }
    assert bundle.answer("admin_api", "retry_all").body["retried"] == 2


def test_the_retry_job_has_nothing_to_do_at_first(bundle: Bundle) -> None:
    report = bundle.invoke("retry_due", functions()["retry_due"].samples()["submissions"])

    assert report == {"attempted": 0, "skipped": 0, "crashed": 0, "stopped": "nothing_due"}


def test_health_needs_no_key(bundle: Bundle) -> None:
    answer = bundle.answer("admin_api", "health")

    assert (answer.status, answer.body["ok"], answer.body["larkForms"]) == (200, True, "ok")


@pytest.mark.parametrize("case", sorted(functions()["admin_api"].samples().keys() - {"health"}))
def test_the_placeholder_is_no_key(bundle: Bundle, case: str) -> None:
    bundle.api_key = "YOUR-API-KEY"

    assert bundle.answer("admin_api", case).status == 403


@pytest.mark.parametrize("case", functions()["receive_webhook"].samples())
def test_a_webhook_gets_its_answer_and_only_a_good_one_is_stored(bundle: Bundle, case: str) -> None:
    sample = functions()["receive_webhook"].samples()[case]
    # Which one of the samples tells of.
    bundle.put_record("tblClasses", "recClassA1", {"Mã lớp": "A1", "Số chỗ": 14})
    event = completed(sample, FIRST_SECRETS, time.time())
    response = bundle.invoke("receive_webhook", event)

    assert response["statusCode"] == REFUSED_WEBHOOKS.get(case, 200)
    stored = bundle.events()
    assert len(stored) == (
        0 if case in {*REFUSED_WEBHOOKS, *NO_EVENTS} else 2 if case == "meta_leadgen" else 1
    )
    announced = {"Records": [stream_record(item, number) for number, item in enumerate(stored)]}
    assert bundle.invoke("process_event", announced) == {"batchItemFailures": []}
    assert {item["status"]["S"] for item in bundle.events()} <= {"success", "ignored", "dead"}


def test_a_stream_record_that_cannot_be_read_goes_back(bundle: Bundle) -> None:
    samples = functions()["process_event"].samples()

    for case in ("received", "record_changed"):
        assert bundle.invoke("process_event", samples[case]) == {"batchItemFailures": []}
    failures = bundle.invoke("process_event", samples["unreadable_record"])["batchItemFailures"]
    unreadable = samples["unreadable_record"]["Records"][0]["dynamodb"]["SequenceNumber"]
    assert failures == [{"itemIdentifier": unreadable}]


def test_a_new_delivery_that_can_be_read_is_sent_and_another_goes_back(bundle: Bundle) -> None:
    samples = functions()["send_deliveries"].samples()
    image = samples["stored"]["Records"][0]["dynamodb"]["NewImage"]
    boto3.client("dynamodb").put_item(TableName=bundle.refs["DeliveriesTable"], Item=image)

    failures = bundle.invoke("send_deliveries", samples["unreadable_record"])["batchItemFailures"]
    unreadable = samples["unreadable_record"]["Records"][0]["dynamodb"]["SequenceNumber"]
    assert failures == [{"itemIdentifier": unreadable}]
    (sent,) = bundle.lark.get("/_sandbox/lark/messages/sent").json()["items"]
    assert sent["receiveId"] == image["content"]["M"]["receiveId"]["S"]


@pytest.mark.parametrize("backlog", ["events", "deliveries"])
def test_a_backlog_is_empty_at_first(bundle: Bundle, backlog: str) -> None:
    report = bundle.invoke("retry_due", functions()["retry_due"].samples()[backlog])

    assert report == {"attempted": 0, "skipped": 0, "crashed": 0, "stopped": "nothing_due"}
