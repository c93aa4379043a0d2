"""Lets one thing happen in the middle of another, at every call it makes: nothing is sent twice."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from larkbridge.ids import derived_id
from larkbridge.store.submissions import STATUSES, FormType, Submission
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.aws import create_tables
from tests.support.calls import Calls
from tests.support.forms import FORMS
from tests.support.world import World

type Action = Callable[[World], object]

ORIGINAL = derived_id("submission", FormType.HOLD, "original")
"""The id of the form that is corrected."""


@dataclass
class Interrupted(Calls):
    """Lets `meanwhile` happen just before call number `at`."""

    at: int = 0
    meanwhile: Callable[[], object] = lambda: None
    happened: bool = False

    def before(self, name: str) -> None:
        if len(self.made) == self.at and not self.happened:
            self.happened = True
            self.meanwhile()
        super().before(name)


def post(world: World) -> None:
    assert world.post(FormType.HOLD, idempotency_key="double-click").body["ok"] is True


def retry(world: World) -> None:
    world.retry_due()


def admin_retries(world: World) -> None:
    world.call_admin("POST /v1/submissions/retry", body={})


def nothing(_: World) -> None:
    """Start from an empty table."""


def backlog(world: World) -> None:
    """Leave three failed submissions whose time has come."""
    world.lark.faults.set(Fault("down", times=3))
    for form_type in (FormType.CHANGE, FormType.TRANSFER, FormType.HOLD):
        world.post(form_type)
    world.clock.advance(minutes=10)


def original(world: World) -> None:
    """Post a form, which may be the first time."""
    world.post(FormType.HOLD, idempotency_key="original")


def failed_original(world: World) -> None:
    """Leave a form that Lark did not get and whose time has come."""
    world.lark.faults.set(Fault("down", times=1))
    original(world)
    world.clock.advance(minutes=10)


def correct(world: World, key: str = "corrected") -> None:
    """Send the form again as somebody has corrected it."""
    fields = FORMS[FormType.HOLD] | {"reason": f"Sửa: {key}", "replaces": ORIGINAL, "submissionKey": key}
    assert world.post(FormType.HOLD, fields).body["ok"] is True


def correct_otherwise(world: World) -> None:
    """Correct the same form in another tab."""
    correct(world, "corrected in another tab")


def held_correction(world: World) -> None:
    """Leave a form that Lark did not get, and its correction, which is held."""
    failed_original(world)
    fields = FORMS[FormType.HOLD] | {"reason": "Sửa", "replaces": ORIGINAL, "phu_luc": "robot"}
    assert world.post(FormType.HOLD, fields).body["ok"] is True
    world.clock.advance(minutes=10)


def correct_the_held_one(world: World) -> None:
    """Correct the correction, which is held or was let go."""
    (held,) = [one.id for one in world.submissions.listed(FormType, set(STATUSES), None) if one.held_for]
    fields = FORMS[FormType.HOLD] | {"reason": "Ba", "replaces": held, "submissionKey": "third"}
    assert world.post(FormType.HOLD, fields).body["ok"] is True


def admin_discards_the_held_one(world: World) -> None:
    world.call_admin("POST /v1/submissions/discard", body={"larkStatus": "held"})


def admin_releases(world: World) -> None:
    world.call_admin("POST /v1/submissions/release", body={"larkStatus": "held"})


def admin_discards(world: World) -> None:
    world.call_admin("POST /v1/submissions/discard", body={"ids": [ORIGINAL]})


@pytest.mark.parametrize("lark_is_down", [False, True])
@pytest.mark.parametrize(
    ("prepare", "action", "meanwhile"),
    [
        (failed_original, correct, retry),
        (failed_original, retry, correct),
        (failed_original, correct, admin_retries),
        (failed_original, admin_retries, correct),
        (failed_original, correct, admin_discards),
        (failed_original, correct, correct),
        (failed_original, correct, correct_otherwise),
        (held_correction, admin_releases, retry),
        (held_correction, retry, admin_releases),
        (held_correction, admin_releases, admin_retries),
        (held_correction, admin_releases, admin_discards),
        (held_correction, admin_releases, admin_releases),
        (held_correction, correct_the_held_one, retry),
        (held_correction, retry, correct_the_held_one),
        (held_correction, correct_the_held_one, admin_releases),
        (held_correction, admin_releases, correct_the_held_one),
        (held_correction, correct_the_held_one, admin_discards_the_held_one),
        (held_correction, correct_the_held_one, admin_discards),
        (held_correction, correct_the_held_one, correct_the_held_one),
        (held_correction, correct_the_held_one, correct_otherwise),
        (original, correct, correct_otherwise),
        (nothing, original, correct),
    ],
)
def test_of_a_form_and_its_correction_the_last_one_is_sent_and_the_first_once_at_most(
    environ: dict[str, str], prepare: Action, action: Action, meanwhile: Action, *, lark_is_down: bool
) -> None:
    at, happened = 0, True
    while happened:
        world = World(environ | create_tables())
        prepare(world)
        if lark_is_down:
            world.lark.faults.set(Fault("down", times=2))
        calls = Interrupted(at=at, meanwhile=lambda world=world: meanwhile(world))
        with world.watch(calls):
            action(world)
        happened = calls.happened
        if not happened:
            meanwhile(world)
        world.let_retry_run()
        submissions = {
            one.submission_id: one for one in world.submissions.listed(FormType, set(STATUSES), None)
        }
        for one in submissions.values():
            runs = world.runs_of(one.submission_id)
            assert (one.status, runs) in ((Status.SENT, 1), (Status.REPLACED, 0), (Status.DISCARDED, 0)), at
            assert not one.maybe_duplicate, at
            assert not _attempted_after_it_was_replaced(world, one.submission_id), at
        assert _last(world, ORIGINAL).status == Status.SENT or ORIGINAL not in submissions, at
        remaining = [one for one in submissions if not world.stored(one).replaced_by]
        assert len(remaining) == 1 or prepare is nothing, at
        at += 1
    assert at > 2, "hardly any call was interrupted"


def _attempted_after_it_was_replaced(world: World, submission_id: str) -> bool:
    stored = world.stored(submission_id)
    if not stored.replaced_by:
        return False
    newer = world.stored(stored.replaced_by)
    since = newer.released_at or newer.submitted_at
    return any(attempt["startedAt"] > since for attempt in stored.attempts)


def _last(world: World, submission_id: str) -> Submission:
    """Return the one that nothing has taken the place of."""
    stored = world.stored(submission_id)
    return _last(world, stored.replaced_by) if stored.replaced_by else stored


@pytest.mark.parametrize(
    ("prepare", "action", "meanwhile"),
    [
        (backlog, retry, retry),
        (backlog, retry, post),
        (backlog, retry, admin_retries),
        (backlog, admin_retries, retry),
        (backlog, post, retry),
        (nothing, post, post),
        (nothing, post, retry),
    ],
)
def test_each_submission_is_sent_once(
    environ: dict[str, str], prepare: Action, action: Action, meanwhile: Action
) -> None:
    at, happened = 0, True
    while happened:
        world = World(environ | create_tables())
        prepare(world)
        calls = Interrupted(at=at, meanwhile=lambda world=world: meanwhile(world))
        with world.watch(calls):
            action(world)
        happened = calls.happened
        world.let_retry_run()
        submissions = list(world.submissions.listed(FormType, set(STATUSES), None))
        assert submissions
        for one in submissions:
            assert one.status == Status.SENT, at
            assert world.runs_of(one.submission_id) == 1, at
            assert world.posts_of(one.submission_id) == 1, at
            assert not one.maybe_duplicate, at
        at += 1
    assert at > 4, "hardly any call was interrupted"
