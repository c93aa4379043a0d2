"""Every form on a phone of 360 pixels, in Vietnamese, with nothing but keys, and wrong at first."""

import pytest

from sandbox.samples import FORMS, ROUTES
from tests.browser.conftest import Visit
from tests.support.form_workflow import FormWorkflow
from tests.support.page_values import a_child, typed
from tests.support.visitor import Keyboard, Visitor

WRONG = {"parentPhone": "0912", "consent": False}


def fill_in_and_correct(parent: Visitor, form_type: str, child: str) -> None:
    """Send a form with two mistakes, follow the links of the summary, mend both, and send it again."""
    parent.open(ROUTES[form_type])
    page, keys = parent.page, Keyboard(parent.page)
    assert page.locator("html").get_attribute("lang") == "vi"
    keys.fill(typed(form_type, child) | WRONG)
    with parent.answered(400):
        page.keyboard.press("Enter")
    assert page.title().startswith("Lỗi: ")
    assert parent.values()["studentName"] == child
    assert page.locator("[aria-invalid=true]").count() == len(WRONG)
    keys.reach(page.locator("[role=alert] a").first)
    keys.press("Enter")
    assert keys.focused()["name"] == "parentPhone"
    keys.type("0912 345 678")
    keys.fill({"consent": True})
    with parent.answered(200):
        page.keyboard.press("Enter")


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
@pytest.mark.parametrize("form_type", FORMS)
def test_a_form_is_filled_in_by_keys(
    visit: Visit, workflow: FormWorkflow, form_type: str, *, script: bool
) -> None:
    parent, child = visit(java_script_enabled=script), a_child()
    fill_in_and_correct(parent, form_type, child)
    assert parent.is_at(f"{ROUTES[form_type]}/da-gui")
    (received,) = workflow.received_of(child)
    assert received["submissionId"] in parent.page.inner_text("main")
    expected = FORMS[form_type] | {"formType": form_type, "studentName": child, "parentPhone": "+84912345678"}
    if "recipientPhone" in expected:
        expected["recipientPhone"] = "+84901234567"
    assert {name: received[name] for name in expected} == expected
