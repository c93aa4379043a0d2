"""What is down is not the parent's trouble: a stored form is answered with ok, and reaches Lark later."""

import boto3
import pytest

from larkbridge.store.submissions import FormType, Submission
from larkbridge.store.work import Status
from larkbridge.work.circuit import MAX_FAILURES
from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode
from tests.support.aws_faults import AwsError, aws_fails, no_answer, service_error
from tests.support.world import World

HOLD = FormType.HOLD
TROUBLES = {
    "down": (Fault("down"), "not_connected"),
    "http 500": (Fault("error_500"), "http_500"),
    "disabled": (Fault("error_code", code=ErrorCode.WORKFLOW_DISABLED), "workflow_disabled"),
    "credential": (Fault("error_code", code=ErrorCode.BAD_CREDENTIAL), "bad_credential"),
    "ip": (Fault("error_code", code=ErrorCode.IP_NOT_ALLOWED), "ip_not_allowed"),
    "rate": (Fault("error_code", code=ErrorCode.RATE_LIMITED), "rate_limited"),
    "unheard of": (Fault("error_code", code=123456), "unknown_code"),
    "slow": (Fault("slow", delay_seconds=6), "no_answer"),
    "answer lost": (Fault("answer_lost"), "no_answer"),
}


def _post_stored(world: World, status: Status) -> Submission:
    """Post a form that Lark does not confirm, check what the parent reads, and return what is stored."""
    answer = world.post(HOLD)
    assert answer.status == 200
    submission = world.stored(answer.body["submissionId"])
    assert answer.body == {"ok": True, "submissionId": submission.submission_id, "larkStatus": "failed"}
    assert submission.status == status
    return submission


def _assert_reaches_lark_once(world: World, submission: Submission) -> None:
    world.let_retry_run()
    assert world.stored(submission.submission_id).status == Status.SENT
    assert world.runs_of(submission.submission_id) == 1


@pytest.mark.parametrize("error", [service_error, no_answer])
def test_not_stored_is_500_with_an_id_and_nothing_else(world: World, error: AwsError) -> None:
    with aws_fails("dynamodb", "PutItem", error):
        answer = world.post(HOLD)
    assert answer.status == 500
    assert answer.body.keys() == {"error", "message", "requestId"}
    assert (answer.body["error"], answer.body["requestId"]) == ("internal_error", "request-1")
    assert "Error" not in answer.body["message"]
    assert world.lark.requests == []


@pytest.mark.parametrize("trouble", TROUBLES)
def test_lark_in_trouble_is_not_the_parents(world: World, trouble: str) -> None:
    fault, reason = TROUBLES[trouble]
    world.lark.faults.set(fault)
    submission = _post_stored(world, Status.FAILED)
    assert submission.last_error is not None
    assert submission.last_error["reason"] == reason
    (attempt,) = submission.attempts
    assert (attempt["number"], attempt["reason"]) == (1, reason)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_form_reaches_lark_once_when_the_trouble_is_over(world: World, trouble: str) -> None:
    world.lark.faults.set(TROUBLES[trouble][0])
    submission = _post_stored(world, Status.FAILED)
    world.lark.faults.clear()
    _assert_reaches_lark_once(world, submission)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_retries_carry_the_same_payload_and_token(world: World, trouble: str) -> None:
    world.lark.faults.set(TROUBLES[trouble][0])
    _post_stored(world, Status.FAILED)
    world.clock.advance(minutes=2)
    world.retry_due()
    world.lark.faults.clear()
    world.let_retry_run()
    assert len({(one.client_token, str(one.body)) for one in world.lark.requests}) == 1


@pytest.mark.parametrize(
    "code", [ErrorCode.SELF_CALL_LOOP, ErrorCode.BODY_TOO_LARGE, ErrorCode.BODY_NOT_JSON]
)
def test_what_lark_refuses_for_good_is_dead_at_once(world: World, code: int) -> None:
    world.lark.faults.set(Fault("error_code", code=code))
    submission = _post_stored(world, Status.DEAD)
    assert submission.next_attempt_at is None
    assert submission.attempts[0]["larkCode"] == code


def test_wrong_bearer_is_mended_by_a_new_secret(world: World) -> None:
    secrets = boto3.client("secretsmanager")
    secrets.put_secret_value(
        SecretId=world.environ["SECRETS_ID"], SecretString='{"LARK_FORM_WEBHOOK_TOKEN": "old"}'
    )
    submission = _post_stored(world, Status.FAILED)
    assert submission.attempts[0]["larkCode"] == ErrorCode.BAD_CREDENTIAL
    current = '{"LARK_FORM_WEBHOOK_TOKEN": "current-token"}'
    secrets.put_secret_value(SecretId=world.environ["SECRETS_ID"], SecretString=current)
    world.clock.advance(minutes=5)
    _assert_reaches_lark_once(world, submission)


def test_without_a_url_the_form_waits_and_says_why(world: World) -> None:
    world.restart(LARK_FORM_WEBHOOK_URL="")
    submission = _post_stored(world, Status.FAILED)
    assert submission.last_error == {"reason": "url_not_set", "message": "LARK_FORM_WEBHOOK_URL is not set"}
    assert world.lark.requests == []
    world.restart()
    _assert_reaches_lark_once(world, submission)


@pytest.mark.parametrize("url", ["http://lark.test:port/", "http://[::1"])
def test_with_a_url_that_is_none_the_form_waits(world: World, url: str) -> None:
    world.restart(LARK_FORM_WEBHOOK_URL=url)
    submission = _post_stored(world, Status.FAILED)
    assert submission.last_error is not None
    assert submission.last_error["reason"] == "not_connected"
    world.restart()
    _assert_reaches_lark_once(world, submission)


def test_unreadable_secrets_stop_nothing_but_the_sending(world: World) -> None:
    with aws_fails("secretsmanager", "GetSecretValue"):
        submission = _post_stored(world, Status.FAILED)
    assert submission.last_error is not None
    assert submission.last_error["reason"] == "secrets_unavailable"
    assert world.lark.requests == []
    _assert_reaches_lark_once(world, submission)


@pytest.mark.parametrize("text", ["not json", "[]", '{"LARK_FORM_WEBHOOK_TOKEN": 7}'])
def test_malformed_secrets_stop_nothing_but_the_sending(world: World, text: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=world.environ["SECRETS_ID"], SecretString=text)
    submission = _post_stored(world, Status.FAILED)
    assert submission.last_error is not None
    assert submission.last_error["reason"] == "secrets_unavailable"
    assert world.lark.requests == []


@pytest.mark.parametrize("error", [service_error, no_answer])
def test_outcome_that_cannot_be_recorded_is_found_out_by_a_retry(world: World, error: AwsError) -> None:
    with aws_fails("dynamodb", "UpdateItem", error):
        submission = _post_stored(world, Status.PENDING)
    _assert_reaches_lark_once(world, submission)
    attempts = world.stored(submission.submission_id).attempts
    assert [(one["number"], one["reason"]) for one in attempts] == [(1, "interrupted"), (2, "accepted")]


def test_interrupted_form_waits_for_its_lease_to_lapse(world: World) -> None:
    with aws_fails("dynamodb", "UpdateItem"):
        submission = _post_stored(world, Status.PENDING)
    world.clock.advance(seconds=60)
    assert world.retry_due().attempted == 0
    world.clock.advance(seconds=60)
    assert world.retry_due().attempted == 1
    assert world.runs_of(submission.submission_id) == 1


def test_form_after_an_open_circuits_time_waits_for_the_drains_probe(world: World) -> None:
    world.lark.faults.set(Fault("down"))
    for _ in range(MAX_FAILURES):
        world.post()
    world.clock.advance(hours=1)
    world.retry_due()
    world.clock.advance(hours=1)
    asked = len(world.lark.requests)
    answer = world.post()
    assert answer.body["larkStatus"] == "failed"
    assert len(world.lark.requests) == asked
    world.lark.faults.clear()
    world.retry_due()
    assert world.runs_of(answer.body["submissionId"]) == 1
    assert world.post().body["larkStatus"] == "failed"
    world.clock.advance(seconds=10)
    assert world.post().body["larkStatus"] == "sent"
