"""Trouble with one submission is not trouble for the others, and never goes unnoticed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import boto3
import pytest

from larkbridge import aws
from larkbridge.errors import AwsUnavailableError
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.work.drain import Report
from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode
from tests.support.aws_faults import aws_fails, service_error
from tests.support.backlog import LOOKS, backlog
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.output import captured
from tests.support.world import World

HOLD = FormType.HOLD


@contextmanager
def writes_fail_for(submission_id: str) -> Iterator[None]:
    """Let DynamoDB refuse every update of one submission."""
    events = aws.client("dynamodb").meta.events

    def fail(params: dict[str, Any], **_: Any) -> None:
        if submission_id.encode() in params["body"]:
            raise service_error()

    events.register_first("before-call.dynamodb.UpdateItem", fail, unique_id="one")
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.UpdateItem", unique_id="one")


def test_one_that_cannot_be_written_holds_up_nobody(world: World) -> None:
    stuck, *others = backlog(world, *[HOLD] * 4)
    with writes_fail_for(stuck), captured() as output:
        assert world.retry_due() == Report(attempted=3, crashed=1)
    assert [world.stored(one).status for one in others] == [Status.SENT] * 3
    assert output.logged("attempt failed")[0]["submissionId"] == stuck
    world.let_retry_run()
    assert world.stored(stuck).status == Status.SENT


def test_errors_in_a_row_end_the_run_loudly(world: World) -> None:
    backlog(world, *[HOLD] * 9)
    with aws_fails("dynamodb", "UpdateItem"), pytest.raises(AwsUnavailableError):
        world.retry_due()
    world.clock.advance(minutes=2)
    assert world.retry_due().attempted == 9


@pytest.mark.parametrize("damage", ["SET #status = :odd", "REMOVE attemptCount"])
def test_one_that_this_version_cannot_read_hides_nobody(world: World, damage: str) -> None:
    odd, *others = backlog(world, *[HOLD] * 3)
    named = {
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":odd": {"S": "unknown"}},
    }
    boto3.client("dynamodb").update_item(
        TableName=world.environ["SUBMISSIONS_TABLE"],
        Key={"submissionId": {"S": odd}},
        UpdateExpression=damage,
        **(named if ":odd" in damage else {}),
    )
    with captured() as output:
        assert world.retry_due().attempted == 2
        listed = world.call_admin("GET /v1/submissions").body["items"]
        output_of_a_handler = output.logged("submission not readable")
    assert {one["submissionId"] for one in listed} == set(others)
    assert {line["submissionId"] for line in output_of_a_handler} == {odd}


def test_one_that_is_given_up_is_counted_even_if_the_process_stops_there(world: World) -> None:
    (refused,) = backlog(world, HOLD)
    world.lark.faults.set(Fault("error_code", code=ErrorCode.BODY_NOT_JSON))
    to_last_write = len([*LOOKS, "acquire", "secrets", "claim", "post"])
    stop = Calls((to_last_write, "after"))
    with captured() as output, world.watch(stop), pytest.raises(ProcessStoppedError):
        world.retry_due()
    assert world.stored(refused).status == Status.DEAD
    assert output.metrics["SubmissionsDead"] == [1]


def test_one_whose_every_attempt_is_cut_off_is_given_up_and_counted(world: World) -> None:
    (doomed,) = backlog(world, HOLD)
    with captured() as output:
        while not world.is_final(doomed):
            with world.watch(Calls((len([*LOOKS, "acquire", "secrets", "claim"]), "before"))):
                try:
                    world.retry_due()
                except ProcessStoppedError:
                    world.restart()
            world.clock.advance(days=3)
    stored = world.stored(doomed)
    assert (stored.status, stored.attempt_count) == (Status.DEAD, 12)
    assert [entry["number"] for entry in stored.attempts] == list(range(1, 13))
    assert output.metrics["SubmissionsDead"] == [1]
    assert world.call_admin("POST /v1/submissions/{submissionId}/retry", submission_id=doomed).status == 200
    assert world.retry_due().attempted == 1


def test_without_a_url_nothing_is_attempted_however_long_it_takes(world: World) -> None:
    (waiting,) = backlog(world, HOLD)
    world.restart(LARK_FORM_WEBHOOK_URL="")
    before = world.stored(waiting)
    for _ in range(20):
        world.clock.advance(days=1)
        assert world.retry_due() == Report(stopped="not_configured")
    assert world.stored(waiting) == before
    world.restart()
    assert world.retry_due().attempted == 1


def test_resend_near_the_end_of_the_window_is_marked(world: World) -> None:
    world.lark.faults.set(Fault("answer_lost", times=1))
    submission_id = world.post(HOLD).body["submissionId"]
    world.clock.advance(seconds=(timedelta(hours=3) - timedelta(seconds=20)).total_seconds())
    assert world.retry_due().attempted == 1
    assert world.stored(submission_id).maybe_duplicate
