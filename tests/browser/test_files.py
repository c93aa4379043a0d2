"""A file comes before its form, or after it without JavaScript. One that lies refuses no form."""

from pathlib import Path

import httpx
import pytest

from sandbox.samples import ROUTES
from tests.browser.conftest import Visit
from tests.support.axe import barriers
from tests.support.form_workflow import FormWorkflow
from tests.support.page_values import a_child, typed
from tests.support.stack import LocalStack
from tests.support.uploads import PDF
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

HOLD = ROUTES["hold"]
SECONDS = 60


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """A doctor's note, as a phone stores it."""
    file = tmp_path / "giấy khám bệnh.pdf"
    file.write_bytes(PDF)
    return file


def choose(parent: Visitor, file: Path) -> None:
    """Choose a file and wait until the page says that it has arrived."""
    parent.page.set_input_files("[type=file]", file)
    parent.page.get_by_text(f"Đã nhận tệp {file.name}").wait_for()


def attachment(stack: LocalStack, parent: Visitor) -> dict[str, str]:
    """Return what has become of the file of the form that was sent last, once that is known."""
    number = parent.page.locator(".number").inner_text()
    with stack.api(key=True) as api:

        def shown() -> dict[str, str]:
            return api.get(f"/v1/submissions/{number}").json()["attachment"] or {}

        wait_for(lambda: shown().get("status") in ("kept", "rejected"), SECONDS, shown)
        return shown()


def opened(link: str) -> bytes:
    return httpx.get(link, follow_redirects=True).raise_for_status().content


def test_a_file_is_uploaded_before_the_form_is_sent(
    parent: Visitor, stack: LocalStack, workflow: FormWorkflow, note: Path
) -> None:
    child = a_child()
    parent.open(HOLD)
    choose(parent, note)
    assert barriers(parent.page) == []
    parent.fill(typed("hold", child))
    parent.send()
    (received,) = workflow.received_of(child)
    assert attachment(stack, parent)["status"] == "kept"
    assert opened(received["attachmentLink"]) == PDF


@pytest.mark.parametrize("language", ["vi", "en"])
def test_without_javascript_a_file_follows_the_form(
    visit: Visit, stack: LocalStack, workflow: FormWorkflow, note: Path, language: str
) -> None:
    parent, child = visit(java_script_enabled=False), a_child()
    parent.open(f"{HOLD}?lang={language}")
    parent.fill(typed("hold", child))
    parent.send()
    parent.page.locator("main a[href^=tep]").click()
    assert parent.page.locator("html").get_attribute("lang") == language
    parent.page.set_input_files("[type=file]", note)
    parent.page.locator("main form button").click()
    parent.page.wait_for_url(f"**{HOLD}/da-gui?*")
    assert parent.page.locator("html").get_attribute("lang") == language
    assert attachment(stack, parent)["status"] == "kept"
    stack.retry_submissions()
    wait_for(lambda: any(one["attachmentLink"] for one in workflow.received_of(child)), SECONDS)
    (link,) = {one["attachmentLink"] for one in workflow.received_of(child) if one["attachmentLink"]}
    assert opened(link) == PDF


def test_a_file_that_lies_marks_the_form_and_refuses_nothing(
    parent: Visitor, stack: LocalStack, workflow: FormWorkflow, tmp_path: Path
) -> None:
    child, program = a_child(), tmp_path / "giấy.pdf"
    program.write_bytes(b"MZ" + bytes(200))
    parent.open(HOLD)
    choose(parent, program)
    parent.fill(typed("hold", child))
    parent.send()
    assert len(workflow.received_of(child)) == 1
    assert attachment(stack, parent)["status"] == "rejected"


def test_a_file_that_no_form_takes_is_refused_where_it_is_chosen(parent: Visitor, tmp_path: Path) -> None:
    program = tmp_path / "tro-choi.exe"
    program.write_bytes(b"MZ")
    parent.complaints.refusals.add(400)
    parent.open(HOLD)
    parent.page.set_input_files("[type=file]", program)
    parent.page.locator(".file [role=status]").filter(has_text="PDF").wait_for()
    assert parent.values()["attachmentId"] == ""
    assert barriers(parent.page) == []
