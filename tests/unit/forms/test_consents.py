"""What a parent agreed to is kept with the form, and only what marketing consent allows is kept beside it."""

from datetime import timedelta
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.store.codec import from_item
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.forms import FORMS
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.output import captured
from tests.support.world import World

HOLD = FormType.HOLD
BROWSER = "Mozilla/5.0 (Linux; Android 15)"
AGREED = FORMS[HOLD] | {"marketingConsent": True}
NO = [
    {},
    {"marketingConsent": False},
    {"marketingConsent": ""},
    {"marketingConsent": "false"},
    {"marketingConsent": None},
]


def traces(account: MemoryAccount) -> list[dict[str, Any]]:
    """Return all traces that are kept."""
    return [from_item(item) for item in account.dynamo.items("FormTracesTable")]


def payload(world: World) -> dict[str, Any]:
    """Return what Lark got of the last form."""
    return world.lark.runs[-1].payload


@pytest.mark.parametrize("form_type", FormType)
def test_every_form_takes_it_and_lark_always_hears_of_it(world: World, form_type: FormType) -> None:
    for fields, heard in (({}, False), ({"marketingConsent": True}, True)):
        assert world.post(form_type, FORMS[form_type] | fields).status == 200
        assert payload(world)["marketingConsent"] is heard


@pytest.mark.parametrize("ticked", [True, "on", "true"])
def test_a_ticked_box_keeps_the_browser_for_thirty_days(
    world: World, account: MemoryAccount, ticked: object
) -> None:
    answer = world.post(HOLD, FORMS[HOLD] | {"marketingConsent": ticked}, user_agent=BROWSER)
    assert traces(account) == [
        {
            "submissionId": answer.body["submissionId"],
            "userAgent": BROWSER,
            "address": "203.0.113.7",
            "expiresAt": int((START + timedelta(days=30)).timestamp()),
        }
    ]


@pytest.mark.parametrize("fields", NO)
def test_without_it_nothing_of_the_browser_is_kept(
    world: World, account: MemoryAccount, fields: dict[str, Any]
) -> None:
    answer = world.post(HOLD, FORMS[HOLD] | fields, user_agent=BROWSER)
    assert answer.status == 200
    assert payload(world)["marketingConsent"] is False
    assert traces(account) == []
    assert [one["kind"] for one in world.stored(answer.body["submissionId"]).consents] == ["processing"]


@pytest.mark.parametrize("ticked", ["có", 2, [], {}])
def test_what_is_neither_yes_nor_no_is_refused_by_name(world: World, ticked: object) -> None:
    answer = world.post(HOLD, FORMS[HOLD] | {"marketingConsent": ticked})
    assert (answer.status, [*answer.body["fields"]]) == (400, ["marketingConsent"])
    assert not answer.body["fields"]["marketingConsent"].isascii()


def test_the_browser_is_neither_told_to_lark_nor_stored_with_the_form_nor_logged(
    world: World, account: MemoryAccount
) -> None:
    with captured() as output:
        answer = world.post(HOLD, AGREED, user_agent=BROWSER)
    seen = [str(payload(world)), output.text, str(account.dynamo.items("SubmissionsTable"))]
    assert world.stored(answer.body["submissionId"]).consents
    assert not [text for text in seen if BROWSER in text or "203.0.113.7" in text]


def test_a_browsers_name_without_end_is_cut(world: World, account: MemoryAccount) -> None:
    world.post(HOLD, AGREED, user_agent="x" * 5000)
    assert traces(account)[0]["userAgent"] == "x" * 500


def test_a_form_with_traces_costs_no_further_request(world: World) -> None:
    world.post(HOLD)
    with world.watch() as calls:
        world.post(HOLD, AGREED)
    assert calls.made == ["dynamodb UpdateItem", "dynamodb TransactWriteItems", "POST", "dynamodb UpdateItem"]


def test_traces_that_cannot_be_kept_cost_nobody_a_form(world: World, account: MemoryAccount) -> None:
    with aws_fails("dynamodb", "TransactWriteItems"):
        answer = world.post(HOLD, AGREED)
    assert (answer.status, answer.body["larkStatus"]) == (200, "sent")
    assert traces(account) == []


def test_a_form_that_waits_for_lark_has_its_traces_at_once(world: World, account: MemoryAccount) -> None:
    world.lark.faults.set(Fault("down"))
    world.post(HOLD, AGREED)
    assert len(traces(account)) == 1


def test_a_repeat_keeps_one_and_the_first(world: World, account: MemoryAccount) -> None:
    world.post(HOLD, AGREED, user_agent=BROWSER, idempotency_key="key")
    world.clock.advance(days=1)
    world.post(HOLD, AGREED, user_agent="another", idempotency_key="key")
    assert [one["userAgent"] for one in traces(account)] == [BROWSER]


def test_marketing_consent_is_what_the_parent_typed(world: World) -> None:
    world.post(HOLD, AGREED, idempotency_key="key")
    assert world.post(HOLD, idempotency_key="key").status == 409


def test_no_consent_is_no_consent_however_it_is_spelt(world: World) -> None:
    answers = [world.post(HOLD, FORMS[HOLD] | fields, idempotency_key="key") for fields in NO]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["submissionId"] for answer in answers}) == 1


def test_a_page_that_is_not_ours_is_named_without_its_query_and_says_which_text_it_showed(
    world: World,
) -> None:
    answer = world.post(
        HOLD,
        AGREED
        | {"eventSourceUrl": "https://trungtam.example/phieu?email=a@b.example#x", "consentVersion": "v7"},
    )
    assert world.stored(answer.body["submissionId"]).consents == [
        {
            "kind": kind,
            "givenAt": to_text(START),
            "page": "https://trungtam.example/phieu",
            "textVersion": "v7",
        }
        for kind in ("processing", "marketing")
    ]


def test_the_version_of_a_text_is_neither_told_to_lark_nor_a_part_of_the_content(world: World) -> None:
    answers = [
        world.post(HOLD, AGREED | {"consentVersion": version}, idempotency_key="key")
        for version in ("1", "2")
    ]
    assert answers[0].body == answers[1].body
    assert world.stored(answers[0].body["submissionId"]).consents[0]["textVersion"] == "1"
    assert "consentVersion" not in payload(world)


def test_a_held_form_has_its_traces_too(world: World, account: MemoryAccount) -> None:
    world.post(HOLD, AGREED | {"phu_luc": "x"})
    assert world.lark.runs == []
    assert len(traces(account)) == 1
