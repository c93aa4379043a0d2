"""A file that is removed while it is moved is gone, and says so."""

from typing import Any

import pytest

from tests.support.aws_faults import before_next_change
from tests.support.forms import http_event
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.uploads import attachment, post_with, uploaded
from tests.support.world import Answer, World


def by_admin(world: World, file_id: str, route: str) -> Answer:
    headers = {"x-api-key": world.api_key}
    return world.files(http_event(route=route, path={"fileId": file_id}, headers=headers))


def remove(world: World, file_id: str) -> Answer:
    return by_admin(world, file_id, "DELETE /v1/files/{fileId}")


def test_a_file_that_is_removed_while_it_is_copied_stays_nowhere(
    world: World, account: MemoryAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id = uploaded(world, account.s3)
    submission_id = post_with(world, file_id)
    copy, copied = account.s3.copy_object, list[str]()

    def copy_slowly(**request: Any) -> dict[str, Any]:
        content = dict(account.s3.objects)
        if not copied:
            assert remove(world, file_id).body["status"] == "removed"
        copied.append(request["Key"])
        account.s3.objects |= content
        return copy(**request)

    monkeypatch.setattr(account.s3, "copy_object", copy_slowly)
    world.send_new()
    world.clock.advance(minutes=15)
    world.sweep()

    assert copied == [f"files/{file_id}"]
    assert attachment(world, submission_id)["status"] == "removed"
    assert account.s3.keys() == []


def test_a_file_that_is_kept_while_it_is_removed_does_not_say_that_it_is_there(
    world: World, account: MemoryAccount
) -> None:
    file_id = uploaded(world, account.s3)
    post_with(world, file_id)
    with before_next_change(world.environ["STORED_FILES_TABLE"], world.send_new):
        answer = remove(world, file_id)

    assert account.s3.keys() == []
    assert answer.body["status"] == "removed"


def test_links_that_are_revoked_while_the_file_is_moved_stay_revoked(
    world: World, account: MemoryAccount
) -> None:
    file_id = uploaded(world, account.s3)
    post_with(world, file_id)
    with before_next_change(world.environ["STORED_FILES_TABLE"], world.send_new):
        answer = by_admin(world, file_id, "POST /v1/files/{fileId}/revoke")

    assert (answer.body["status"], bool(answer.body["revokedAt"])) == ("kept", True)
