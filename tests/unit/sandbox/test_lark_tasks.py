from typing import Any

import httpx
import pytest

from sandbox.lark.tasks import PERSON
from tests.support.lark_calls import CalledLark, code

TASKS = "/open-apis/task/v2/tasks"
MINE = [{"id": PERSON, "type": "user", "role": "assignee"}]


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


def create(lark: CalledLark, **fields: Any) -> dict[str, Any]:
    return lark.data("POST", TASKS, {"summary": "Gọi", "members": MINE} | fields)["task"]


def patch(lark: CalledLark, guid: str, task: Any, *names: str) -> httpx.Response:
    return lark.call("PATCH", f"{TASKS}/{guid}", {"task": task, "update_fields": list(names)})


def listed(lark: CalledLark, **query: str) -> dict[str, Any]:
    response = lark.call_as(PERSON, "GET", TASKS, **query)
    assert code(response) == 0
    return response.json()["data"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"summary": ""},
        {"summary": 7},
        {"summary": "x" * 3001},
        {"summary": "x", "description": "x" * 3001},
        {"summary": "x", "due": "1"},
        {"summary": "x", "due": {}},
        {"summary": "x", "due": {"timestamp": "soon"}},
        {"summary": "x", "due": {"timestamp": True}},
        {"summary": "x", "completed_at": "9" * 21},
        {"summary": "x", "members": "x"},
        {"summary": "x", "members": [{"id": "ou_1"}]},
        {"summary": "x", "client_token": ["t"]},
    ],
)
def test_a_task_that_is_wrong_is_not_made(lark: CalledLark, body: dict[str, Any]) -> None:
    response = lark.call("POST", TASKS, body)
    assert (response.status_code, code(response)) == (400, 1470400)
    assert lark.api.tasks.tasks == {}


def test_a_client_token_makes_one_task(lark: CalledLark) -> None:
    first, again, other = (create(lark, client_token=token) for token in ("t1", "t1", "t2"))
    assert first == again
    assert other["guid"] != first["guid"]


def test_tasks_without_a_client_token_are_all_made(lark: CalledLark) -> None:
    assert len({create(lark)["guid"] for _ in range(2)}) == 2


def test_moments_are_strings_whatever_was_sent(lark: CalledLark) -> None:
    task = create(lark, due={"timestamp": 1_788_431_400_000, "is_all_day": True})
    assert task["due"] == {"timestamp": "1788393600000", "is_all_day": True}
    assert task["completed_at"] == "0"


def test_a_task_that_does_not_exist_is_not_found(lark: CalledLark) -> None:
    for response in (lark.call("GET", f"{TASKS}/x"), patch(lark, "x", {"summary": "y"}, "summary")):
        assert (response.status_code, code(response)) == (404, 1470404)


def test_a_task_that_may_not_be_edited_stays(lark: CalledLark) -> None:
    guid = create(lark)["guid"]
    lark.api.tasks.forbidden.add(guid)
    response = patch(lark, guid, {"summary": "y"}, "summary")
    assert (response.status_code, code(response)) == (403, 1470403)
    assert lark.api.tasks.tasks[guid]["summary"] == "Gọi"


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ({}, []),
        ({}, ["members"]),
        ({}, ["summary"]),
        ({"summary": ""}, ["summary"]),
        ({"completed_at": "now"}, ["completed_at"]),
        ("x", ["summary"]),
        ({"summary": "x"}, [7]),
    ],
)
def test_a_patch_that_is_wrong_changes_nothing(lark: CalledLark, task: Any, names: list[str]) -> None:
    made = create(lark)
    assert code(patch(lark, made["guid"], task, *names)) == 1470400
    assert lark.api.tasks.tasks[made["guid"]] == made


def test_a_patch_writes_what_it_names_and_clears_what_it_gives_no_value(lark: CalledLark) -> None:
    made = create(lark, description="Sau 17 giờ", due={"timestamp": "1"}, extra="x")
    changed = patch(lark, made["guid"], {"summary": "Nhắn", "extra": "y"}, "summary", "due").json()
    assert changed["data"]["task"] == {
        name: value for name, value in (made | {"summary": "Nhắn"}).items() if name != "due"
    }


def test_a_completed_task_is_not_completed_again_but_reopened(lark: CalledLark) -> None:
    guid = create(lark)["guid"]
    moments = ["1788431400000", "1788431400001", "0", "0", "1788431400002"]
    codes = [code(patch(lark, guid, {"completed_at": moment}, "completed_at")) for moment in moments]
    assert codes == [0, 1470400, 0, 0, 0]
    assert code(patch(lark, guid, {}, "completed_at")) == 0
    assert lark.api.tasks.tasks[guid]["completed_at"] == "0"


def test_a_list_is_a_persons(lark: CalledLark) -> None:
    create(lark, members=[{"id": PERSON, "role": "follower"}])
    mine = create(lark)
    assert [task["guid"] for task in listed(lark)["items"]] == [mine["guid"]]
    assert code(lark.call("GET", TASKS)) == 99991663
    assert code(lark.http.get(TASKS, headers={"Authorization": "Bearer u-x"})) == 99991668


@pytest.mark.parametrize(
    "query",
    [{"page_size": "0"}, {"page_size": "101"}, {"page_token": "x"}, {"completed": "x"}, {"type": "all"}],
)
def test_a_list_that_is_wrong_is_refused(lark: CalledLark, query: dict[str, str]) -> None:
    create(lark)
    response = lark.call_as(PERSON, "GET", TASKS, **query)
    assert (response.status_code, code(response)) == (400, 1470400)


def test_a_list_comes_in_pages(lark: CalledLark) -> None:
    guids = [create(lark)["guid"] for _ in range(5)]
    first = listed(lark, page_size="3")
    second = listed(lark, page_size="3", page_token=first["page_token"])
    assert [task["guid"] for page in (first, second) for task in page["items"]] == guids
    assert (first["has_more"], second["has_more"], second.get("page_token")) == (True, False, None)


@pytest.mark.parametrize(("completed", "expected"), [("true", "1"), ("True", "1"), ("false", "0")])
def test_a_list_is_narrowed(lark: CalledLark, completed: str, expected: str) -> None:
    for moment in ("0", "1"):
        create(lark, completed_at=moment)
    assert [task["completed_at"] for task in listed(lark, completed=completed)["items"]] == [expected]


def test_writes_are_ten_a_second(lark: CalledLark) -> None:
    codes = [code(lark.call("POST", TASKS, {"summary": "x"})) for _ in range(11)]
    assert codes == [0] * 10 + [99991400]


def edit(lark: CalledLark, open_id: str, guid: str) -> int:
    body = {"task": {"summary": "y"}, "update_fields": ["summary"]}
    return code(lark.call_as(open_id, "PATCH", f"{TASKS}/{guid}", body))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([], 1470403),
        ([{"id": "ou_2", "role": "assignee"}], 1470403),
        ([{"id": "ou_1", "role": "follower"}], 0),
        ([{"id": "ou_1", "role": "assignee"}], 0),
    ],
)
def test_who_makes_a_task_and_is_no_member_of_it_cannot_edit_it(
    lark: CalledLark, members: list[dict[str, str]], expected: int
) -> None:
    body = {"summary": "x", "members": members}
    guid = lark.call_as("ou_1", "POST", TASKS, body).json()["data"]["task"]["guid"]
    assert edit(lark, "ou_1", guid) == expected
    assert code(lark.call_as("ou_1", "GET", f"{TASKS}/{guid}")) == 0


def test_who_follows_a_task_reads_it_and_others_do_not(lark: CalledLark) -> None:
    guid = create(lark, members=[{"id": "ou_1", "role": "follower"}])["guid"]
    codes = [code(lark.call_as(one, "GET", f"{TASKS}/{guid}")) for one in ("ou_1", "ou_2")]
    assert codes == [0, 1470403]
    assert edit(lark, "ou_1", guid) == 1470403


def test_a_deleted_task_is_not_found(lark: CalledLark) -> None:
    guid = create(lark)["guid"]
    assert [code(lark.call("DELETE", f"{TASKS}/{guid}")) for _ in range(2)] == [0, 1470404]
    assert listed(lark)["items"] == []


@pytest.mark.parametrize("lists", ["x", [7], [{}], [{"tasklist_guid": "g"}], [{"tasklist_guid": 7}]])
def test_a_task_in_a_list_that_is_none_is_not_made(lark: CalledLark, lists: Any) -> None:
    assert code(lark.call("POST", TASKS, {"summary": "x", "tasklists": lists})) == 1470400
    assert lark.api.tasks.tasks == {}


def test_a_task_is_made_in_a_list_by_who_may_edit_it(lark: CalledLark) -> None:
    guid = lark.api.tasks.lists.put("Lớp 3A", "ou_1", ou_2="viewer")
    body = {"summary": "x", "tasklists": [{"tasklist_guid": guid}]}
    codes = [code(lark.call_as(one, "POST", TASKS, body)) for one in ("ou_1", "ou_2")]
    assert codes == [0, 1470403]
    wrong = {"summary": "x", "tasklists": [{"tasklist_guid": guid, "section_guid": "s"}]}
    assert code(lark.call_as("ou_1", "POST", TASKS, wrong)) == 1470400
    path = f"/open-apis/task/v2/tasklists/{guid}/tasks"
    (task,) = lark.call_as("ou_2", "GET", path).json()["data"]["items"]
    assert (task["summary"], "description" in task) == ("x", False)


def test_sections_are_of_a_list_or_of_ones_own_tasks(lark: CalledLark) -> None:
    path = "/open-apis/task/v2/sections"
    assert code(lark.call_as("ou_1", "GET", path)) == 1470400
    assert code(lark.call_as("ou_1", "GET", path, resource_type="tasklist")) == 1470404
    assert code(lark.call_as("ou_1", "GET", path, resource_type="my_tasks")) == 0
