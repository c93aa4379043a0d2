"""Lets one thing happen in the middle of another, at every call it makes: nothing is sent twice."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from larkbridge.store.submissions import STATUSES, FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.aws import create_tables
from tests.support.calls import Calls
from tests.support.world import World

type Action = Callable[[World], object]


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
