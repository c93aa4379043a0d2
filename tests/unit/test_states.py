"""The delivery state machine: forward only, every attempt numbered, honest about what it does not know."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.clock import from_text, to_text
from larkbridge.errors import ConflictError
from larkbridge.outbox import backoff, states
from larkbridge.outbox.policy import SUBMISSION
from larkbridge.outcome import Outcome, Verdict
from larkbridge.store.submissions import STATUSES, Submission
from larkbridge.store.work import DONE, FINAL, Status
from tests.support.clock import START
from tests.support.submissions import submission_at

OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN
PENDING, SENDING, SENT, FAILED, DEAD = STATUSES
POLICY = SUBMISSION
FOR_EVER = replace(POLICY, token_window=None)
WINDOW = timedelta(hours=3)
TICK = timedelta(milliseconds=1)
NEW = submission_at(0)
RNG = random.Random(1)


def applied(submission: Submission, change: states.Change) -> Submission:
    """Return the submission as the store has it after a change."""
    return replace(submission, **change.fields, attempts=submission.attempts + change.attempts)


def ended(submission: Submission, verdict: Verdict, now: datetime = START, **details: float) -> Submission:
    outcome = Outcome(verdict=verdict, reason=f"for {verdict}", retry_after=details.get("retry_after"))
    return applied(submission, states.record(submission, POLICY, outcome, now, RNG))


def claimed(submission: Submission, now: datetime) -> Submission:
    return applied(submission, states.claim(submission, POLICY, "the retry job", now, RNG))


def due_at(submission: Submission) -> datetime:
    assert submission.next_attempt_at is not None
    return from_text(submission.next_attempt_at)


def failed_times(times: int, verdict: Verdict = RETRY) -> Submission:
    """Return a submission after so many attempts that failed, each made when it was due."""
    submission = ended(NEW, verdict)
    for _ in range(times - 1):
        now = due_at(submission)
        submission = ended(claimed(submission, now), verdict, now)
    return submission


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (OK, SENT),
        (Verdict.IGNORED, Status.IGNORED),
        (RETRY, FAILED),
        (UNKNOWN, FAILED),
        (REJECT, DEAD),
    ],
)
def test_verdict_decides_the_status(verdict: Verdict, status: Status) -> None:
    assert ended(NEW, verdict).status == status


@pytest.mark.parametrize("verdict", [RETRY, UNKNOWN])
def test_the_twelfth_failure_is_death(verdict: Verdict) -> None:
    assert failed_times(11, verdict).status == FAILED
    dead = failed_times(12, verdict)
    assert (dead.status, dead.next_attempt_at) == (DEAD, None)


def test_the_twelfth_attempt_may_still_succeed() -> None:
    submission = failed_times(11)
    assert ended(claimed(submission, due_at(submission)), OK).status == SENT


def test_failure_says_why_until_it_is_sent() -> None:
    failed = ended(NEW, RETRY)
    assert failed.last_error == {"reason": "for retry"}
    sent = ended(claimed(failed, due_at(failed)), OK, due_at(failed))
    assert (sent.last_error, sent.done_at) == (None, failed.next_attempt_at)


@pytest.mark.parametrize("seconds", [0.5, 60, 3600])
def test_retry_waits_as_long_as_lark_asked(seconds: float) -> None:
    waiting = ended(NEW, RETRY, retry_after=seconds)
    assert due_at(waiting) >= START + timedelta(seconds=seconds)
    assert not states.is_due(waiting, START + timedelta(seconds=seconds) - TICK)


@pytest.mark.parametrize("verdict", [OK, REJECT])
def test_what_is_final_is_never_due(verdict: Verdict) -> None:
    assert not states.is_due(ended(NEW, verdict), START + timedelta(days=999))


def test_new_one_is_its_own_requests_until_the_lease_lapses() -> None:
    assert not states.is_due(NEW, due_at(NEW) - TICK)
    assert states.is_due(NEW, due_at(NEW))


def test_claim_holds_longer_than_a_function_lives() -> None:
    held = claimed(ended(NEW, RETRY), START)
    assert (held.status, held.lease_owner) == (SENDING, "the retry job")
    assert not states.is_due(held, START + timedelta(seconds=75))
    assert states.is_due(held, START + POLICY.lease + backoff.ceiling(held.attempt_count))


def test_cut_off_attempt_is_in_the_history_as_unknown() -> None:
    taken_over = claimed(NEW, due_at(NEW))
    (entry,) = taken_over.attempts
    assert (entry["number"], entry["verdict"], entry["reason"]) == (1, "unknown", "interrupted")
    assert taken_over.first_unknown_at == NEW.attempted_at


@pytest.mark.parametrize("verdict", [RETRY, REJECT, OK])
def test_known_outcome_leaves_nothing_unknown(verdict: Verdict) -> None:
    assert ended(NEW, verdict).first_unknown_at is None


def test_the_first_unknown_attempt_is_the_one_remembered() -> None:
    submission = failed_times(6, UNKNOWN)
    assert submission.first_unknown_at == NEW.attempted_at
    again = claimed(claimed(submission, due_at(submission)), due_at(submission) + POLICY.lease)
    assert again.first_unknown_at == NEW.attempted_at


@pytest.mark.parametrize(
    ("since_first_unknown", "maybe"),
    [
        (timedelta(minutes=1), False),
        (WINDOW - POLICY.margin - TICK, False),
        (WINDOW - POLICY.margin, True),
        (WINDOW, True),
        (timedelta(days=3), True),
    ],
)
@pytest.mark.parametrize("unknown", [ended(NEW, UNKNOWN), NEW], ids=["no answer", "cut off"])
def test_duplicate_is_possible_once_lark_may_have_forgotten(
    unknown: Submission, since_first_unknown: timedelta, maybe: bool
) -> None:
    assert claimed(unknown, START + since_first_unknown).maybe_duplicate is maybe


def test_duplicate_is_impossible_while_every_outcome_is_known() -> None:
    submission = failed_times(11)
    assert not claimed(submission, START + timedelta(days=3)).maybe_duplicate


def test_duplicate_stays_possible() -> None:
    late = claimed(ended(NEW, UNKNOWN), START + WINDOW)
    assert ended(late, OK).maybe_duplicate
    assert claimed(ended(late, RETRY), START + WINDOW).maybe_duplicate


@pytest.mark.parametrize(
    ("submission", "why"),
    [(ended(NEW, OK), "sent"), (NEW, "under way"), (claimed(ended(NEW, RETRY), START), "under way")],
    ids=["sent", "pending", "sending"],
)
def test_admin_cannot_retry_what_is_sent_or_under_way(submission: Submission, why: str) -> None:
    with pytest.raises(ConflictError, match=why):
        states.retry_now(submission, POLICY, START)


@pytest.mark.parametrize(
    ("submission", "status"),
    [
        (failed_times(3), FAILED),
        (failed_times(12), FAILED),
        (ended(NEW, REJECT), FAILED),
        (NEW, PENDING),
        (claimed(ended(NEW, RETRY), START), SENDING),
    ],
    ids=["failed", "dead", "rejected", "lapsed pending", "lapsed sending"],
)
def test_admins_retry_is_due_at_once_and_twelve_times(submission: Submission, status: Status) -> None:
    now = START + timedelta(days=9)
    retried = applied(submission, states.retry_now(submission, POLICY, now))
    assert retried.status == status
    assert states.is_due(retried, now)
    left = 0
    while retried.status != DEAD:
        retried = ended(claimed(retried, now), RETRY, now)
        left += 1
    assert left == 12


def test_waits_start_anew_after_an_admins_retry() -> None:
    retried = applied(failed_times(12), states.retry_now(failed_times(12), POLICY, START))
    again = ended(claimed(retried, START), RETRY, START)
    assert due_at(again) <= START + timedelta(minutes=1)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["record", "claim", "cut off", "retry now"]),
        st.sampled_from(Verdict),
        st.sampled_from([0, 5, 100, 4_000, 200_000]),
    ),
    max_size=60,
)


def _step(submission: Submission, action: str, verdict: Verdict, now: datetime) -> Submission:
    """Do what is asked if anybody would do it in this state."""
    under_way = submission.status in (PENDING, SENDING)
    lapsed = states.is_due(submission, now)
    if action == "record" and under_way and not lapsed:
        return ended(submission, verdict, now)
    if action in ("claim", "cut off") and lapsed:
        return claimed(submission, now)
    if action == "retry now" and submission.status in (FAILED, DEAD):
        return applied(submission, states.retry_now(submission, POLICY, now))
    return submission


@given(steps=STEPS)
def test_whatever_happens_it_only_moves_forward(steps: list[tuple[str, Verdict, int]]) -> None:
    before, now = NEW, START
    for action, verdict, seconds in steps:
        after = _step(before, action, verdict, now)
        assert after == before or before.status not in DONE
        assert after.status != PENDING or before.status == PENDING
        assert after.status == before.status or before.status != DEAD or action == "retry now"
        assert after.attempt_count - before.attempt_count in (0, 1)
        assert after.maybe_duplicate >= before.maybe_duplicate
        assert before.first_unknown_at in (None, after.first_unknown_at)
        assert (after.next_attempt_at is None) == (after.status in FINAL)
        assert (after.done_at is not None) == (after.status in DONE)
        ended_attempts = after.attempt_count - (after.status in (PENDING, SENDING))
        assert [one["number"] for one in after.attempts] == list(range(1, ended_attempts + 1))
        before, now = after, now + timedelta(seconds=seconds)


def test_times_are_text_that_sorts() -> None:
    held = claimed(ended(NEW, RETRY), START)
    assert held.attempted_at == to_text(START)
    assert held.next_attempt_at is not None
    assert held.next_attempt_at > to_text(START + POLICY.lease)


def test_admin_can_hurry_an_attempt_that_was_cut_off_once_its_lease_is_over() -> None:
    held = claimed(failed_times(8), START)
    assert not states.is_due(held, START + POLICY.lease)
    with pytest.raises(ConflictError):
        states.retry_now(held, POLICY, START + POLICY.lease - TICK)
    hurried = applied(held, states.retry_now(held, POLICY, START + POLICY.lease))
    assert states.is_due(hurried, START + POLICY.lease)


@pytest.mark.parametrize(
    "work",
    [
        ended(NEW, OK),
        ended(NEW, Verdict.IGNORED),
        ended(NEW, RETRY),
        ended(NEW, REJECT),
        claimed(failed_times(11), START),
    ],
    ids=["sent", "ignored", "failed", "dead", "cut off"],
)
def test_restart_begins_anew_whatever_came_before(work: Submission) -> None:
    now = START + timedelta(days=9)
    anew = applied(work, states.restart(work, POLICY, now))
    assert (anew.status, anew.done_at, anew.lease_owner) == (Status.RECEIVED, None, None)
    assert states.is_due(anew, now)
    assert ended(claimed(anew, now), OK, now).status == SENT
    assert anew.tries == 0


def test_restart_leaves_an_attempt_alone_that_is_under_way() -> None:
    held = claimed(failed_times(3), START)
    with pytest.raises(ConflictError):
        states.restart(held, POLICY, START + POLICY.lease - TICK)


def test_token_that_is_remembered_for_ever_makes_no_duplicate() -> None:
    years_later = START + timedelta(days=1_000)
    again = states.claim(ended(NEW, UNKNOWN), FOR_EVER, "the retry job", years_later, RNG)
    assert again.fields["maybe_duplicate"] is False
