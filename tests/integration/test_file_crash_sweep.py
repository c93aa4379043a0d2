"""A process that stops at any call on a file's way: the file is kept once, and Lark hears of it once."""

from collections.abc import Callable, Iterator
from typing import Literal

import pytest

from larkbridge.store.work import Status
from larkbridge.targets.file_move import new_file_move
from tests.support.aws import create_tables
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.uploads import attachment, link_at_lark, open_link, post_with, uploaded
from tests.support.world import World

TARGETS = ["file-move", "file-removal"]

type Way = Callable[[World, str], object]


def with_the_form(world: World, file_id: str) -> None:
    post_with(world, file_id)
    world.send_new()


def after_the_form(world: World, file_id: str) -> None:
    submission_id = post_with(world, "")
    link = f"https://forms.example/files/{file_id}"
    world.deliveries.add(new_file_move(file_id, submission_id, world.clock.now(), link=link))
    world.send_new()


def every_stop(
    account: MemoryAccount, environ: dict[str, str], way: Way
) -> Iterator[tuple[World, str, tuple[int, str]]]:
    """Yield a world and its file for each call on the way and each side of it, stopped there."""
    sides: tuple[Literal["before", "after"], ...] = ("before", "after")
    for side in sides:
        call, stopped = 0, True
        while stopped:
            world = World(environ | create_tables())
            file_id = uploaded(world, account.s3)
            with world.watch(Calls((call, side))) as calls:
                try:
                    way(world, file_id)
                except ProcessStoppedError:
                    world.restart()
            stopped = calls.stopped
            if stopped:
                yield world, file_id, (call, side)
            call += 1
        assert call >= 8, "the sweep found hardly any call to stop at"


def let_all_be_done(world: World) -> None:
    for number in range(60):
        world.let_retry_run()
        if not [*world.deliveries.backlog(TARGETS)]:
            return
        world.clock.advance(minutes=1 if number < 20 else 10)
        world.sweep()
    raise AssertionError("it never ends")


@pytest.mark.parametrize(("way", "resends"), [(with_the_form, [""]), (after_the_form, ["", "1"])])
def test_a_file_survives_a_stop_anywhere(
    account: MemoryAccount, environ: dict[str, str], way: Way, resends: list[str]
) -> None:
    for world, file_id, stop in every_stop(account, environ, way):
        way(world, file_id)
        let_all_be_done(world)
        (submission,) = world.submissions.listed(["hold"], [Status.SENT], None)
        runs = [run.payload["resend"] for run in world.lark.runs]
        assert attachment(world, submission.id)["status"] == "kept", stop
        assert ("files", f"files/{file_id}") in account.s3.objects, stop
        assert runs in (resends, [""]), stop
        assert open_link(world, link_at_lark(world, submission.id)).status == 302, stop
