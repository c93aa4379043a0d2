"""The built package on the real template: over HTTP, through API Gateway, by its schedule."""

import time

import pytest

from sandbox.samples import FORMS, ROUTES
from tests.support.form_workflow import FormWorkflow
from tests.support.stack import LocalStack
from tests.support.waiting import wait_for

SCHEDULE_SECONDS = 300
"""The first waits of the backoff and the schedule's minute, at their longest, twice."""


@pytest.mark.parametrize("form_type", FORMS)
def test_form_reaches_lark_as_json_and_as_a_browser_sends_it(
    stack: LocalStack, workflow: FormWorkflow, form_type: str
) -> None:
    with stack.api() as api:
        as_json = api.post(ROUTES[form_type], json=FORMS[form_type])
        as_form = api.post(ROUTES[form_type], data=FORMS[form_type] | {"consent": "on"})
    for answer in (as_json, as_form):
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == {"ok", "submissionId", "larkStatus"}
    first, second = (workflow.received_as(answer.json()["submissionId"]) for answer in (as_json, as_form))
    assert first["formType"] == form_type
    different = {key for key in first if first[key] != second[key]}
    assert different <= {"submissionId", "submittedAt"}


def test_outage_loses_nothing_and_the_schedule_catches_up(stack: LocalStack, workflow: FormWorkflow) -> None:
    workflow.misbehave("down")
    with stack.api(key=True) as api:
        answers = [api.post(ROUTES[one], json=FORMS[one]).json() for one in FORMS]
        assert [(one["ok"], one["larkStatus"]) for one in answers] == [(True, "failed")] * len(FORMS)
        posted = [one["submissionId"] for one in answers]

        def all_listed_as_failed() -> bool:
            """Tell what holds but while the schedule tries one again."""
            failed = api.get("/v1/submissions", params={"larkStatus": "failed"}).json()["items"]
            return {one["submissionId"] for one in failed} >= set(posted)

        wait_for(all_listed_as_failed, SCHEDULE_SECONDS)
        workflow.misbehave("slow", delaySeconds=0.01)

        def all_sent() -> bool:
            return all(api.get(f"/v1/submissions/{one}").json()["larkStatus"] == "sent" for one in posted)

        wait_for(all_sent, SCHEDULE_SECONDS)
    received = [one["submissionId"] for one in workflow.received()]
    assert [received.count(one) for one in posted] == [1] * len(posted)


def test_lost_answer_is_sent_again_and_runs_once(stack: LocalStack, workflow: FormWorkflow) -> None:
    workflow.misbehave("answer_lost", times=1)
    with stack.api(key=True) as api:
        answer = api.post(ROUTES["hold"], json=FORMS["hold"]).json()
        assert answer["larkStatus"] == "failed"
        submission = f"/v1/submissions/{answer['submissionId']}"
        assert api.post(f"{submission}/retry").status_code == 200
        stack.retry_submissions()
        wait_for(lambda: api.get(submission).json()["larkStatus"] == "sent", 70)
        stored = api.get(submission).json()
    verdicts = [attempt["verdict"] for attempt in stored["attempts"]]
    assert (verdicts[0], verdicts[-1]) == (
        "unknown",
        "ok",
    )  # between them the workflow may say that it is busy
    assert workflow.received_as(answer["submissionId"])["resend"] == ""


def test_same_idempotency_key_answers_the_first_result(stack: LocalStack, workflow: FormWorkflow) -> None:
    headers = {"Idempotency-Key": f"key-{time.time_ns()}"}
    with stack.api() as api:
        first = api.post(ROUTES["change"], json=FORMS["change"], headers=headers)
        second = api.post(ROUTES["change"], json=FORMS["change"], headers=headers)
        other = api.post(ROUTES["change"], json=FORMS["change"] | {"note": "Khác"}, headers=headers)
    assert first.json() == second.json()
    assert other.status_code == 409
    assert workflow.received_as(first.json()["submissionId"])["note"] != "Khác"


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 400),
        ("application/json", b"not JSON", 400),
        ("text/plain", b"parentName=A", 415),
        ("application/json", b" " * (64 * 1024 + 1), 413),
    ],
)
def test_bad_input_is_refused_with_a_reason(
    stack: LocalStack, workflow: FormWorkflow, content_type: str, body: bytes, status: int
) -> None:
    with stack.api() as api:
        answer = api.post(ROUTES["hold"], content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert {"error", "message", "requestId"} <= answer.json().keys()
    assert not workflow.received()


def test_admin_api_wants_a_key(stack: LocalStack) -> None:
    with stack.api() as api:
        assert api.get("/v1/submissions").status_code == 401
        assert api.get("/v1/submissions", headers={"X-API-Key": "wrong"}).status_code == 403
        assert api.get("/health").json()["ok"] is True


def test_pages_of_the_configured_origin_may_post(stack: LocalStack) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    with stack.api() as api:
        answers = [
            api.options(ROUTES["hold"], headers=asked | {"Origin": origin})
            for origin in ("http://localhost:3000", "https://elsewhere.example")
        ]
    allowed = [answer.headers.get("access-control-allow-origin") for answer in answers]
    assert allowed == ["http://localhost:3000", None]
