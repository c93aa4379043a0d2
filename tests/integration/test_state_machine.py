"""Anything may happen in any order, and still: accepted is stored, stored ends sent or dead, Lark holds one.

Hypothesis drives the whole bundle, on simulated time, through posts, outages, lost answers, crashes, clock
jumps, retries by the schedule and by an admin, corrections, robots whose forms are held, and parents who
withdraw a consent.
"""

import itertools
from contextlib import ExitStack
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from larkbridge.ids import derived_id
from larkbridge.lark.limits import CLIENT_TOKEN_WINDOW
from larkbridge.store.codec import from_item
from larkbridge.store.submissions import MARKETING, FormType
from larkbridge.store.work import Status
from larkbridge.store.work_table import to_record
from larkbridge.targets.policies import SUBMISSION
from sandbox.faults import Fault
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.forms import FORMS
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.world import World

TEMPORARY_CODES = [800004509, 800005649, 800005650, 800005652]
FAULTS = st.one_of(
    st.builds(Fault, st.sampled_from(["down", "error_500", "answer_lost"]), times=st.integers(1, 4)),
    st.builds(Fault, st.just("error_code"), st.sampled_from(TEMPORARY_CODES), times=st.integers(1, 4)),
    st.builds(Fault, st.just("slow"), delay_seconds=st.just(9.0), times=st.integers(1, 4)),
)
STOPS = st.none() | st.tuples(st.integers(0, 6), st.sampled_from(["before", "after"]))
FORM_TYPES = st.sampled_from(list(FormType))
WITHDRAW = "POST /v1/submissions/{submissionId}/withdraw-marketing-consent"
GOOD = {
    form_type: FORMS[form_type] | {"marketingConsent": form_type != FormType.TRANSFER}
    for form_type in FormType
}


class Deliveries(RuleBasedStateMachine):
    keys = Bundle("keys")

    @initialize()
    def deploy(self) -> None:
        self.resources = ExitStack()
        self.account = self.resources.enter_context(memory_account())
        self.world = World(SETTINGS)
        self.accepted: set[str] = set()
        self.seen: dict[str, tuple[int, Status]] = {}
        self.replaced: dict[str, int] = {}
        self.withdrawn: dict[str, int] = {}
        self._key_numbers = itertools.count()

    @rule(target=keys, form_type=FORM_TYPES, stop=STOPS)
    def post_form(self, form_type: FormType, stop: Any) -> tuple[FormType, str]:
        key = f"key-{next(self._key_numbers)}"
        self._post(form_type, key, stop)
        return form_type, key

    @rule(target=keys, form_type=FORM_TYPES, stop=STOPS)
    def robot_posts(self, form_type: FormType, stop: Any) -> tuple[FormType, str]:
        key = f"key-{next(self._key_numbers)}"
        self._post(form_type, key, stop, GOOD[form_type] | {"phu_luc": "x"})
        return form_type, key

    @rule(key=keys, stop=STOPS)
    def post_it_again(self, key: tuple[FormType, str], stop: Any) -> None:
        self._post(*key, stop)

    @rule(key=keys)
    def post_other_content_with_its_key(self, key: tuple[FormType, str]) -> None:
        self._post(*key, None, GOOD[key[0]] | {"note": "Nội dung khác"})

    @rule(target=keys, key=keys, stop=STOPS)
    def correct_it(self, key: tuple[FormType, str], stop: Any) -> tuple[FormType, str]:
        form_type, original = key
        corrected = f"key-{next(self._key_numbers)}"
        fields = {"note": corrected, "replaces": derived_id("submission", form_type, original)}
        self._forget_the_given_up()
        self._post(form_type, corrected, stop, GOOD[form_type] | fields)
        return key

    @rule(key=keys, stop=STOPS)
    def parent_withdraws(self, key: tuple[FormType, str], stop: Any) -> None:
        submission_id = derived_id("submission", *key)
        answer = self._run(stop, lambda: self.world.call_admin(WITHDRAW, submission_id=submission_id))
        if answer is not None:
            assert answer.status in (200, 404, 409)
        if answer is not None and answer.status == 200:
            self.withdrawn.setdefault(submission_id, len(self.world.lark.runs))

    @rule(fault=FAULTS)
    def lark_misbehaves(self, fault: Fault) -> None:
        self.world.lark.faults.set(fault)

    @rule()
    def lark_recovers(self) -> None:
        self.world.lark.faults.clear()

    @rule(minutes=st.sampled_from([1, 2, 15, 120, 181, 1440]))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.advance(minutes=minutes)

    @rule(stop=STOPS)
    def schedule_fires(self, stop: Any) -> None:
        self._run(stop, self.world.retry_due)

    @rule()
    def admin_retries_everything(self) -> None:
        retryable = {Status.FAILED, Status.DEAD}
        for one in list(self.world.submissions.listed(FormType, retryable, None)):
            if one.status not in retryable:
                continue
            self.seen[one.submission_id] = (one.attempt_count, Status.FAILED)
        assert self.world.call_admin("POST /v1/submissions/retry", body={}).status == 200

    @rule()
    def admin_sends_everything_again(self) -> None:
        for one in list(self.world.submissions.listed(FormType, {Status.SENT}, None)):
            if one.status == Status.SENT:
                self.seen[one.submission_id] = (one.attempt_count, Status.FAILED)
        body = {"larkStatus": "sent"}
        assert self.world.call_admin("POST /v1/submissions/retry", body=body).status == 200

    @rule(form_type=FORM_TYPES)
    def admin_discards(self, form_type: FormType) -> None:
        self._forget_the_given_up()
        body = {"formType": form_type}
        assert self.world.call_admin("POST /v1/submissions/discard", body=body).status == 200

    @rule()
    def admin_restores(self) -> None:
        body = {"larkStatus": "discarded"}
        assert self.world.call_admin("POST /v1/submissions/restore", body=body).status == 200

    @rule(stop=STOPS)
    def admin_releases(self, stop: Any) -> None:
        body = {"larkStatus": "held"}
        self._run(stop, lambda: self.world.call_admin("POST /v1/submissions/release", body=body))

    @rule(days=st.sampled_from([0, 31]), stop=STOPS)
    def holding_ends(self, days: int, stop: Any) -> None:
        self.world.clock.advance(days=days)
        self._run(stop, self.world.end_holding)

    @invariant()
    def what_is_held_has_never_been_sent(self) -> None:
        for submission_id in self.accepted:
            stored = self.world.stored(submission_id)
            if stored.status == Status.HELD:
                assert (to_record(stored)["dueKey"], stored.expires_at) == (None, None)
                assert self.world.posts_of(submission_id) == 0

    @invariant()
    def what_is_discarded_is_not_sent(self) -> None:
        for submission_id in self.accepted:
            stored = self.world.stored(submission_id)
            if stored.status == Status.DISCARDED:
                assert to_record(stored)["dueKey"] is None
                assert self.world.posts_of(submission_id) <= stored.attempt_count

    @invariant()
    def what_is_replaced_is_not_sent_any_more(self) -> None:
        for submission_id in self.accepted:
            stored = self.world.stored(submission_id)
            if stored.status == Status.REPLACED:
                posts = self.world.posts_of(submission_id)
                assert self.replaced.setdefault(submission_id, posts) == posts
                assert to_record(stored)["dueKey"] is None

    @invariant()
    def traces_are_there_exactly_as_long_as_they_may_be(self) -> None:
        kept = {from_item(item)["submissionId"] for item in self.account.dynamo.items("FormTracesTable")}
        stored = [from_item(item) for item in self.account.dynamo.items("SubmissionsTable")]
        allowed = [
            one["submissionId"]
            for one in stored
            if not {"marketingWithdrawn", "replacedBy"} & one.keys()
            and any(given["kind"] == MARKETING for given in one["consents"])
        ]
        assert kept == {*allowed}

    @invariant()
    def what_is_withdrawn_is_sent_without_it(self) -> None:
        for submission_id, before in self.withdrawn.items():
            sent = [run.payload for run in self.world.lark.runs[before:]]
            after = [one for one in sent if one["submissionId"] == submission_id]
            assert not any(one["marketingConsent"] for one in after)

    @invariant()
    def accepted_is_stored_and_moves_forward(self) -> None:
        for submission_id in self.accepted:
            stored = self.world.stored(submission_id)
            count, status = self.seen.get(submission_id, (0, Status.PENDING))
            assert stored.attempt_count >= count
            if status in (Status.SENT, Status.DEAD):
                assert stored.status == status
            self.seen[submission_id] = (stored.attempt_count, stored.status)

    @invariant()
    def lark_holds_one_within_the_window(self) -> None:
        runs: dict[tuple[str, str], list[float]] = {}
        for run in self.world.lark.runs:
            sending = run.payload["submissionId"], run.payload["resend"]
            runs.setdefault(sending, []).append(run.time)
        for (submission_id, _), times in runs.items():
            gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
            assert all(gap >= CLIENT_TOKEN_WINDOW.total_seconds() for gap in gaps)
            assert not gaps or self.world.stored(submission_id).maybe_duplicate

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.lark.faults.clear()
        self.admin_releases(None)
        self.admin_restores()
        self.world.let_retry_run()
        self.what_is_withdrawn_is_sent_without_it()
        for submission_id in self.accepted:
            stored = self.world.stored(submission_id)
            while stored.status == Status.REPLACED or (
                stored.status == Status.DISCARDED and stored.replaced_by
            ):
                assert stored.replaced_by is not None
                stored = self.world.stored(stored.replaced_by)
            if stored.status == Status.DEAD:
                assert len(stored.attempts) >= SUBMISSION.attempts
            else:
                assert stored.status == Status.SENT
                assert self.world.runs_of(stored.submission_id) >= 1
        self.resources.close()

    def _forget_the_given_up(self) -> None:
        for submission_id, (count, status) in self.seen.items():
            if status == Status.DEAD:
                self.seen[submission_id] = count, Status.FAILED

    def _post(self, form_type: FormType, key: str, stop: Any, fields: Any = None) -> None:
        fields = fields or GOOD[form_type]
        answer = self._run(stop, lambda: self.world.post(form_type, fields, idempotency_key=key))
        if answer is None:
            return
        assert answer.status in (200, 409)
        if answer.status == 200:
            self.accepted.add(answer.body["submissionId"])

    def _run(self, stop: Any, action: Any) -> Any:
        with self.world.watch(Calls(stop)):
            try:
                return action()
            except ProcessStoppedError:
                self.world.restart()
                return None


Deliveries.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
test_deliveries = Deliveries.TestCase
