"""A file that followed a form goes over to the form that corrects it, which cannot show it."""

import pytest

from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.aws_faults import before_next_change, before_next_transaction
from tests.support.file_steps import follow_with_file, post_page, submission_of
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.uploads import JPEG, attachment, link_at_lark, open_link, uploaded
from tests.support.world import World

HOLD = FormType.HOLD


def first_with_file(world: World, account: MemoryAccount) -> str:
    """Post a form and let a file follow it; return the submission's id."""
    confirmation = post_page(world)
    follow_with_file(world, account, confirmation)
    world.send_new()
    return submission_of(confirmation)


def correct(world: World, replaces: str, key: str = "corrected", **changes: str) -> str:
    typed = {"submissionKey": key, "replaces": replaces, "reason": f"Sửa: {key}"}
    return submission_of(post_page(world, **typed | changes))


def has_file(world: World, submission_id: str, file_id: str | None) -> bool:
    shown, link = attachment(world, submission_id), link_at_lark(world, submission_id)
    return shown["fileId"] == file_id and open_link(world, link).status == 302


@pytest.mark.parametrize("lark_is_down", [False, True])
def test_correction_has_the_file_that_followed_the_first(
    world: World, account: MemoryAccount, *, lark_is_down: bool
) -> None:
    if lark_is_down:
        world.lark.faults.set(Fault("down"))
    first = first_with_file(world, account)
    second = correct(world, first)
    third = correct(world, second, "once more")
    world.lark.faults.clear()
    world.send_new()
    world.let_retry_run()

    file_id = world.stored(first).file_id
    assert has_file(world, third, file_id)
    assert [run.payload["attachmentId"] for run in world.lark.runs][-1] == file_id
    assert 'href="tep?' not in post_page(world, submissionKey="once more", reason="Sửa: once more").html


def test_correction_that_has_a_file_keeps_its_own(world: World, account: MemoryAccount) -> None:
    first = first_with_file(world, account)
    own = uploaded(world, account.s3, JPEG, type="image/jpeg", submissionKey="corrected")
    second = correct(world, first, attachmentId=own)
    world.send_new()
    world.let_retry_run()

    assert has_file(world, second, own)


def test_file_that_came_in_the_form_stays_away_when_the_parent_takes_it_out(
    world: World, account: MemoryAccount
) -> None:
    file_id = uploaded(world, account.s3)
    first = submission_of(post_page(world, attachmentId=file_id))
    second = correct(world, first, attachmentId="")

    assert attachment(world, second) is None
    assert link_at_lark(world, second) == ""


def test_held_correction_has_it_once_it_is_let_go(world: World, account: MemoryAccount) -> None:
    first = first_with_file(world, account)
    world.clock.advance(seconds=1)
    second = correct(world, first, phu_luc="robot")
    assert attachment(world, second) is None
    world.call_admin("POST /v1/submissions/release", body={"ids": [second]})
    world.send_new()
    world.let_retry_run()

    assert has_file(world, second, world.stored(first).file_id)


def test_it_stays_when_the_first_form_was_discarded(world: World, account: MemoryAccount) -> None:
    world.lark.faults.set(Fault("down"))
    first = first_with_file(world, account)
    world.call_admin("POST /v1/submissions/discard", body={"ids": [first]})
    world.lark.faults.clear()
    second = correct(world, first)
    world.send_new()
    world.clock.advance(days=31)
    world.sweep()

    assert world.stored(first).status == Status.DISCARDED
    assert has_file(world, second, world.stored(second).file_id)


@pytest.mark.parametrize("lark_is_down", [False, True])
def test_file_and_correction_that_come_at_once_find_each_other(
    world: World, account: MemoryAccount, *, lark_is_down: bool
) -> None:
    """The file is noted on the first form right before the correction is stored, or the other way round."""
    for meanwhile in ("file", "correction"):
        world.lark.faults.clear()
        if lark_is_down:
            world.lark.faults.set(Fault("down"))
        confirmation = post_page(world, submissionKey=f"first {meanwhile}", reason=meanwhile)
        first = submission_of(confirmation)
        follow_with_file(world, account, confirmation)
        if meanwhile == "file":
            with before_next_transaction(world.environ["SUBMISSIONS_TABLE"], world.send_new):
                second = correct(world, first, f"second {meanwhile}")
        else:
            with before_next_change(
                world.environ["SUBMISSIONS_TABLE"],
                lambda first=first: correct(world, first, "second correction"),
            ):
                world.send_new()
            second = world.stored(first).replaced_by or ""
        world.lark.faults.clear()
        for _ in range(3):
            world.clock.advance(hours=1)
            world.sweep()
        world.let_retry_run()

        assert world.stored(second).file_id, meanwhile
        assert has_file(world, second, world.stored(second).file_id), meanwhile
        assert world.runs_of(first) <= 2
