"""A form's endpoint: stored first, sent second, answered third."""

import json
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.store.destinations import LARK_FORMS, DestinationStore
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.work import states
from sandbox.faults import Fault
from tests.support.aws_faults import aws_fails
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.clock import START
from tests.support.forms import FORMS, html_form_event, json_event
from tests.support.world import World

HAPPY_PATH = ["dynamodb UpdateItem", "dynamodb PutItem", "POST", "dynamodb UpdateItem"]
"""The address is counted, the form stored, sent, and what came of it written down."""


def _form_with(**fields: object) -> dict[str, object]:
    return FORMS[FormType.STUDENT_INFO] | fields


@pytest.mark.parametrize("form_type", FormType)
def test_form_reaches_lark(world: World, form_type: FormType) -> None:
    answer = world.post(form_type)
    (run,) = world.lark.runs
    assert answer.status == 200
    assert answer.body == {"ok": True, "submissionId": run.payload["submissionId"], "larkStatus": "sent"}
    assert run.payload["formType"] == form_type
    assert run.payload["parentPhone"] == "+84912345678"


@pytest.mark.parametrize("form_type", FormType)
def test_html_form_means_the_same_as_json(world: World, form_type: FormType) -> None:
    answers = [world.send(form_type, make(FORMS[form_type])) for make in (html_form_event, json_event)]
    assert [answer.status for answer in answers] == [200, 200]
    by_html, by_json = (run.payload for run in world.lark.runs)
    assert by_html | {"submissionId": ""} == by_json | {"submissionId": ""}


def test_lark_gets_exactly_what_is_stored(world: World) -> None:
    submission = world.stored(world.post().body["submissionId"])
    (run,) = world.lark.runs
    assert run.payload == json.loads(submission.payload)
    assert run.payload["resend"] == ""
    assert run.client_token == submission.client_token == submission.submission_id
    assert run.payload["submittedAt"] == to_text(START)
    assert (submission.contact_name, submission.contact_phone) == ("Nguyễn Thị Hà", "+84912345678")


def test_lark_gets_an_absent_field_as_empty_text(world: World) -> None:
    world.post()
    (run,) = world.lark.runs
    assert (run.payload["parentEmail"], run.payload["utmSource"]) == ("", "")


def test_lark_request_is_json_with_the_current_bearer(world: World) -> None:
    world.post()
    (request,) = world.lark.requests
    assert request.content_type == "application/json; charset=utf-8"
    assert request.authorized


def test_sent_submission_remembers_how_it_went(world: World) -> None:
    submission = world.stored(world.post().body["submissionId"])
    assert submission.status == Status.SENT
    assert submission.sent_at == to_text(START)
    assert submission.last_error is None
    (attempt,) = submission.attempts
    assert (attempt["number"], attempt["verdict"], attempt["httpStatus"], attempt["larkCode"]) == (
        1,
        "ok",
        200,
        0,
    )


@pytest.mark.parametrize("form_type", FormType)
def test_happy_form_costs_three_requests_and_one_post_in_this_order(
    world: World, form_type: FormType
) -> None:
    world.post(form_type)
    with world.watch() as calls:
        world.post(form_type)
    assert [name for name in calls.made if not name.startswith("secretsmanager")] == HAPPY_PATH


def test_larks_state_is_read_once_in_ten_seconds(world: World) -> None:
    looks = []
    for _ in range(4):
        with world.watch() as calls:
            world.post()
        looks.append(calls.made.count("dynamodb GetItem"))
        world.clock.advance(seconds=5)
    assert looks == [1, 0, 1, 0]


@pytest.mark.parametrize("part", range(5))
def test_form_leaves_the_drains_part_of_the_clock_alone(world: World, part: int) -> None:
    now = world.clock.now()
    until = to_text(now + timedelta(seconds=60))
    store = DestinationStore(world.environ["DESTINATIONS_TABLE"])
    store.acquire(LARK_FORMS, owner="a drain", now=to_text(now), until=until)
    world.clock.advance(seconds=5 - now.timestamp() % 5 + part)
    answer = world.post()
    stored = world.stored(answer.body["submissionId"])
    held_back = part < 2
    assert answer.body["larkStatus"] == stored.status == ("failed" if held_back else "sent")
    assert len(world.lark.requests) == (not held_back)
    assert states.is_due(stored, world.clock.now()) is held_back


def test_form_asks_the_circuit_and_is_answered_at_once(world: World) -> None:
    world.lark.faults.set(Fault("down"))
    for _ in range(5):
        world.post()
    world.clock.advance(minutes=5)
    world.retry_due()
    world.clock.advance(seconds=11)
    requests = len(world.lark.requests)
    answer = world.post()
    assert answer.body["larkStatus"] == "failed"
    assert len(world.lark.requests) == requests
    stored = world.stored(answer.body["submissionId"])
    assert (stored.attempt_count, stored.last_error) == (0, {"reason": "circuit_open"})
    world.lark.faults.clear()
    world.clock.advance(minutes=2)
    world.retry_due()
    assert world.runs_of(stored.submission_id) == 1


def test_form_is_taken_when_larks_state_cannot_be_read(world: World) -> None:
    with aws_fails("dynamodb", "GetItem"):
        assert world.post().body["larkStatus"] == "sent"


def test_second_form_reads_no_secret(world: World) -> None:
    world.post()
    with world.watch() as calls:
        world.post()
    assert calls.made == HAPPY_PATH


@pytest.mark.parametrize("stop_at", [(2, "before"), (2, "after"), (3, "before")])
def test_form_is_stored_and_held_when_lark_hears_of_it(world: World, stop_at: Any) -> None:
    world.post(FormType.HOLD)
    with world.watch(Calls(stop_at)), pytest.raises(ProcessStoppedError):
        world.post(FormType.HOLD)
    (summary,) = world.submissions.backlog(FormType)
    submission = world.stored(summary.submission_id)
    assert submission.status == Status.PENDING
    assert submission.next_attempt_at is not None
    assert submission.next_attempt_at > to_text(world.clock.now())
    assert json.loads(submission.payload)["holdFrom"] == FORMS[FormType.HOLD]["holdFrom"]


def test_same_form_without_a_key_is_two_submissions(world: World) -> None:
    first, second = world.post().body, world.post().body
    assert first["submissionId"] != second["submissionId"]
    tokens = {run.client_token for run in world.lark.runs}
    assert len(tokens) == len(world.lark.runs) == 2


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert('x')</script>",
        '<b>Bé An</b> &amp; "bạn" \\ {{field}} ${x}',
        "'; DROP TABLE students; --",
        "=HYPERLINK(1)",
        "An 👧🏽 Nguyễn",
        "שלום An",
    ],
)
def test_text_is_stored_and_sent_as_it_is(world: World, text: str) -> None:
    answer = world.post(fields=_form_with(studentName=text))
    assert answer.status == 200
    (run,) = world.lark.runs
    assert run.payload["studentName"] == text
    assert json.loads(world.stored(answer.body["submissionId"]).payload)["studentName"] == text


def test_decomposed_vietnamese_arrives_composed(world: World) -> None:
    world.post(fields=_form_with(studentName="  Nguye\u0302\u0303n Thi\u0323 Ha\u0300 "))
    (run,) = world.lark.runs
    assert run.payload["studentName"] == "Nguy\u1ec5n Th\u1ecb H\u00e0"


def test_form_of_exactly_8_kb_is_taken(world: World) -> None:
    long = {"note": "ễ" * 2000, "address": "a" * 1990}
    assert world.post(fields=_form_with(**long)).status == 200
    (run,) = world.lark.runs
    texts = [
        run.payload[name] for name in run.payload if name not in ("formType", "submittedAt", "submissionId")
    ]
    left = 8192 - sum(len(str(text).encode()) for text in texts)
    assert world.post(fields=_form_with(**long, school="a" * left)).status == 200
    assert world.post(fields=_form_with(**long, school="a" * (left + 1))).status == 400


def test_several_lines_stay_several_lines(world: World) -> None:
    world.post(fields=_form_with(note="Bé dị ứng sữa.\r\n\tGọi mẹ trước.\nCảm ơn"))
    (run,) = world.lark.runs
    assert run.payload["note"] == "Bé dị ứng sữa.\n\tGọi mẹ trước.\nCảm ơn"


@pytest.mark.parametrize("header", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_header_case_does_not_matter(world: World, header: str) -> None:
    event = json_event(_form_with())
    event["headers"] = {header: "Application/JSON; Charset=UTF-8"}
    assert world.send(FormType.STUDENT_INFO, event).status == 200


@pytest.mark.parametrize(
    ("utc", "status"),
    [((2026, 9, 1, 16, 59, 59), 400), ((2026, 9, 1, 17, 0, 0), 200)],
    ids=["still the 1st in Vietnam", "the 2nd in Vietnam"],
)
def test_today_is_vietnams(world: World, utc: tuple[int, ...], status: int) -> None:
    world.clock.advance(
        seconds=(START.replace(hour=utc[3], minute=utc[4], second=utc[5]) - START).total_seconds()
    )
    assert world.post(fields=_form_with(dateOfBirth="2026-09-02")).status == status
