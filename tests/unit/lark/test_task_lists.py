"""Task lists and their sections."""

from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.task_lists import Section, TaskList, TaskLists
from larkbridge.lark.task_values import NewTask, TaskChange
from larkbridge.lark.tasks import Tasks
from larkbridge.work.outcome import Verdict
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.scopes import EVERY_SCOPE
from tests.support.lark import Platform, ScriptedLark, lark_client, refused
from tests.support.lark_api_clients import code_of

AN, NAMESAKE, HUONG = (person.open_id for person in PEOPLE)


@pytest.fixture
def lark() -> Platform:
    return Platform()


def lists_of(lark: Platform, open_id: str) -> TaskLists:
    return TaskLists(lark.client, lark.api.tokens.user_tokens.issue(open_id, EVERY_SCOPE))


@pytest.fixture
def lists(lark: Platform) -> TaskLists:
    return lists_of(lark, AN)


def make(lark: Platform, summary: str, list_guid: str, section_guid: str | None = None) -> str:
    guid = Tasks(lark.client, lark.clock).create(NewTask(summary=summary), summary).guid
    lark.api.tasks.lists.add(guid, list_guid, section_guid)
    lark.clock.advance(seconds=0.2)
    return guid


@pytest.mark.parametrize("item", [{}, {"guid": ""}, {"guid": 7}])
def test_a_list_or_section_without_a_guid_is_incomplete(item: dict[str, Any]) -> None:
    lists = TaskLists(lark_client(ScriptedLark({"code": 0, "data": {"items": [item]}}).network))
    for call in (lambda: list(lists.all()), lambda: list(lists.sections("g"))):
        assert refused(call).reason == "incomplete_answer"


@pytest.mark.parametrize("guid", ["", "..", "a/b", "g?x=1", "ế"])
def test_what_is_no_id_never_becomes_a_path(guid: str) -> None:
    lark = ScriptedLark()
    lists = TaskLists(lark_client(lark.network))
    for call in (lists.tasks, lists.sections, lists.tasks_of_section):
        with pytest.raises(LarkApiError):
            call(guid)
    assert lark.calls == []


def test_a_list_that_is_gone_or_anothers_is_refused(lark: Platform, lists: TaskLists) -> None:
    theirs = lark.api.tasks.lists.put("Kế toán", HUONG)
    (section,) = lark.api.tasks.lists.all[theirs].sections
    gone = [lambda: list(lists.tasks("g")), lambda: list(lists.sections("g"))]
    anothers = [
        lambda: list(lists.tasks(theirs)),
        lambda: list(lists.sections(theirs)),
        lambda: list(lists.tasks_of_section(section)),
    ]
    assert [refused(call).lark_code for call in (*gone, *anothers)] == [1470404] * 2 + [1470403] * 3
    assert refused(lambda: list(lists.tasks_of_section("s"))).verdict is Verdict.REJECT


def test_lists_are_those_of_the_person(lark: Platform, lists: TaskLists) -> None:
    mine = lark.api.tasks.lists.put("Lớp 3A", AN)
    shared = lark.api.tasks.lists.put("Lớp 3B", HUONG, **{AN: "viewer"})
    lark.api.tasks.lists.put("Kế toán", HUONG)
    assert list(lists.all()) == [TaskList(mine, "Lớp 3A"), TaskList(shared, "Lớp 3B")]


def test_many_lists_come_page_by_page(lark: Platform, lists: TaskLists) -> None:
    guids = [lark.api.tasks.lists.put(str(number), AN) for number in range(230)]
    assert [one.guid for one in lists.all()] == guids


def test_a_list_has_tasks_in_sections(lark: Platform, lists: TaskLists) -> None:
    guid = lark.api.tasks.lists.put("Lớp 3A", AN)
    section = lark.api.tasks.lists.put_section(guid, "Tuần này")
    first, second = make(lark, "a", guid), make(lark, "b", guid, section)
    assert [task.guid for task in lists.tasks(guid)] == [first, second]
    default, week = lists.sections(guid)
    assert (default.is_default, week) == (True, Section(section, "Tuần này", False))
    assert [task.guid for task in lists.tasks_of_section(section)] == [second]
    Tasks(lark.client, lark.clock).complete(second)
    assert [task.guid for task in lists.tasks(guid, completed=False)] == [first]
    assert [task.summary for task in lists.tasks_of_section(section, completed=True)] == ["b"]


def test_own_tasks_have_sections_too(lists: TaskLists) -> None:
    assert [section.is_default for section in lists.own_sections()] == [True]


@pytest.mark.parametrize(("role", "expected"), [("editor", None), ("viewer", 1470403)])
def test_a_role_in_a_list_is_one_in_its_tasks(lark: Platform, role: str, expected: int | None) -> None:
    guid = make(lark, "a", lark.api.tasks.lists.put("Lớp 3A", HUONG, **{AN: role}))
    token = lark.api.tokens.user_tokens.issue(AN, EVERY_SCOPE)
    tasks = Tasks(lark.client, lark.clock, token, AN)
    assert tasks.get(guid).summary == "a"
    assert code_of(lambda: tasks.change(guid, TaskChange(summary="b"))) == expected
