from typing import Any

import pytest

from sandbox.lark.contacts import Person
from tests.support.lark_calls import CalledLark, code

USERS = "/open-apis/contact/v3/users"
LAN = Person("ou_lan", "on_lan", "lan01", "Lan", "lan@school.test", "+84900000001")


@pytest.fixture
def lark() -> CalledLark:
    lark = CalledLark()
    lark.api.contacts.people.append(LAN)
    return lark


def test_an_id_of_nobody_or_of_another_kind_is_invalid(lark: CalledLark) -> None:
    for user_id, id_type in (("ou_x", "open_id"), ("ou_lan", "user_id")):
        response = lark.call("GET", f"{USERS}/{user_id}", user_id_type=id_type)
        assert (response.status_code, code(response)) == (400, 41012)
    assert code(lark.call("GET", f"{USERS}/ou_lan", user_id_type="email")) == 99992402


def test_somebody_out_of_range_is_not_shown(lark: CalledLark) -> None:
    lark.api.contacts.out_of_range.add("ou_lan")
    response = lark.call("GET", f"{USERS}/ou_lan")
    assert (response.status_code, code(response)) == (400, 41050)


def test_a_person_has_what_the_scopes_show(lark: CalledLark) -> None:
    lark.api.contacts.invisible_fields.add("mobile")
    user = lark.data("GET", f"{USERS}/lan01", user_id_type="user_id")["user"]
    assert user == {
        "open_id": "ou_lan",
        "union_id": "on_lan",
        "user_id": "lan01",
        "name": "Lan",
        "email": "lan@school.test",
        "department_ids": [],
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 40001),
        ({"emails": [], "mobiles": []}, 40001),
        ({"emails": ["x"] * 51}, 99992402),
        ({"mobiles": "+1"}, 99992402),
        ({"emails": [1]}, 99992402),
    ],
)
def test_a_look_up_that_is_wrong_is_refused(lark: CalledLark, body: dict[str, Any], expected: int) -> None:
    response = lark.call("POST", f"{USERS}/batch_get_id", body)
    assert (response.status_code, code(response)) == (400, expected)


def test_a_look_up_answers_for_each_address_and_number(lark: CalledLark) -> None:
    body = {"emails": ["lan@school.test", "x@school.test"], "mobiles": ["+84900000001"]}
    found = lark.data("POST", f"{USERS}/batch_get_id", body, user_id_type="union_id")["user_list"]
    assert found == [
        {"email": "lan@school.test", "user_id": "on_lan"},
        {"email": "x@school.test"},
        {"mobile": "+84900000001", "user_id": "on_lan"},
    ]
    lark.api.contacts.out_of_range.add("ou_lan")
    found = lark.data("POST", f"{USERS}/batch_get_id", {"mobiles": ["+84900000001"]})["user_list"]
    assert found == [{"mobile": "+84900000001"}]


SEARCH = "/open-apis/search/v1/user"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"query": " "},
        {"query": "x", "page_size": "0"},
        {"query": "x", "page_size": "201"},
        {"query": "x", "page_size": "x"},
        {"query": "x", "page_token": "x"},
    ],
)
def test_a_search_that_is_wrong_is_refused(lark: CalledLark, query: dict[str, str]) -> None:
    response = lark.call_as("ou_lan", "GET", SEARCH, **query)
    assert (response.status_code, code(response)) == (400, 99992402)


def test_a_search_is_a_persons(lark: CalledLark) -> None:
    assert code(lark.call("GET", SEARCH, query="Lan")) == 99991663


def test_a_search_finds_the_closest_first_page_by_page(lark: CalledLark) -> None:
    names = ["Mai Lan", "Lan Anh", "Lan"]
    lark.api.contacts.people[:] = [Person(f"ou_{name}", name, name, name, "", "") for name in names]
    lark.api.contacts.out_of_range.add("ou_x")
    first = lark.call_as("ou_1", "GET", SEARCH, query="LAN", page_size="2").json()["data"]
    second = lark.call_as("ou_1", "GET", SEARCH, query="LAN", page_size="2", page_token="2").json()["data"]
    assert [one["name"] for page in (first, second) for one in page["users"]] == ["Lan", "Lan Anh", "Mai Lan"]
    assert (first["has_more"], first["page_token"], second["has_more"]) == (True, "2", False)
    lark.api.contacts.out_of_range.add("ou_Lan")
    assert len(lark.call_as("ou_1", "GET", SEARCH, query="lan").json()["data"]["users"]) == 2
