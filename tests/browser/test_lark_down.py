"""While Lark is down a parent is told what is true, and the form arrives once."""

from sandbox.samples import FORMS, ROUTES
from tests.support.form_workflow import FormWorkflow
from tests.support.page_values import a_child, typed
from tests.support.stack import LocalStack
from tests.support.visitor import Visitor


def test_every_form_is_kept_and_arrives_once(
    parent: Visitor, workflow: FormWorkflow, stack: LocalStack
) -> None:
    children = {form_type: a_child() for form_type in FORMS}
    workflow.misbehave("down")
    for form_type, child in children.items():
        parent.open(ROUTES[form_type])
        parent.fill(typed(form_type, child))
        parent.send()
        said = parent.page.inner_text("main")
        assert "đã được lưu an toàn" in said
        assert "Phiếu đã đến bộ phận phụ trách" not in said
        with stack.api(key=True) as api:
            number = parent.page.locator(".number").inner_text()
            api.post(f"/v1/submissions/{number}/retry").raise_for_status()
    workflow.behave()
    stack.retry_submissions()
    for child in children.values():
        assert len(workflow.received_of(child)) == 1
