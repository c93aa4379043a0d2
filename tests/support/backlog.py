"""A backlog, and a retry job during whose exchanges with Lark something happens."""

import random
from collections.abc import Callable

import httpx

from larkbridge.http_client import HttpClient
from larkbridge.sending.submission_backlog import SubmissionBacklog
from larkbridge.settings import SubmissionSettings
from larkbridge.store.submissions import FormType
from larkbridge.wiring.backlogs import submission_backlog
from sandbox.faults import Fault
from sandbox.lark.transport import WorkflowTransport
from sandbox.lark.workflow import WorkflowTrigger
from tests.support.world import World

LOOKS = [*["due lanes"] * 2, *FormType, *["oldest"] * 2, *["due lanes"] * 2, "newest due", "oldest due"]
"""What a run reads before it takes up the one submission that is due."""


def backlog(world: World, *form_types: FormType) -> list[str]:
    """Post forms a second apart while Lark is down, let them all come due, and return their ids."""
    world.lark.faults.set(Fault("down"))
    ids = []
    for form_type in form_types:
        ids.append(world.post(form_type).body["submissionId"])
        world.clock.advance(seconds=1)
    world.lark.faults.clear()
    world.clock.advance(minutes=5)
    return ids


class _Network(httpx.BaseTransport):
    """Lets something happen while a request is on its way, and while its answer is."""

    def __init__(self, lark: WorkflowTrigger, during: Callable[[], object]) -> None:
        self._lark = WorkflowTransport(lark)
        self._during = during

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._during()
        response = self._lark.handle_request(request)
        self._during()
        return response


def drain_over(
    world: World, during: Callable[[], object], lark: WorkflowTrigger | None = None
) -> SubmissionBacklog:
    """Return a retry job of its own, during each of whose exchanges something happens."""
    poster = HttpClient(_Network(lark or world.lark, during))
    parts = world.parts(http=poster, rng=random.Random(0))
    return submission_backlog(SubmissionSettings(world.environ), parts)
