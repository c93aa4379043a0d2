"""A browser's way to send a file after its form: the confirmation, the step, S3, and back."""

import re
from html import unescape
from urllib.parse import urlsplit

from larkbridge.store.submissions import FormType
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.pages import Page
from tests.support.uploads import KEY, PDF
from tests.support.world import World

HOLD = FormType.HOLD
TYPED = {
    "parentName": "Nguyễn Thị Hà",
    "parentPhone": "0912 345 678",
    "consent": "on",
    "studentName": "Nguyễn Minh An",
    "className": "Mầm 3A",
    "holdFrom": "1/9/2026",
    "holdUntil": "5/10/2026",
    "reason": "Gia đình về quê",
    "submissionKey": KEY,
}
_NUMBER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def post_page(world: World, **changes: str) -> Page:
    """Post the form and return its confirmation."""
    return world.follow(HOLD, world.browse(HOLD, TYPED | changes))


def step_of(confirmation: Page) -> str:
    """Return the query of the step in which a file can follow, empty where none can."""
    found = re.search(r'href="tep\?([^"]*)"', confirmation.html)
    return unescape(found[1]) if found else ""


def submission_of(confirmation: Page) -> str:
    """Return the submission's number on a confirmation."""
    found = _NUMBER.search(confirmation.text)
    assert found
    return found[0]


def send_file(account: MemoryAccount, step: Page, content: bytes) -> str:
    """Let a browser post the page's form with a file; return the query of the address that S3 leads to."""
    (url,) = re.findall(r'action="([^"]*)"', step.html)
    assert account.s3.post(unescape(url), step.inputs, content) == 204
    return urlsplit(step.inputs["success_action_redirect"]).query


def follow_with_file(world: World, account: MemoryAccount, confirmation: Page) -> None:
    """Let a good file follow a form; what is due because of it is not done yet."""
    step = world.browse(HOLD, place="/tep", query=step_of(confirmation))
    world.browse(HOLD, place="/tep", query=send_file(account, step, PDF))
