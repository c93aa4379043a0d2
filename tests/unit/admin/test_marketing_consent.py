"""A marketing consent is withdrawn once and for good, whatever becomes of the form at the same time."""

from collections.abc import Callable
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.store.marketing_consent import MarketingConsentStore
from larkbridge.store.submissions import FormType, Submission, SubmissionStore
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.admin import GET, RETRY, UNKNOWN_ID, Admin
from tests.support.aws_faults import aws_fails
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.forms import FORMS
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.world import World

HOLD = FormType.HOLD
WITHDRAW = "POST /v1/submissions/{submissionId}/withdraw-marketing-consent"
AGREED = FORMS[HOLD] | {
    "marketingConsent": True,
    "fbp": "fb.1.1795140000000.1098115397",
    "fbc": "fb.1.1795140000000.IwAR2xbFqLzT",
    "utmSource": "facebook",
}


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


def post(world: World, fields: dict[str, Any] = AGREED) -> str:
    """Post a form and return the submission's id."""
    return world.post(HOLD, fields).body["submissionId"]


def traces(account: MemoryAccount) -> int:
    return len(account.dynamo.items("FormTracesTable"))


def test_form_that_came_without_it_has_nothing_to_withdraw(world: World, admin: Admin) -> None:
    assert admin.ask(WITHDRAW, post(world, FORMS[HOLD])).status == 409
    assert admin.ask(WITHDRAW, UNKNOWN_ID).status == 404


def test_withdrawal_deletes_the_traces_at_once_and_says_whose_it_is(
    world: World, admin: Admin, account: MemoryAccount
) -> None:
    submission_id = post(world)
    assert admin.ask(GET, submission_id).body["marketingWithdrawn"] is None
    world.clock.advance(days=3)
    answer = admin.ask(WITHDRAW, submission_id)
    assert answer.status == 200
    assert answer.body == admin.ask(GET, submission_id).body
    assert answer.body["marketingWithdrawn"] == {
        "at": to_text(world.clock.now()),
        "by": "admin",
        "key": "Hà",
        "owner": "centre",
    }
    assert [one["kind"] for one in answer.body["consents"]] == ["processing", "marketing"]
    assert traces(account) == 0


def test_the_first_withdrawal_stays(world: World, admin: Admin) -> None:
    submission_id = post(world)
    first = admin.ask(WITHDRAW, submission_id)
    world.clock.advance(days=1)
    assert admin.ask(WITHDRAW, submission_id).body == first.body


def test_two_at_the_same_time_are_one(world: World) -> None:
    submission_id = post(world)
    store = MarketingConsentStore(world.submissions, world.environ["FORM_TRACES_TABLE"])
    late = _Late(world, lambda: store.withdraw(submission_id, {"by": "parent"}, world.clock.now()))
    late_store = MarketingConsentStore(late, world.environ["FORM_TRACES_TABLE"])
    withdrawn = late_store.withdraw(submission_id, {"by": "admin"}, world.clock.now()).marketing_withdrawn
    assert withdrawn is not None
    assert withdrawn["by"] == "parent"


class _Late(SubmissionStore):
    """A store after whose first answer something else happens."""

    def __init__(self, world: World, between: Callable[[], object]) -> None:
        super().__init__(world.environ["SUBMISSIONS_TABLE"])
        self._between = [between]

    def get(self, work_id: str) -> Submission | None:
        found = super().get(work_id)
        if self._between:
            self._between.pop()()
        return found


def test_a_form_that_has_not_left_goes_out_without_it(world: World, admin: Admin) -> None:
    world.lark.faults.set(Fault("down", times=1))
    submission_id = post(world)
    admin.ask(WITHDRAW, submission_id)
    world.let_retry_run()
    (run,) = world.lark.runs
    assert (run.payload["marketingConsent"], run.payload["fbp"], run.payload["fbc"]) == (False, "", "")
    assert (run.payload["utmSource"], run.payload["studentName"]) == ("facebook", AGREED["studentName"])
    assert run.client_token == submission_id
    assert admin.ask(GET, submission_id).body["payload"] == run.payload


def test_what_lark_has_stays_there_until_it_is_sent_again(world: World, admin: Admin) -> None:
    submission_id = post(world)
    admin.ask(WITHDRAW, submission_id)
    world.let_retry_run()
    assert [run.payload["marketingConsent"] for run in world.lark.runs] == [True]
    world.call_admin(RETRY, body={"again": True}, submission_id=submission_id)
    world.let_retry_run()
    again = world.lark.runs[-1].payload
    assert (again["marketingConsent"], again["fbp"], again["resend"]) == (False, "", "1")


def test_withdrawal_during_an_attempt_takes_nothing_from_its_outcome(world: World, admin: Admin) -> None:
    world.lark.faults.set(Fault("down", times=1))
    submission_id = post(world)
    world.clock.advance(hours=1)
    claimed = world.submissions.change(
        world.stored(submission_id),
        {"status": Status.SENDING, "attempt_count": 2, "lease_owner": "drain"},
        read=True,
    )
    admin.ask(WITHDRAW, submission_id)
    world.submissions.change(claimed, {"status": Status.SENT})
    stored = world.stored(submission_id)
    assert stored.status == Status.SENT
    assert stored.marketing_withdrawn is not None


@pytest.mark.parametrize("side", ["before", "after"])
def test_process_that_ends_in_between_leaves_both_or_neither(
    world: World, admin: Admin, account: MemoryAccount, side: Any
) -> None:
    other, submission_id = post(world), post(world)
    with world.watch() as calls:
        admin.ask(WITHDRAW, other)
    stop = calls.made.index("dynamodb TransactWriteItems"), side
    with world.watch(Calls(stop)), pytest.raises(ProcessStoppedError):
        admin.ask(WITHDRAW, submission_id)
    is_withdrawn = world.stored(submission_id).marketing_withdrawn is not None
    assert (is_withdrawn, traces(account)) == (side == "after", side == "before")
    assert admin.ask(WITHDRAW, submission_id).status == 200
    assert traces(account) == 0


def test_aws_out_of_reach_withdraws_nothing(world: World, admin: Admin, account: MemoryAccount) -> None:
    submission_id = post(world)
    with aws_fails("dynamodb", "TransactWriteItems"):
        assert admin.ask(WITHDRAW, submission_id).status >= 500
    assert world.stored(submission_id).marketing_withdrawn is None
    assert traces(account) == 1
