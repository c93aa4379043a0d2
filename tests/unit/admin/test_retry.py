"""An admin sends again what Lark does not have: one by one, or all that match."""

from collections.abc import Callable
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode
from tests.support.admin import RETRY, RETRY_ALL, Admin, post
from tests.support.aws_faults import aws_fails
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.forms import http_event
from tests.support.world import World

HOLD, CHANGE = FormType.HOLD, FormType.CHANGE
FAILED, DEAD, SENT = Status.FAILED, Status.DEAD, Status.SENT
DOWN = Fault("down")
REFUSED = Fault("error_code", code=ErrorCode.BODY_NOT_JSON)


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


@pytest.mark.parametrize("fault", [DOWN, REFUSED], ids=["failed", "dead"])
def test_retried_one_is_sent_by_the_next_run(world: World, admin: Admin, fault: Fault) -> None:
    (submission_id,) = post(world, HOLD, fault=fault)
    answer = admin.ask(RETRY, submission_id)
    assert (answer.status, answer.body["submissionId"], answer.body["larkStatus"]) == (
        200,
        submission_id,
        "failed",
    )
    assert answer.body["nextAttemptAt"] == to_text(world.clock.now())
    assert world.retry_due().attempted == 1
    assert world.stored(submission_id).status == SENT
    assert world.runs_of(submission_id) == 1


def test_one_that_ran_out_of_attempts_gets_twelve_more(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD, fault=DOWN)
    world.lark.faults.set(DOWN)
    world.let_retry_run()
    admin.ask(RETRY, submission_id)
    world.let_retry_run()
    assert (world.stored(submission_id).status, world.stored(submission_id).attempt_count) == (DEAD, 24)


def test_retrying_twice_is_retrying_once(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD, fault=DOWN)
    assert [admin.ask(RETRY, submission_id).status for _ in range(2)] == [200, 200]
    world.retry_due()
    assert world.runs_of(submission_id) == 1


def test_sent_one_cannot_be_retried(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD)
    answer = admin.ask(RETRY, submission_id)
    assert (answer.status, answer.body["error"]) == (409, "conflict")
    assert world.retry_due().attempted == 0


def _cut_off(world: World) -> str:
    world.post(HOLD)
    with world.watch(Calls((2, "before"))), pytest.raises(ProcessStoppedError):
        world.post(HOLD)
    return next(world.submissions.backlog([HOLD])).submission_id


def test_pending_one_can_be_retried_once_its_lease_has_lapsed(world: World, admin: Admin) -> None:
    submission_id = _cut_off(world)
    assert admin.ask(RETRY, submission_id).status == 409
    world.clock.advance(seconds=90)
    assert admin.ask(RETRY, submission_id).status == 200
    world.retry_due()
    assert world.runs_of(submission_id) == 1


def test_one_that_is_being_sent_cannot_be_retried(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD, fault=DOWN)
    world.form_sending.attempts.claim(world.stored(submission_id), "a run")
    assert admin.ask(RETRY, submission_id).status == 409


@pytest.mark.parametrize(
    ("body", "matched"),
    [
        ({}, 6),
        ({"formType": "hold"}, 3),
        ({"larkStatus": "failed"}, 4),
        ({"larkStatus": "dead"}, 2),
        ({"formType": "hold", "larkStatus": "dead"}, 1),
        ({"formType": "transfer"}, 0),
    ],
)
def test_filter_decides_what_is_retried(
    world: World, admin: Admin, body: dict[str, str], matched: int
) -> None:
    post(world, HOLD, HOLD, CHANGE, CHANGE, fault=DOWN)
    post(world, HOLD, CHANGE, fault=REFUSED)
    post(world, *FormType)
    before = len(world.lark.runs)
    assert admin.retry_all(**body, dryRun=True).body == {"dryRun": True, "matched": matched, "cursor": None}
    answer = admin.retry_all(**body)
    assert answer.body == {"dryRun": False, "retried": matched, "skipped": 0, "cursor": None}
    assert world.retry_due().attempted == matched
    assert len(world.lark.runs) - before == matched


def test_dry_run_only_counts(world: World, admin: Admin) -> None:
    ids = post(world, HOLD, HOLD, fault=REFUSED)
    stored = [world.stored(one) for one in ids]
    with world.watch() as calls:
        counted = admin.retry_all(dryRun=True, limit=1).body
    assert counted == {"dryRun": True, "matched": 2, "cursor": None}
    assert calls.made.count("dynamodb UpdateItem") == len(["note the key's use"])
    assert [world.stored(one) for one in ids] == stored
    assert world.retry_due().attempted == 0


def test_retry_of_many_goes_on_where_it_stopped(world: World, admin: Admin) -> None:
    ids = post(world, HOLD, CHANGE, HOLD, CHANGE, HOLD, fault=REFUSED)
    answers, cursor = [], {}
    while cursor is not None:
        answer = admin.retry_all(limit=2, **cursor).body
        answers.append((answer["retried"], answer["skipped"]))
        cursor = {"cursor": answer["cursor"]} if answer["cursor"] else None
    assert answers == [(2, 0), (2, 0), (1, 0)]
    assert {world.stored(one).status for one in ids} == {FAILED}


def test_retry_of_many_starts_with_the_newest(world: World, admin: Admin) -> None:
    newest, *others = post(world, HOLD, CHANGE, HOLD, fault=REFUSED)
    admin.retry_all(limit=1)
    assert world.stored(newest).status == FAILED
    assert {world.stored(one).status for one in others} == {DEAD}


class _OnceListed(Calls):
    """Lets something happen as soon as a list has been read."""

    def __init__(self, happen: Callable[[], object]) -> None:
        super().__init__()
        self._happen = happen

    def after(self) -> None:
        super().after()
        if self.made[-1] == "dynamodb Query":
            self._happen()


def test_what_moves_on_meanwhile_is_left_alone(world: World, admin: Admin) -> None:
    post(world, HOLD, HOLD, fault=DOWN)
    taken = next(world.submissions.backlog([HOLD]))
    with world.watch(_OnceListed(lambda: world.form_sending.attempts.claim(taken, "a run"))):
        answer = admin.retry_all(formType="hold", larkStatus="failed")
    assert answer.body == {"dryRun": False, "retried": 1, "skipped": 1, "cursor": None}
    assert world.stored(taken.submission_id).lease_owner == "a run"


def test_nothing_to_retry_is_no_fault(admin: Admin) -> None:
    assert admin.retry_all().body == {"dryRun": False, "retried": 0, "skipped": 0, "cursor": None}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"larkStatus": "discarded"}, {"larkStatus"}),
        ({"larkStatus": "pending"}, {"larkStatus"}),
        ({"formType": "party"}, {"formType"}),
        ({"limit": 0}, {"limit"}),
        ({"limit": 501}, {"limit"}),
        ({"dryRun": "true"}, {"dryRun"}),
        ({"dryRun": 1}, {"dryRun"}),
        ({"dry_run": True}, {"dry_run"}),
        ({"dryrun": True, "status": "dead"}, {"dryrun", "status"}),
    ],
)
def test_wrong_body_is_400_and_touches_nothing(
    world: World, admin: Admin, body: dict[str, Any], named: set[str]
) -> None:
    ids = post(world, HOLD, fault=REFUSED)
    answer = admin.retry_all(**body)
    assert (answer.status, set(answer.body["fields"])) == (400, named)
    assert world.stored(ids[0]).status == DEAD


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [
        (None, "application/json", 400),
        ("[]", "application/json", 400),
        ("{}", "text/plain", 415),
        ('{"dryRun": true, "dryRun": false}', "application/json", 400),
        (" " * 65_537, "application/json", 413),
    ],
)
def test_retry_of_many_asks_for_a_json_object(
    admin: Admin, body: str | None, type_: str, status: int
) -> None:
    headers = {"x-api-key": admin.key, "content-type": type_}
    assert admin.world.admin(http_event(body, route=RETRY_ALL, headers=headers)).status == status


def test_retry_that_cannot_be_written_is_500(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD, fault=REFUSED)
    with aws_fails("dynamodb", "UpdateItem"):
        assert admin.ask(RETRY, submission_id).status == 500
    assert world.stored(submission_id).status == DEAD
