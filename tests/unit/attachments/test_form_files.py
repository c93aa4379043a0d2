"""A parent's file: announced, uploaded, sent with the form, moved, and opened by staff from Lark."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from larkbridge import aws
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.aws_faults import service_error
from tests.support.forms import DOMAIN, FORMS, http_event
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.output import captured
from tests.support.uploads import (
    JPEG,
    KEY,
    PDF,
    announce,
    attachment,
    link_at_lark,
    open_link,
    post_with,
    uploaded,
)
from tests.support.world import World

UNKNOWN = f"file_{'0' * 32}"


def test_a_file_that_came_with_a_form_is_opened_from_lark(world: World, account: MemoryAccount) -> None:
    file_id = uploaded(world, account.s3)
    submission_id = post_with(world, file_id)
    world.send_new()

    answer = open_link(world, link_at_lark(world, submission_id))

    assert account.s3.keys() == [f"files/{file_id}"]
    assert attachment(world, submission_id) == {"fileId": file_id, "status": "kept", "reason": None}
    assert answer.status == 302
    served = parse_qs(urlsplit(answer.headers["location"]).query)
    assert served["response-content-type"] == ["application/pdf"]
    assert served["response-content-disposition"][0].startswith("attachment; ")
    assert served["response-content-disposition"][0].endswith("%C4%91%C6%A1n.pdf")
    assert served["X-Amz-Expires"] == ["300"]


@pytest.mark.parametrize("is_from_a_page", [False, True])
def test_link_leads_to_the_domain_that_the_form_was_posted_to(
    world: World, account: MemoryAccount, *, is_from_a_page: bool
) -> None:
    file_id = uploaded(world, account.s3)
    if is_from_a_page:
        fields = FORMS[FormType.HOLD] | {"attachmentId": file_id, "submissionKey": KEY}
        assert world.browse(FormType.HOLD, fields).status == 303
    else:
        post_with(world, file_id)

    (run,) = world.lark.runs
    assert run.payload["attachmentLink"].partition("?")[0] == f"https://{DOMAIN}/files/{file_id}"


def test_every_form_tells_lark_of_a_link_and_it_is_empty_without_a_file(world: World) -> None:
    for form_type in FormType:
        submission_id = world.post(form_type).body["submissionId"]

        assert link_at_lark(world, submission_id) == ""


def test_another_kind_of_id_is_passed_on_and_is_nobodys_file(world: World) -> None:
    submission_id = post_with(world, "boxcnDonXinPhep01")

    assert link_at_lark(world, submission_id) == ""
    assert attachment(world, submission_id) is None
    assert world.lark.runs[-1].payload["attachmentId"] == "boxcnDonXinPhep01"


def test_the_file_of_another_form_is_not_this_ones(world: World, account: MemoryAccount) -> None:
    theirs = uploaded(world, account.s3)
    submission_id = post_with(world, theirs, key="another")
    world.send_new()

    assert attachment(world, submission_id)["status"] == "not_found"
    assert open_link(world, link_at_lark(world, submission_id)).status == 404
    assert account.s3.keys() == [f"pending/{theirs}"]


def test_an_id_that_nobody_was_given_does_not_refuse_the_form(world: World) -> None:
    submission_id = post_with(world, UNKNOWN)
    world.send_new()

    assert world.stored(submission_id).status == Status.SENT
    assert attachment(world, submission_id)["status"] == "not_found"


@pytest.mark.parametrize(
    ("content", "announced", "reason"),
    [
        (b"<html><script>alert(1)</script>", "application/pdf", "type_not_taken"),
        (JPEG, "application/pdf", "other_type"),
        (b"PK\x03\x04" + bytes(100), "application/pdf", "type_not_taken"),
    ],
)
def test_a_file_that_is_not_what_it_says_marks_the_form_and_is_gone(
    world: World, account: MemoryAccount, content: bytes, announced: str, reason: str
) -> None:
    file_id = uploaded(world, account.s3, content, type=announced)
    submission_id = post_with(world, file_id)
    world.send_new()

    assert world.stored(submission_id).status == Status.SENT
    assert attachment(world, submission_id) == {"fileId": file_id, "status": "rejected", "reason": reason}
    assert account.s3.keys() == []
    assert open_link(world, link_at_lark(world, submission_id)).status == 404


def test_a_file_that_never_comes_marks_the_form_and_wakes_nobody(world: World) -> None:
    file_id = announce(world).body["attachmentId"]
    submission_id = post_with(world, file_id)
    world.send_new()
    for _ in range(4):
        world.clock.advance(minutes=15)
        world.sweep()

    assert attachment(world, submission_id)["reason"] == "not_there"
    assert [one.status for one in world.deliveries.backlog(["file-move"])] == []


def test_a_file_that_comes_after_its_form_is_kept(world: World, account: MemoryAccount) -> None:
    handed_out = announce(world).body
    submission_id = post_with(world, handed_out["attachmentId"])
    world.send_new()
    account.s3.post(handed_out["url"], handed_out["fields"], PDF)
    world.clock.advance(minutes=2)
    world.sweep()

    assert attachment(world, submission_id)["status"] == "kept"


def test_a_file_waits_for_s3_for_twenty_hours_and_is_then_lost(world: World, account: MemoryAccount) -> None:
    submission_id = post_with(world, uploaded(world, account.s3))
    account.s3.down = True
    world.send_new()
    for _ in range(22 * 4):
        world.clock.advance(minutes=15)
        world.sweep()

    assert [one.status for one in world.deliveries.listed(["file-move"], [Status.DEAD], None)] == [
        Status.DEAD
    ]
    world.clock.advance(days=2)
    assert attachment(world, submission_id)["status"] == "lost"


def test_s3_that_is_down_for_an_afternoon_loses_nothing(world: World, account: MemoryAccount) -> None:
    submission_id = post_with(world, uploaded(world, account.s3))
    account.s3.down = True
    world.send_new()
    for _ in range(5):
        world.clock.advance(hours=1)
        world.sweep()
    account.s3.down = False
    for _ in range(3):
        world.clock.advance(hours=1)
        world.sweep()

    assert attachment(world, submission_id)["status"] == "kept"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"size": 10 * 1024 * 1024 + 1}, "size"),
        ({"size": 0}, "size"),
        ({"type": "text/html"}, "type"),
        ({"type": "image/svg+xml"}, "type"),
        ({"submissionKey": ""}, "submissionKey"),
        ({"other": 1}, "other"),
    ],
)
def test_what_no_form_takes_is_not_uploaded(world: World, changes: dict[str, Any], field: str) -> None:
    answer = announce(world, **changes)

    assert answer.status == 400
    assert answer.body["fields"].keys() == {field}


@pytest.mark.parametrize("size", [-1, 1])
def test_s3_takes_the_announced_size_and_no_other(world: World, account: MemoryAccount, size: int) -> None:
    handed_out = announce(world).body

    assert account.s3.post(handed_out["url"], handed_out["fields"], bytes(len(PDF) + size)) == 403


def test_a_form_has_three_files_and_an_address_twenty(world: World) -> None:
    assert [announce(world).status for _ in range(4)] == [200, 200, 200, 429]
    for number in range(17):
        assert announce(world, submissionKey=f"form-{number}").status == 200

    refused = announce(world, submissionKey="one-more")
    assert refused.status == 429
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert announce(world, submissionKey="one-more", ip="203.0.113.8").status == 200


def test_the_addresses_of_one_ipv6_network_count_together(world: World) -> None:
    for number in range(20):
        assert announce(world, submissionKey=f"form-{number}", ip=f"2001:db8::{number:x}").status == 200

    assert announce(world, submissionKey="one-more", ip="2001:db8::ffff:1").status == 429
    assert announce(world, submissionKey="one-more", ip="2001:db8:0:1::1").status == 200


def test_a_form_without_files_lets_none_be_uploaded(world: World) -> None:
    assert announce(world, form_type=FormType.CHANGE).status == 400


def test_a_link_ends_after_half_a_year_and_when_it_is_revoked(world: World, account: MemoryAccount) -> None:
    file_id = uploaded(world, account.s3)
    link = link_at_lark(world, post_with(world, file_id))
    world.send_new()
    world.clock.advance(days=179)
    assert open_link(world, link).status == 302
    headers = {"x-api-key": world.api_key}

    event = http_event(route="POST /v1/files/{fileId}/revoke", path={"fileId": file_id}, headers=headers)
    assert world.files(event).body["revokedAt"]

    assert open_link(world, link).status == 404
    assert open_link(world, f"/files/{file_id}", **headers).status == 302
    world.clock.advance(days=2)
    assert open_link(world, link).status == 404


def test_whoever_may_not_have_a_file_hears_that_there_is_none(world: World, account: MemoryAccount) -> None:
    file_id = uploaded(world, account.s3)
    link = link_at_lark(world, post_with(world, file_id))
    world.send_new()
    other = uploaded(world, account.s3)
    proof = link.partition("?")[2]
    forged = proof[:-1] + ("E" if proof.endswith("A") else "A")
    attempts = [
        open_link(world, f"/files/{file_id}"),
        open_link(world, f"/files/{file_id}", **{"x-api-key": "wrong"}),
        open_link(world, f"/files/{file_id}?{forged}"),
        open_link(world, f"/files/{other}?{proof}"),
        open_link(world, f"/files/{UNKNOWN}?{proof}"),
        open_link(world, f"/files/{UNKNOWN}", **{"x-api-key": world.api_key}),
        open_link(world, f"/files/{other}", **{"x-api-key": world.api_key}),
    ]

    assert [one.status for one in attempts] == [404] * len(attempts)
    assert len({json.dumps(one.body) for one in attempts}) == 1


def test_a_corrected_form_has_the_file_of_the_first(world: World, account: MemoryAccount) -> None:
    file_id = uploaded(world, account.s3)
    first = post_with(world, file_id)
    world.send_new()
    corrected = {"attachmentId": file_id, "submissionKey": "corrected", "replaces": first}
    fields = FORMS[FormType.HOLD] | corrected
    second = world.post(FormType.HOLD, fields).body["submissionId"]
    world.send_new()

    assert attachment(world, second)["status"] == "kept"


def test_a_held_form_keeps_its_file_until_it_is_discarded_for_good(
    world: World, account: MemoryAccount
) -> None:
    file_id = uploaded(world, account.s3)
    fields = FORMS[FormType.HOLD] | {"attachmentId": file_id, "submissionKey": KEY, "phu_luc": "x"}
    submission_id = world.post(FormType.HOLD, fields).body["submissionId"]
    world.send_new()
    world.clock.advance(days=31)
    world.end_holding()
    assert world.stored(submission_id).status == Status.DISCARDED
    world.clock.advance(days=29)
    world.sweep()
    assert account.s3.keys() == [f"files/{file_id}"]
    world.clock.advance(days=1, minutes=2)
    world.sweep()

    assert account.s3.keys() == []


def test_a_held_form_that_is_let_go_brings_its_file_to_lark(world: World, account: MemoryAccount) -> None:
    file_id = uploaded(world, account.s3)
    fields = FORMS[FormType.HOLD] | {"attachmentId": file_id, "submissionKey": KEY, "phu_luc": "x"}
    submission_id = world.post(FormType.HOLD, fields).body["submissionId"]
    world.send_new()
    world.clock.advance(days=20)
    world.call_admin("POST /v1/submissions/{submissionId}/release", submission_id=submission_id)
    world.let_retry_run()

    assert open_link(world, link_at_lark(world, submission_id)).status == 302
    world.clock.advance(days=179)
    assert open_link(world, link_at_lark(world, submission_id)).status == 302


def test_discarding_for_good_removes_the_file(world: World, account: MemoryAccount) -> None:
    file_id, submission_id = _failed_with_file(world, account)
    assert world.call_admin("POST /v1/submissions/discard", body={"ids": [submission_id]}).body["discarded"]
    world.clock.advance(days=29)
    world.sweep()
    assert account.s3.keys() == [f"files/{file_id}"]
    world.clock.advance(days=1, minutes=2)
    world.sweep()

    assert account.s3.keys() == []
    assert attachment(world, submission_id)["status"] == "removed"


def test_what_is_restored_keeps_its_file(world: World, account: MemoryAccount) -> None:
    file_id, submission_id = _failed_with_file(world, account)
    for move in ("discard", "restore"):
        world.call_admin(f"POST /v1/submissions/{move}", body={"ids": [submission_id]})
    world.clock.advance(days=31)
    world.sweep()

    assert account.s3.keys() == [f"files/{file_id}"]


def _failed_with_file(world: World, account: MemoryAccount) -> tuple[str, str]:
    file_id = uploaded(world, account.s3)
    world.put_secrets({"PAGE_SIGNING_KEY": "page-signing-key"})
    world.restart(LARK_FORM_WEBHOOK_URL="")
    submission_id = post_with(world, file_id)
    world.send_new()
    return file_id, submission_id


def test_no_name_of_a_file_and_no_key_is_logged(world: World, account: MemoryAccount) -> None:
    with captured() as output:
        submission_id = post_with(world, uploaded(world, account.s3, name="Nguyễn Minh An.pdf"))
        world.send_new()
        open_link(world, link_at_lark(world, submission_id))

    assert submission_id in output.text
    assert not [one for one in ("Minh", KEY, "?c=", "X-Amz") if one in output.text]


def test_traces_that_cannot_be_stored_cost_neither_the_file_nor_the_correction(
    world: World, account: MemoryAccount
) -> None:
    world.lark.faults.set(Fault("down"))
    file_id = uploaded(world, account.s3)
    first = post_with(world, file_id, key="first")
    fields = FORMS[FormType.HOLD] | {"attachmentId": file_id, "submissionKey": KEY, "replaces": first}
    with captured() as output, writes_fail_to(world.environ["FORM_TRACES_TABLE"]):
        second = world.post(FormType.HOLD, fields | {"marketingConsent": True}).body["submissionId"]
    world.lark.faults.clear()
    world.send_new()
    world.let_retry_run()

    assert output.metrics["FeedsBroken"] == [1]
    assert attachment(world, second)["status"] == "kept"
    assert world.stored(first).status == Status.REPLACED
    assert (world.runs_of(first), world.runs_of(second)) == (0, 1)


@contextmanager
def writes_fail_to(table: str) -> Iterator[None]:
    """Let every transaction fail that writes to a table, as where its key cannot be used."""
    events = aws.client("dynamodb").meta.events

    def fail(params: dict[str, Any], **_: Any) -> None:
        if f'"{table}"'.encode() in params["body"]:
            raise service_error("ResourceNotFoundException")

    events.register_first("before-call.dynamodb.TransactWriteItems", fail, unique_id="failing-table")
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", unique_id="failing-table")
