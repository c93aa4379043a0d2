"""One idempotency key is one submission, however often and however closely together it is sent."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from larkbridge.forms.hold import HoldRequest
from larkbridge.http_client import HttpClient
from larkbridge.settings import SubmitFormSettings
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.wiring.submitting import submit_form
from sandbox.faults import Fault
from sandbox.lark.transport import WorkflowTransport
from tests.support.aws_faults import aws_fails
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.clock import SimulatedClock
from tests.support.forms import FORMS, html_form_event, json_event
from tests.support.world import Context, World

HOLD = FormType.HOLD
FORM = FORMS[HOLD]


@pytest.mark.parametrize(
    "change", [{"note": "Khác"}, {"studentName": "Nguyễn Minh Anh"}, {"attachmentId": "boxcn1"}]
)
def test_key_with_other_content_is_409(world: World, change: dict[str, str]) -> None:
    world.post(HOLD, idempotency_key="key")
    answer = world.post(HOLD, FORM | change, idempotency_key="key")
    assert (answer.status, answer.body["error"]) == (409, "conflict")
    assert not answer.body["message"].isascii()
    assert len(world.lark.runs) == 1


def test_different_keys_in_header_and_field_are_400(world: World) -> None:
    assert world.post(HOLD, FORM | {"submissionKey": "one"}, idempotency_key="two").status == 400
    assert world.lark.requests == []


def test_key_over_255_characters_is_400(world: World) -> None:
    assert world.post(HOLD, idempotency_key="k" * 256).status == 400
    assert world.post(HOLD, idempotency_key="k" * 255).status == 200


@pytest.mark.parametrize(
    "keys",
    [
        ({"header": "key"}, {"header": "key"}),
        ({"field": "key"}, {"field": "key"}),
        ({"header": "key"}, {"field": "key"}),
        ({"field": "key"}, {"header": "key", "field": "key"}),
        ({"header": "key"}, {"header": " key "}),
        ({"header": "khóa-🔑"}, {"field": "khóa-🔑"}),
    ],
)
def test_same_key_and_content_is_one_submission(world: World, keys: tuple[dict[str, str], ...]) -> None:
    answers = []
    for key in keys:
        fields = FORM | ({"submissionKey": key["field"]} if "field" in key else {})
        headers = {"Idempotency-Key": key["header"]} if "header" in key else {}
        answers.append(world.post(HOLD, fields, **headers))
        world.clock.advance(days=1)
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert len(world.lark.requests) == 1


@pytest.mark.parametrize(
    "written", [{"parentPhone": "+84912345678"}, {"reason": f"  {FORM['reason']} "}, {"note": ""}]
)
def test_other_spelling_is_the_same_content(world: World, written: dict[str, str]) -> None:
    first = world.post(HOLD, idempotency_key="key")
    assert world.post(HOLD, FORM | written, idempotency_key="key").body == first.body


def test_html_form_repeats_a_json_form(world: World) -> None:
    fields = FORM | {"submissionKey": "key"}
    first = world.post(HOLD, fields)
    assert world.send(HOLD, html_form_event(fields)).body == first.body


@pytest.mark.parametrize("key", [{"idempotency_key": ""}, {"idempotency_key": "  "}, {}])
def test_blank_key_is_none(world: World, key: dict[str, str]) -> None:
    first, second = (world.post(HOLD, FORM | {"submissionKey": " "}, **key) for _ in range(2))
    assert first.body["submissionId"] != second.body["submissionId"]


def test_key_belongs_to_one_form_type(world: World) -> None:
    answers = []
    for form_type in FormType:
        answers.append(world.post(form_type, idempotency_key="key"))
        world.clock.advance(seconds=1)
    assert [answer.status for answer in answers] == [200] * len(FormType)
    assert len({answer.body["submissionId"] for answer in answers}) == len(world.lark.runs) == len(FormType)


def test_key_stays_out_of_what_lark_gets(world: World) -> None:
    world.post(HOLD, FORM | {"submissionKey": "key"})
    (run,) = world.lark.runs
    assert "submissionKey" not in run.payload


def test_repeat_tells_that_the_first_failed(world: World) -> None:
    world.lark.faults.set(Fault("down"))
    first = world.post(HOLD, idempotency_key="key")
    second = world.post(HOLD, idempotency_key="key")
    assert first.body == second.body
    assert second.body["larkStatus"] == "failed"


def test_repeat_tells_that_it_went_out_meanwhile(world: World) -> None:
    world.lark.faults.set(Fault("down", times=1))
    world.post(HOLD, idempotency_key="key")
    world.let_retry_run()
    assert world.post(HOLD, idempotency_key="key").body["larkStatus"] == "sent"
    assert len(world.lark.runs) == 1


class _Held(httpx.BaseTransport):
    """Lets a request through to Lark once it may."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.arrived, self.may_pass = threading.Event(), threading.Event()
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.arrived.set()
        assert self.may_pass.wait(5)
        return self._inner.handle_request(request)


class _Meeting(SimulatedClock):
    """Whoever waits lets the others get on with it."""

    def __init__(self) -> None:
        super().__init__()
        self.when_waiting = lambda: None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.when_waiting()


def test_double_click_waits_for_the_first_and_answers_the_same(world: World) -> None:
    clock, network = _Meeting(), _Held(WorkflowTransport(world.lark))
    parts = world.parts(clock=clock, http=HttpClient(network))
    handler: Any = submit_form(HoldRequest, SubmitFormSettings(world.environ), parts)
    event = json_event(FORM, idempotency_key="key")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(handler, event, Context("first"))
        assert network.arrived.wait(5)

        def finish_first() -> None:
            network.may_pass.set()
            first.result(5)

        clock.when_waiting = finish_first
        second = handler(event, Context("second"))
    assert second["body"] == first.result()["body"]
    assert '"larkStatus": "sent"' in second["body"]
    assert len(world.lark.requests) == 1


def _cut_off_before_lark_hears(world: World) -> str:
    """Post a form whose process dies once it is stored, and return its id."""
    world.post(HOLD, idempotency_key="warm")
    with world.watch(Calls((2, "before"))), pytest.raises(ProcessStoppedError):
        world.post(HOLD, idempotency_key="key")
    (summary,) = world.submissions.backlog([HOLD])
    return summary.submission_id


def test_repeat_does_not_wait_forever_for_one_that_was_cut_off(world: World) -> None:
    submission_id = _cut_off_before_lark_hears(world)
    asked = world.clock.now()
    answer = world.post(HOLD, idempotency_key="key")
    assert answer.body == {"ok": True, "submissionId": submission_id, "larkStatus": "failed"}
    assert timedelta(seconds=5) <= world.clock.now() - asked <= timedelta(seconds=8)
    assert world.stored(submission_id).status == Status.PENDING
    assert world.runs_of(submission_id) == 0


def test_repeat_is_answered_when_the_outcome_cannot_be_read(world: World) -> None:
    submission_id = _cut_off_before_lark_hears(world)
    with aws_fails("dynamodb", "GetItem"):
        answer = world.post(HOLD, idempotency_key="key")
    assert answer.body == {"ok": True, "submissionId": submission_id, "larkStatus": "failed"}
