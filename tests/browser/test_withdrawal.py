"""A parent who agreed to marketing takes it back where the form was confirmed."""

import pytest

from sandbox.samples import ROUTES
from tests.browser.conftest import Visit
from tests.support.axe import barriers
from tests.support.form_workflow import FormWorkflow
from tests.support.page_values import a_child, typed

LEAVE = ROUTES["leave-request"]
WITHDRAWS = "form:has([name=withdraw]) button"


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_consent_is_withdrawn_by_the_button_of_the_confirmation(
    visit: Visit, workflow: FormWorkflow, *, script: bool
) -> None:
    parent, child = visit(java_script_enabled=script), a_child()
    parent.open(f"{LEAVE}?utm_source=facebook&fbclid=IwAR2xbFqLzT")
    parent.fill(typed("leave-request", child) | {"marketingConsent": True})
    parent.send()
    (received,) = workflow.received_of(child)
    assert (received["marketingConsent"], received["utmSource"]) == (True, "facebook")
    assert [bool(received[name]) for name in ("fbp", "fbc")] == [script, script]
    with parent.answered():
        parent.page.locator(WITHDRAWS).click()
    said = parent.page.inner_text("main")
    assert "Đã rút lại sự đồng ý" in said
    assert received["submissionId"] in said
    if script:
        assert barriers(parent.page) == []


def test_without_consent_there_is_no_cookie_and_nothing_to_withdraw(
    visit: Visit, workflow: FormWorkflow
) -> None:
    parent, child = visit(), a_child()
    parent.open(f"{LEAVE}?fbclid=IwAR2xbFqLzT")
    parent.fill(typed("leave-request", child))
    parent.send()
    (received,) = workflow.received_of(child)
    assert (received["marketingConsent"], received["fbp"], received["fbc"]) == (False, "", "")
    assert parent.context.cookies() == []
    assert parent.page.locator(WITHDRAWS).count() == 0
