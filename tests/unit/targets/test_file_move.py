"""Moves of one file that meet: each ends, and none undoes the other."""

from larkbridge.store.stored_files import FileStatus, FileStore
from larkbridge.store.work import Status
from larkbridge.targets.file_move import FileMove, new_file_move
from larkbridge.targets.file_removal import FileRemoval
from sandbox.faults import Fault
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.uploads import JPEG, PDF, attachment, post_with, uploaded
from tests.support.world import World


def move(world: World, file_id: str, submission_id: str, **more: str) -> None:
    world.deliveries.add(new_file_move(file_id, submission_id, world.clock.now(), **more))
    world.send_new()


def files(world: World) -> FileStore:
    return FileStore(world.environ["STORED_FILES_TABLE"])


def test_a_file_that_is_kept_is_shared_with_a_correction(world: World, account: MemoryAccount) -> None:
    file_id = uploaded(world, account.s3)
    first = post_with(world, file_id)
    world.send_new()
    second = post_with(world, "other", key="corrected")
    move(world, file_id, second, replaces=first)

    file = files(world).get(file_id)
    assert file
    assert file.submissions == [first, second]


def test_a_file_is_moved_once_however_often_it_is_asked_for(world: World, account: MemoryAccount) -> None:
    file_id = uploaded(world, account.s3)
    submission_id = post_with(world, file_id)
    world.send_new()
    (done,) = world.deliveries.listed(["file-move"], [Status.SENT], None)
    world.deliveries.change(done, {"status": Status.FAILED, "next_attempt_at": done.created_at})
    world.sweep()

    assert attachment(world, submission_id)["status"] == "kept"
    assert account.s3.keys() == [f"files/{file_id}"]


def test_a_second_file_after_the_form_takes_the_place_of_the_first(
    world: World, account: MemoryAccount
) -> None:
    submission_id = post_with(world, "")
    for content, media_type in ((PDF, "application/pdf"), (JPEG, "image/jpeg")):
        file_id = uploaded(world, account.s3, content, type=media_type)
        move(world, file_id, submission_id, link=f"https://forms.example/files/{file_id}")
        world.let_retry_run()

    assert [run.payload["resend"] for run in world.lark.runs] == ["", "1", "2"]
    assert attachment(world, submission_id)["fileId"] == file_id
    assert account.s3.keys() == [f"files/{file_id}"]


def test_a_file_that_comes_for_a_discarded_form_is_not_kept(world: World, account: MemoryAccount) -> None:
    world.lark.faults.set(Fault("down"))
    submission_id = post_with(world, "")
    world.call_admin("POST /v1/submissions/discard", body={"ids": [submission_id]})
    file_id = uploaded(world, account.s3)
    move(world, file_id, submission_id, link=f"https://forms.example/files/{file_id}")

    assert account.s3.keys() == []


def test_a_rejected_file_stays_rejected(world: World, account: MemoryAccount) -> None:
    file_id = uploaded(world, account.s3, JPEG)
    submission_id = post_with(world, file_id)
    world.send_new()
    move(world, file_id, submission_id, replaces="x")

    file = files(world).get(file_id)
    assert file
    assert file.status is FileStatus.REJECTED


def test_both_have_twenty_hours_or_more(world: World) -> None:
    assert FileMove.policy.deadline is not None
    assert 19 * 3600 < FileMove.policy.deadline.total_seconds() < 24 * 3600
    assert FileRemoval.policy.deadline is None
