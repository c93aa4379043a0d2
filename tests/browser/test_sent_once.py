"""One submission for one form, whatever a parent presses."""

import pytest

from sandbox.samples import ROUTES
from tests.browser.conftest import Visit
from tests.support.form_workflow import FormWorkflow
from tests.support.front_door import FrontDoor
from tests.support.page_values import a_child, typed
from tests.support.stack import LocalStack
from tests.support.visitor import SENDS, Visitor

LEAVE = ROUTES["leave-request"]
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])


def sent(parent: Visitor, child: str, **others: str) -> str:
    """Send a request for leave and return the address of the page that says so."""
    parent.open(LEAVE)
    parent.fill(typed("leave-request", child, **others))
    parent.send()
    assert parent.is_at(f"{LEAVE}/da-gui")
    return parent.page.url


def go_back(parent: Visitor) -> None:
    parent.page.evaluate("history.back()")
    parent.page.wait_for_url(f"**{LEAVE}", wait_until="commit")  # a page from memory is not loaded again


@SCRIPT
def test_a_double_click(visit: Visit, workflow: FormWorkflow, *, script: bool) -> None:
    parent, child = visit(java_script_enabled=script), a_child()
    parent.open(LEAVE)
    parent.fill(typed("leave-request", child))
    parent.page.locator(SENDS).dblclick()
    parent.page.wait_for_url("**/da-gui?*")
    assert len(workflow.received_of(child)) == 1


@SCRIPT
def test_back_and_sent_again_as_it_was(visit: Visit, workflow: FormWorkflow, *, script: bool) -> None:
    parent, child = visit(java_script_enabled=script), a_child()
    first = sent(parent, child)
    go_back(parent)
    assert parent.values()["studentName"] == child
    parent.send()
    assert number(parent) == number_at(parent, first)
    assert len(workflow.received_of(child)) == 1


@SCRIPT
def test_back_and_corrected(visit: Visit, workflow: FormWorkflow, *, script: bool) -> None:
    parent, child = visit(java_script_enabled=script), a_child()
    sent(parent, child)
    go_back(parent)
    parent.fill({"className": "Chồi 2B"})
    parent.send()
    assert child in parent.page.inner_text("main")
    parent.send()
    first, second = workflow.received_of(child)
    assert (first["className"], second["className"]) == ("Mầm 3A", "Chồi 2B")
    assert (first["replaces"], second["replaces"]) == ("", first["submissionId"])


@SCRIPT
def test_back_and_changed_for_a_brother_or_sister(
    visit: Visit, workflow: FormWorkflow, *, script: bool
) -> None:
    parent, child, sibling = visit(java_script_enabled=script), a_child(), a_child()
    sent(parent, child)
    go_back(parent)
    parent.fill({"studentName": sibling})
    parent.send()
    with parent.answered():
        parent.page.locator("main form button.quiet").click()
    received = [*workflow.received_of(child), *workflow.received_of(sibling)]
    assert [payload["replaces"] for payload in received] == ["", ""]


def test_refreshing_the_page_after_sending(parent: Visitor, workflow: FormWorkflow) -> None:
    child = a_child()
    sent(parent, child)
    before = number(parent)
    parent.page.reload()
    assert number(parent) == before
    assert len(workflow.received_of(child)) == 1


def test_a_tab_that_was_duplicated(parent: Visitor, workflow: FormWorkflow) -> None:
    child = a_child()
    parent.open(LEAVE)
    twin = parent.open(LEAVE, page=parent.context.new_page())
    key = parent.values()["submissionKey"]
    twin.eval_on_selector("[name=submissionKey]", "(field, key) => { field.value = key }", key)
    parent.fill(typed("leave-request", child))
    parent.fill(typed("leave-request", child), twin)
    parent.send()
    parent.send(page=twin)
    assert number(parent) == twin.locator(".number").inner_text()
    assert len(workflow.received_of(child)) == 1


def test_a_page_that_the_browser_brings_back_from_its_memory(parent: Visitor, workflow: FormWorkflow) -> None:
    child = a_child()
    parent.open(LEAVE)
    parent.fill(typed("leave-request", child))
    key = parent.values()["submissionKey"]
    parent.page.locator("header a").click()
    parent.page.wait_for_url("**lang=en")
    go_back(parent)
    parent.page.wait_for_function("key => document.forms[0].submissionKey.value !== key", arg=key)
    parent.send()
    assert len(workflow.received_of(child)) == 1


def test_an_answer_that_got_lost(visit: Visit, stack: LocalStack, workflow: FormWorkflow) -> None:
    child = a_child()
    with FrontDoor.opened(stack.description["apiUrl"]) as door:
        parent = visit(door.url)
        parent.open(LEAVE)
        parent.fill(typed("leave-request", child))
        key = parent.values()["submissionKey"]
        door.loses_answers = True
        parent.complaints.offline = True
        parent.page.locator(SENDS).click()
        assert len(workflow.received_of(child)) == 1
        parent.page.get_by_role("status").filter(has_text="Chưa gửi được").wait_for()
        parent.complaints.offline = door.loses_answers = False
        assert parent.values()["submissionKey"] == key
        parent.send()
    assert len(workflow.received_of(child)) == 1


def number(parent: Visitor) -> str:
    return parent.page.locator(".number").inner_text()


def number_at(parent: Visitor, url: str) -> str:
    page = parent.context.new_page()
    page.goto(url)
    return page.locator(".number").inner_text()
