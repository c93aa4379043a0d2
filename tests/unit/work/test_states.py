"""The delivery state machine: forward only, every attempt numbered, honest about what it does not know."""

import random
from copy import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.clock import from_text, to_text
from larkbridge.errors import ConflictError
from larkbridge.store.submissions import STATUSES, Submission
from larkbridge.store.work import DONE, FINAL, Status
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work import admin_moves, states
from larkbridge.work.outcome import QUOTA_USED_UP, RATE_LIMITED, Outcome, Verdict
from larkbridge.work.policy import Policy
from tests.support.clock import START
from tests.support.submissions import submission_at
from tests.unit.work.test_backoff import Always

OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN
PENDING, SENDING, SENT, FAILED, DEAD, *_ = STATUSES
POLICY = SUBMISSION
FOR_EVER = replace(POLICY, token_window=None)
WINDOW = timedelta(hours=3)
TICK = timedelta(milliseconds=1)
NEW = submission_at(0)


def applied(submission: Submission, change: states.Change) -> Submission:
    """Return the submission as the store has it after a change."""
    return replace(submission, **change.fields, attempts=[*submission.attempts, *change.attempts])


def ended(
    submission: Submission,
    verdict: Verdict,
    now: datetime = START,
    *,
    reason: str = "",
    retry_after: float | None = None,
    policy: Policy = POLICY,
) -> Submission:
    outcome = Outcome(verdict=verdict, reason=reason or f"for {verdict}", retry_after=retry_after)
    return applied(submission, states.record(submission, policy, outcome, now, random.Random(1)))


def claimed(
    submission: Submission, now: datetime, rng: random.Random | None = None, policy: Policy = POLICY
) -> Submission:
    change = states.claim(submission, policy, "the retry job", now, rng or random.Random(1))
    return applied(submission, change)


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
    assert (sent.last_error, sent.sent_at) == (None, failed.next_attempt_at)


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
    held = claimed(ended(NEW, RETRY), START, Always(0.0))
    assert (held.status, held.lease_owner) == (SENDING, "the retry job")
    assert not states.is_due(held, START + timedelta(seconds=75))
    assert states.is_due(held, START + POLICY.lease + POLICY.waits[held.attempt_count - 1])


def test_cut_off_attempt_is_in_the_history_as_unknown() -> None:
    taken_over = claimed(NEW, due_at(NEW))
    (entry,) = taken_over.attempts
    assert (entry["number"], entry["verdict"], entry["reason"]) == (1, "unknown", "interrupted")
    assert taken_over.first_unknown_at == NEW.attempted_at


def test_cut_off_attempt_that_was_the_last_one_stays_unknown_for_whoever_retries_it() -> None:
    last = claimed(failed_times(11), START)
    dead = claimed(last, due_at(last))
    assert (dead.status, dead.first_unknown_at) == (DEAD, last.attempted_at)
    late = START + timedelta(days=9)
    assert claimed(applied(dead, admin_moves.retry_now(dead, POLICY, late)), late).maybe_duplicate


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
        admin_moves.retry_now(submission, POLICY, START)


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
    retried = applied(submission, admin_moves.retry_now(submission, POLICY, now))
    assert retried.status == status
    assert states.is_due(retried, now)
    left = 0
    while retried.status != DEAD:
        retried = ended(claimed(retried, now), RETRY, now)
        left += 1
    assert left == 12


def test_waits_start_anew_after_an_admins_retry() -> None:
    retried = applied(failed_times(12), admin_moves.retry_now(failed_times(12), POLICY, START))
    again = ended(claimed(retried, START), RETRY, START)
    assert due_at(again) <= START + timedelta(minutes=1)


LIMITED = replace(POLICY, attempts=3, throttled_for=timedelta(hours=6), retention=timedelta(days=30))
"""Few enough that each limit is reached."""
THROTTLED = {"too fast": RATE_LIMITED, "used up": QUOTA_USED_UP}
DEADLINE = START + timedelta(days=2)

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["record", *THROTTLED, "claim", "cut off", "retry now", "restart"]),
        st.sampled_from(Verdict),
        st.sampled_from([0, 5, 100, 4_000, 20_000, 200_000]),
    ),
    max_size=60,
)


def _step(submission: Submission, action: str, verdict: Verdict, now: datetime) -> Submission:
    """Do what is asked if anybody would do it in this state."""
    under_way = submission.status in (PENDING, SENDING)
    lapsed = states.is_due(submission, now)
    if action in ("record", *THROTTLED) and under_way and not lapsed:
        reason = THROTTLED.get(action, "")
        return ended(submission, RETRY if reason else verdict, now, reason=reason, policy=LIMITED)
    if action in ("claim", "cut off") and lapsed:
        return claimed(submission, now, policy=LIMITED)
    if action == "retry now" and submission.status in (FAILED, DEAD):
        return applied(submission, admin_moves.retry_now(submission, LIMITED, now))
    if action == "restart" and submission.status in FINAL:
        return applied(submission, states.restart(submission, LIMITED, now))
    return submission


def _check_move(before: Submission, after: Submission, action: str) -> None:
    """Check what holds of every move that changes something."""
    asked = action in ("retry now", "restart")
    assert before.status not in DONE or action == "restart"
    assert after.status != PENDING or before.status == PENDING
    assert after.status == before.status or before.status != DEAD or asked
    assert after.attempt_count - before.attempt_count in (0, 1)
    assert after.maybe_duplicate >= before.maybe_duplicate
    assert before.first_unknown_at in (None, after.first_unknown_at)
    if asked:
        assert (states.tries(after), after.throttled_count, after.throttled_since, after.give_up_at) == (
            0,
            0,
            None,
            None,
        )
    else:
        assert after.give_up_at == before.give_up_at
    if action in THROTTLED and after.status == FAILED:
        assert (states.tries(after), after.throttled_count) == (
            states.tries(before) - 1,
            before.throttled_count + 1,
        )
        assert (after.throttled_since is not None) == (action == "too fast")


def _check_state(work: Submission, now: datetime) -> None:
    """Check what holds of the work at every moment."""
    assert (work.next_attempt_at is None) == (work.status in FINAL)
    assert (work.sent_at is not None) == (work.status in DONE)
    assert (work.lease_owner is not None) == (work.status in (PENDING, SENDING))
    assert work.status in FINAL or work.expires_at is None
    assert work.expires_at is None or work.expires_at >= (now + timedelta(days=1)).timestamp() - 1
    assert states.tries(work) <= LIMITED.attempts
    ended_attempts = work.attempt_count - (work.status in (PENDING, SENDING))
    assert [one["number"] for one in work.attempts] == list(range(1, ended_attempts + 1))
    if work.status == FAILED and work.give_up_at is not None:
        assert (work.next_attempt_at or "") < work.give_up_at
    if work.status == FAILED and work.throttled_since is not None:
        assert now < from_text(work.throttled_since) + LIMITED.throttled_for


@given(steps=STEPS, give_up_at=st.sampled_from([None, to_text(DEADLINE)]))
def test_whatever_happens_it_only_moves_forward(
    steps: list[tuple[str, Verdict, int]], give_up_at: str | None
) -> None:
    before, now = replace(NEW, give_up_at=give_up_at), START
    for action, verdict, seconds in steps:
        after = _step(before, action, verdict, now)
        if after != before:
            _check_move(before, after, action)
            _check_state(after, now)
        before, now = after, now + timedelta(seconds=seconds)


def test_too_fast_uses_up_no_attempt() -> None:
    work, now = NEW, START
    for _ in range(40):
        work = ended(work, RETRY, now, reason=RATE_LIMITED)
        now = due_at(work)
        work = claimed(work, now)
    assert (work.status, states.tries(work), work.throttled_count) == (SENDING, 1, 40)


@pytest.mark.parametrize(("asked", "waits"), [(None, 1), (0.5, 0.5), (30, 30), (10**9, 48 * 3600)])
def test_too_fast_waits_for_as_long_as_the_other_side_says(asked: float | None, waits: float) -> None:
    waiting = ended(NEW, RETRY, reason=RATE_LIMITED, retry_after=asked)
    assert due_at(waiting) == START + timedelta(seconds=waits)


@pytest.mark.parametrize(
    ("passed", "status"), [(POLICY.throttled_for - TICK, FAILED), (POLICY.throttled_for, DEAD)]
)
def test_seven_days_of_nothing_but_too_fast_end_it(passed: timedelta, status: Status) -> None:
    waiting = ended(NEW, RETRY, reason=RATE_LIMITED)
    last = ended(claimed(waiting, START + passed), RETRY, START + passed, reason=RATE_LIMITED)
    assert last.status == status


def test_another_answer_starts_the_seven_days_anew() -> None:
    waiting = ended(NEW, RETRY, reason=RATE_LIMITED)
    other = ended(claimed(waiting, due_at(waiting)), RETRY, START + timedelta(days=6))
    assert other.throttled_since is None
    late = START + timedelta(days=8)
    assert ended(claimed(other, late), RETRY, late, reason=RATE_LIMITED).status == FAILED


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (datetime(2026, 9, 30, 16, 59, 59, tzinfo=UTC), datetime(2026, 9, 30, 17, tzinfo=UTC)),
        (datetime(2026, 9, 30, 17, tzinfo=UTC), datetime(2026, 10, 31, 17, tzinfo=UTC)),
        (datetime(2026, 12, 31, 18, tzinfo=UTC), datetime(2027, 1, 31, 17, tzinfo=UTC)),
        (datetime(2027, 1, 31, 3, tzinfo=UTC), datetime(2027, 1, 31, 17, tzinfo=UTC)),
    ],
)
def test_used_up_quota_waits_until_the_month_ends_in_vietnam(now: datetime, ends: datetime) -> None:
    waiting = ended(NEW, RETRY, now, reason=QUOTA_USED_UP)
    assert (waiting.status, due_at(waiting)) == (FAILED, ends)
    assert states.tries(waiting) == 0


def test_what_is_too_late_is_not_attempted_and_says_so() -> None:
    late = replace(ended(NEW, RETRY), give_up_at=to_text(DEADLINE))
    assert claimed(late, DEADLINE - TICK).status == SENDING
    dead = claimed(late, DEADLINE)
    assert (dead.status, dead.last_error, dead.attempt_count) == (DEAD, {"reason": "too_late"}, 1)


def test_last_attempt_before_the_deadline_says_why_it_was_given_up() -> None:
    held = replace(NEW, give_up_at=to_text(START + timedelta(minutes=5)))
    dead = ended(held, RETRY, retry_after=300)
    assert (dead.status, dead.last_error) == (DEAD, {"reason": "for retry"})
    assert ended(held, RETRY, retry_after=299).status == FAILED


def test_admins_retry_knows_no_deadline() -> None:
    dead = claimed(replace(ended(NEW, RETRY), give_up_at=to_text(DEADLINE)), DEADLINE)
    retried = applied(dead, admin_moves.retry_now(dead, POLICY, DEADLINE))
    assert claimed(retried, DEADLINE).status == SENDING


@pytest.mark.parametrize(("kept_from", "days"), [("end", 39), ("start", 30)])
def test_kept_from_its_end_or_from_when_it_was_stored(kept_from: Any, days: int) -> None:
    policy = replace(LIMITED, kept_from=kept_from)
    done = ended(NEW, OK, START + timedelta(days=9), policy=policy)
    assert done.expires_at == int((START + timedelta(days=days)).timestamp())


def test_what_ends_late_is_kept_for_a_day() -> None:
    ends = START + timedelta(days=99)
    done = ended(NEW, OK, ends, policy=replace(LIMITED, kept_from="start"))
    assert done.expires_at == int((ends + timedelta(days=1)).timestamp())


def test_times_are_text_that_sorts() -> None:
    held = claimed(ended(NEW, RETRY), START)
    assert held.attempted_at == to_text(START)
    assert held.next_attempt_at is not None
    assert held.next_attempt_at > to_text(START + POLICY.lease)


def test_admin_can_hurry_an_attempt_that_was_cut_off_once_its_lease_is_over() -> None:
    held = claimed(failed_times(8), START)
    assert not states.is_due(held, START + POLICY.lease)
    with pytest.raises(ConflictError):
        admin_moves.retry_now(held, POLICY, START + POLICY.lease - TICK)
    hurried = applied(held, admin_moves.retry_now(held, POLICY, START + POLICY.lease))
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
    assert (anew.status, anew.sent_at, anew.lease_owner) == (Status.RECEIVED, None, None)
    assert states.is_due(anew, now)
    assert ended(claimed(anew, now), OK, now).status == SENT
    assert states.tries(anew) == 0


def test_restart_leaves_an_attempt_alone_that_is_under_way() -> None:
    held = claimed(failed_times(3), START)
    with pytest.raises(ConflictError):
        states.restart(held, POLICY, START + POLICY.lease - TICK)


def test_token_that_is_remembered_for_ever_makes_no_duplicate() -> None:
    years_later = START + timedelta(days=1_000)
    again = states.claim(ended(NEW, UNKNOWN), FOR_EVER, "the retry job", years_later, random.Random(1))
    assert again.fields["maybe_duplicate"] is False
