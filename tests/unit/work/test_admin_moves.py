"""What a person decides about work: send it again, discard it, restore it."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from larkbridge.clock import from_text, to_text
from larkbridge.errors import ConflictError
from larkbridge.store.submissions import Submission
from larkbridge.store.work import Status
from larkbridge.store.work_table import to_record
from larkbridge.targets.policies import DELIVERY, SUBMISSION
from larkbridge.work import admin_moves, states
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.clock import START
from tests.support.submissions import submission_at

RNG = random.Random(1)
NEW = submission_at(0)
SENT = replace(NEW, status=Status.SENT, next_attempt_at=None, client_token=NEW.id)
FAILED = replace(NEW, status=Status.FAILED)
DISCARDED = replace(NEW, status=Status.DISCARDED, next_attempt_at=None, expires_at=1)
type Move = Callable[..., states.Change]


def moved(submission: Submission, move: Move) -> Submission:
    return replace(submission, **move(submission, SUBMISSION, START).fields)


def test_each_sending_has_a_token_of_its_own() -> None:
    tokens, submission = [SENT.client_token], SENT
    for number in (1, 2, 3):
        submission = moved(submission, admin_moves.send_again)
        assert (submission.resend, states.tries(submission), states.is_due(submission, START)) == (
            number,
            0,
            True,
        )
        tokens.append(submission.client_token)
        submission = replace(submission, status=Status.SENT)
    assert len({*tokens}) == 4


def test_what_is_unknown_of_one_sending_is_not_of_the_next() -> None:
    submission = moved(replace(SENT, first_unknown_at=SENT.submitted_at), admin_moves.send_again)
    later = START + timedelta(days=1)
    assert states.claim(submission, SUBMISSION, "a run", later, RNG).fields["maybe_duplicate"] is False


@pytest.mark.parametrize(
    ("submission", "move"),
    [
        (SENT, admin_moves.discard),
        (DISCARDED, admin_moves.discard),
        (NEW, admin_moves.discard),
        (NEW, admin_moves.send_again),
        (DISCARDED, admin_moves.send_again),
        (DISCARDED, admin_moves.retry_now),
        (SENT, admin_moves.restore),
        (FAILED, admin_moves.restore),
    ],
)
def test_what_cannot_be_moved_is_a_conflict(submission: Submission, move: Move) -> None:
    with pytest.raises(ConflictError):
        moved(submission, move)


def test_discarded_one_is_in_a_queue_of_its_own_and_never_due() -> None:
    discarded = moved(FAILED, admin_moves.discard)
    assert (to_record(discarded)["queue"], to_record(discarded)["dueKey"]) == (
        f"{discarded.form_type}#discarded",
        None,
    )
    assert not states.is_due(discarded, START + timedelta(days=999))
    assert discarded.expires_at == int((START + timedelta(days=30)).timestamp())


def test_attempt_that_was_cut_off_stays_unknown_when_it_is_discarded_and_restored() -> None:
    lapsed = replace(NEW, status=Status.SENDING, attempted_at=to_text(START - timedelta(hours=4)))
    change = admin_moves.discard(lapsed, SUBMISSION, START)
    assert [entry["reason"] for entry in change.attempts] == ["interrupted"]
    restored = moved(replace(lapsed, **change.fields), admin_moves.restore)
    assert states.claim(restored, SUBMISSION, "a run", START, RNG).fields["maybe_duplicate"] is True


def test_restored_one_is_due_and_does_not_expire() -> None:
    restored = moved(DISCARDED, admin_moves.restore)
    assert (restored.status, restored.expires_at, states.tries(restored)) == (Status.FAILED, None, 0)
    assert states.is_due(restored, START)


def test_refusals_have_four_attempts_within_an_hour_and_not_at_once() -> None:
    refused = Outcome(verdict=Verdict.RETRY, reason="http_404", http_status=404, refused=True)
    for seed in range(50):
        rng, now, work, attempts = random.Random(seed), START, NEW, 1
        while True:
            change = states.record(work, DELIVERY, refused, now, rng)
            work = replace(work, **change.fields)
            if work.status == Status.DEAD:
                break
            now = from_text(work.next_attempt_at or "")
            work = replace(work, attempt_count=work.attempt_count + 1)
            attempts += 1
        assert attempts == 4
        assert timedelta(minutes=25) < now - START <= timedelta(minutes=54)


def test_refusals_count_in_a_row_whatever_came_before() -> None:
    work = replace(NEW, attempt_count=9, refused_count=0)
    refused = Outcome(verdict=Verdict.RETRY, reason="http_404", refused=True)
    down = Outcome(verdict=Verdict.RETRY, reason="http_503")
    assert states.record(work, DELIVERY, refused, START, RNG).fields["refused_count"] == 1
    third = replace(work, refused_count=3)
    assert states.record(third, DELIVERY, down, START, RNG).fields["refused_count"] == 0
    assert states.record(third, DELIVERY, refused, START, RNG).fields["status"] == Status.DEAD


def test_refusal_waits_as_long_as_it_asks() -> None:
    refused = Outcome(verdict=Verdict.RETRY, reason="http_404", refused=True, retry_after=3600)
    waiting = states.record(NEW, DELIVERY, refused, START, RNG).fields
    assert waiting["next_attempt_at"] == to_text(START + timedelta(hours=1))
