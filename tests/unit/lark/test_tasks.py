"""Tasks read and written, as the app and as a person."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.task_values import NewTask, Task, created, task_of
from larkbridge.lark.tasks import Tasks
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.lark.tasks import PERSON
from tests.support.clock import SimulatedClock
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

USER_TOKEN = "u-person"
DUE = datetime(2026, 9, 3, 10, 30, 0, 250_000, UTC)
CALL = NewTask(summary="Gọi phụ huynh", description="Sau 17 giờ", due=DUE, assignees=(PERSON,))


@pytest.fixture
def lark() -> Platform:
    return Platform()


@pytest.fixture
def tasks(lark: Platform) -> Tasks:
    return tasks_of(lark, PERSON)


def tasks_of(lark: Platform, open_id: str) -> Tasks:
    token = lark.api.tokens.user_tokens.issue(open_id, EVERY_SCOPE)
    return Tasks(lark.client, lark.clock, token, open_id)


def scripted(*answers: Any) -> tuple[ScriptedLark, Tasks]:
    lark = ScriptedLark(*({"code": 0, "data": answer} for answer in answers))
    return lark, Tasks(lark_client(lark.network), SimulatedClock(), USER_TOKEN, PERSON)


@pytest.mark.parametrize(
    "task",
    [
        None,
        [],
        {},
        {"guid": 7},
        {"guid": "g", "due": {"timestamp": "soon"}},
        {"guid": "g", "completed_at": "9" * 18},
        {"guid": "g", "members": "x"},
    ],
)
def test_a_task_that_cannot_be_read_is_incomplete(task: Any) -> None:
    _, tasks = scripted({"task": task})
    assert refused(lambda: tasks.get("g")).reason == "incomplete_answer"


def test_a_task_that_was_made_and_cannot_be_read_may_be_there() -> None:
    _, tasks = scripted({})
    outcome = refused(lambda: tasks.create(CALL, "key"))
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, "incomplete_answer")


@pytest.mark.parametrize("page_token", [None, ""])
def test_a_list_without_its_next_page_is_incomplete(page_token: str | None) -> None:
    lark, tasks = scripted({"items": [{"guid": "g"}], "has_more": True, "page_token": page_token})
    assert refused(lambda: list(tasks.mine())).reason == "incomplete_answer"
    assert len(lark.calls) == 1


def test_a_list_that_leads_back_to_its_page_ends() -> None:
    lark, tasks = scripted({"items": [{"guid": "g"}], "has_more": True, "page_token": "p"})
    assert refused(lambda: list(tasks.mine())).reason == "incomplete_answer"
    assert len(lark.calls) == 2


@pytest.mark.parametrize("guid", ["", ".", "..", "a/b", "a?b", "ế", "a" * 201])
def test_what_is_no_guid_never_becomes_a_path(guid: str) -> None:
    lark, tasks = scripted({})
    for call in (tasks.get, tasks.complete, tasks.reopen):
        with pytest.raises(LarkApiError):
            call(guid)
    assert lark.calls == []


def test_a_user_token_that_is_not_valid_is_the_callers_to_renew(lark: Platform) -> None:
    outcome = refused(lambda: list(Tasks(lark.client, lark.clock, "u-old", PERSON).mine()))
    assert (outcome.reason, outcome.lark_code) == ("token_invalid", 99991668)


def test_a_task_that_does_not_exist_or_may_not_be_edited_is_refused_for_good(
    lark: Platform, tasks: Tasks
) -> None:
    guid = tasks.create(CALL, "key").guid
    lark.api.tasks.forbidden.add(guid)
    outcomes = [refused(lambda: tasks.complete("no-such-task")), refused(lambda: tasks.complete(guid))]
    assert [outcome.lark_code for outcome in outcomes] == [1470404, 1470403]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.REJECT] * 2


def test_a_task_without_a_title_is_refused_for_good(tasks: Tasks) -> None:
    outcome = refused(lambda: tasks.create(NewTask(summary=""), "key"))
    assert (outcome.verdict, outcome.lark_code) == (Verdict.REJECT, 1470400)


def test_a_task_is_written_in_milliseconds() -> None:
    lark, tasks = scripted({"task": {"guid": "g"}})
    tasks.create(CALL, "key")
    (request,) = lark.calls
    assert request.headers["Authorization"] == f"Bearer {USER_TOKEN}"
    assert json.loads(request.content) == {
        "summary": "Gọi phụ huynh",
        "description": "Sau 17 giờ",
        "due": {"timestamp": "1788431400250", "is_all_day": False},
        "members": [{"id": PERSON, "type": "user", "role": "assignee"}],
        "client_token": "key",
    }


def test_a_moment_without_a_zone_is_a_mistake(tasks: Tasks) -> None:
    with pytest.raises(TypeError):
        tasks.create(NewTask(summary="x", due=DUE.replace(tzinfo=None)), "key")


@pytest.mark.parametrize("due", [DUE.replace(microsecond=0), date(2026, 9, 3), None])
def test_a_task_comes_back_as_it_was_made(tasks: Tasks, due: datetime | date | None) -> None:
    made = tasks.create(NewTask(summary="Gọi", due=due, assignees=(PERSON, "ou_2")), "key")
    assert made == Task(
        guid=made.guid,
        summary="Gọi",
        description="",
        due=due,
        assignees=(PERSON, "ou_2"),
        completed_at=None,
        link=made.link,
    )
    assert tasks.get(made.guid) == made
    assert type(made.due) is type(due)


def test_who_only_follows_a_task_is_not_responsible_for_it() -> None:
    members = [{"id": "ou_1", "role": "follower"}, {"id": "ou_2", "role": "assignee"}]
    _, tasks = scripted({"task": {"guid": "g", "members": members}})
    assert tasks.get("g").assignees == ("ou_2",)


def test_numbers_are_read_as_their_strings_are() -> None:
    _, tasks = scripted({"task": {"guid": "g", "due": {"timestamp": 1788431400250}, "completed_at": 0}})
    task = tasks.get("g")
    assert (task.due, task.completed_at) == (DUE, None)


def test_the_app_makes_tasks_and_a_person_lists_them(lark: Platform, tasks: Tasks) -> None:
    as_app = Tasks(lark.client, lark.clock)
    for number in range(230):
        as_app.create(NewTask(summary=str(number), assignees=(PERSON,)), f"key-{number}")
        lark.clock.advance(seconds=0.2)
    assert [task.summary for task in tasks.mine()] == [str(number) for number in range(230)]


def test_a_list_is_narrowed_to_the_completed_or_the_open(lark: Platform, tasks: Tasks) -> None:
    done, undone = (tasks.create(NewTask(summary=key, assignees=(PERSON,)), key).guid for key in "ab")
    tasks.complete(done)
    guids = [[task.guid for task in tasks.mine(completed=which)] for which in (True, False, None)]
    assert guids == [[done], [undone], [done, undone]]


def test_a_task_is_completed_at_that_moment_and_reopened(lark: Platform, tasks: Tasks) -> None:
    made = tasks.create(CALL, "key")
    tasks.complete(made.guid)
    completed = tasks.get(made.guid)
    assert completed.completed_at == lark.clock.now()
    assert (completed.summary, completed.due) == (made.summary, made.due)
    tasks.reopen(made.guid)
    tasks.reopen(made.guid)
    assert tasks.get(made.guid) == made


def test_a_task_that_was_completed_before_stays_as_it_is(lark: Platform, tasks: Tasks) -> None:
    guid = tasks.create(CALL, "key").guid
    lark.api.faults["tasks"].set(Fault("answer_lost", times=1))
    assert refused(lambda: tasks.complete(guid)).verdict is Verdict.UNKNOWN
    completed_at = tasks.get(guid).completed_at
    lark.clock.advance(hours=1)
    tasks.complete(guid)
    assert tasks.get(guid).completed_at == completed_at is not None


def test_a_completion_that_was_refused_for_another_reason_is_not_taken_for_done(
    lark: Platform, tasks: Tasks
) -> None:
    guid = tasks.create(CALL, "key").guid
    lark.api.faults["tasks"].set(Fault("error_code", code=1470400, times=1))
    assert refused(lambda: tasks.complete(guid)).lark_code == 1470400


def test_a_lost_answer_and_a_second_try_make_one_task(lark: Platform, tasks: Tasks) -> None:
    lark.api.faults["tasks"].set(Fault("answer_lost", times=1))
    assert refused(lambda: tasks.create(CALL, "key")).verdict is Verdict.UNKNOWN
    assert [tasks.create(CALL, "key").guid] == list(lark.api.tasks.tasks)


DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(deadline=None)
@given(day=DAYS, zone=ZONES, at=st.sampled_from([0, 1, 86_399]))
def test_a_due_day_is_that_day_everywhere_and_a_moment_the_same(day: date, zone: timezone, at: int) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(seconds=at)
    for due in (day, moment):
        body = created(NewTask(summary="x", due=due), "key", "")
        found = task_of({"guid": "g", "due": body["due"]}).due
        assert (found, type(found)) == (due, type(due))
