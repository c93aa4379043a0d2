"""What parents paste and type reaches Lark as they meant it, and is shown as text."""

import json
import time

import pytest

from sandbox.samples import FORMS, ROUTES
from tests.browser.conftest import Visit
from tests.support.form_workflow import FormWorkflow
from tests.support.front_door import FrontDoor
from tests.support.page_values import a_child, typed
from tests.support.stack import LocalStack
from tests.support.visitor import SENDS, Visitor

LEAVE = ROUTES["leave-request"]
DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("phone", "received"),
    [
        ("0912.345.678", "+84912345678"),
        ("+84 912-345-678", "+84912345678"),
        ("\u202a0912\u00a0345\u00a0678\u202c", "+84912345678"),
        ("+82 10-1234-5678", "+821012345678"),
    ],
    ids=["dots", "abroad", "pasted-with-invisible-marks", "another-country"],
)
def test_a_pasted_phone_number(parent: Visitor, workflow: FormWorkflow, phone: str, received: str) -> None:
    child = a_child()
    parent.open(LEAVE)
    parent.fill(typed("leave-request", child, parentPhone=phone))
    parent.send()
    assert [one["parentPhone"] for one in workflow.received_of(child)] == [received]


@pytest.mark.parametrize("day", ["1/2/2027", "01-02-2027", "1.2.2027"])
def test_a_date_typed_into_one_field(parent: Visitor, workflow: FormWorkflow, day: str) -> None:
    child = a_child()
    parent.open(LEAVE)
    parts = {"leaveFrom-day": day, "leaveFrom-month": "", "leaveFrom-year": ""}
    parent.fill(typed("leave-request", child) | parts)
    parent.send()
    assert [one["leaveFrom"] for one in workflow.received_of(child)] == ["2027-02-01"]


def test_markup_is_shown_as_text(parent: Visitor, workflow: FormWorkflow) -> None:
    child, markup = a_child(), '"><b id=bold>Hà</b>&amp;<script>document.title = "bad"</script></textarea>'
    values = typed("leave-request", child, parentName=markup, reason=markup)
    parent.open(LEAVE)
    parent.fill(values | {"consent": False})
    parent.send(status=400)
    assert parent.values()["parentName"] == parent.values()["reason"] == markup
    parent.fill({"consent": True})
    parent.send()
    parent.page.go_back()
    parent.fill({"className": "<i>Lá</i>"})
    parent.send()
    assert markup in parent.page.inner_text("main")
    assert parent.page.locator("#bold, main i").count() == 0
    assert "bad" not in parent.page.title()
    assert [one["reason"] for one in workflow.received_of(child)] == [markup]


def test_a_page_from_yesterday(parent: Visitor, workflow: FormWorkflow) -> None:
    child = a_child()
    parent.open(LEAVE)
    yesterday = str(int(time.time() * 1000) - DAY_MS)
    parent.page.eval_on_selector("[name=startedAt]", "(field, time) => { field.value = time }", yesterday)
    parent.fill(typed("leave-request", child))
    parent.send()
    assert len(workflow.received_of(child)) == 1


def test_offline_keeps_what_was_typed(parent: Visitor, workflow: FormWorkflow) -> None:
    child = a_child()
    parent.open(LEAVE)
    parent.fill(typed("leave-request", child))
    before = parent.values()
    with parent.offline():
        parent.page.locator(SENDS).click()
        parent.page.get_by_role("status").filter(has_text="không có mạng").wait_for()
        assert parent.values() == before
    parent.send()
    assert len(workflow.received_of(child)) == 1


@pytest.mark.parametrize("form_type", FORMS)
def test_below_the_path_of_a_centres_own_site(
    visit: Visit, stack: LocalStack, workflow: FormWorkflow, form_type: str
) -> None:
    child = a_child()
    with FrontDoor.opened(stack.description["apiUrl"], "/trung-tam/tuyen-sinh") as door:
        parent = visit(door.url)
        parent.open(f"{ROUTES[form_type]}?utm_source=zalo")
        parent.fill(typed(form_type, child))
        parent.send()
        assert parent.page.url.startswith(f"{door.url}{ROUTES[form_type]}/da-gui?")
        parent.page.locator("main a").last.click()
        parent.page.wait_for_url(f"{door.url}{ROUTES[form_type]}*")
    (received,) = workflow.received_of(child)
    assert received["utmSource"] == "zalo"


@pytest.mark.parametrize("form_type", FORMS)
def test_a_page_is_one_request_and_calls_nobody(parent: Visitor, form_type: str) -> None:
    requests: list[str] = []
    parent.context.on("request", lambda request: requests.append(request.url))
    parent.open(ROUTES[form_type])
    parent.page.wait_for_load_state("networkidle")
    assert requests == [parent.base + ROUTES[form_type]]


def test_a_page_is_small_on_the_wire(parent: Visitor) -> None:
    sizes: list[int] = []
    session = parent.context.new_cdp_session(parent.page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    parent.open(LEAVE)
    parent.page.wait_for_load_state("networkidle")
    assert sum(sizes) <= 30 * 1024, json.dumps(sizes)
