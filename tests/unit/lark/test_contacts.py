"""People looked up."""

import json
from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.contacts import Contacts, Person
from sandbox.lark import contacts as simulated
from sandbox.lark.scopes import EVERY_SCOPE
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

LAN = simulated.Person("ou_lan", "on_lan", "lan01", "Trần Thị Lan", "lan@school.test", "+84900000001")


@pytest.fixture
def lark() -> Platform:
    platform = Platform()
    platform.api.contacts.people.append(LAN)
    return platform


@pytest.fixture
def contacts(lark: Platform) -> Contacts:
    return Contacts(lark.client)


def scripted(data: Any) -> tuple[ScriptedLark, Contacts]:
    lark = ScriptedLark({"code": 0, "data": data})
    return lark, Contacts(lark_client(lark.network))


@pytest.mark.parametrize("data", [{}, {"user": None}, {"user": {}}, {"user": {"open_id": 1}}])
def test_an_answer_without_a_person_is_incomplete(data: dict[str, Any]) -> None:
    _, contacts = scripted(data)
    assert refused(lambda: contacts.get("ou_lan")).reason == "incomplete_answer"


@pytest.mark.parametrize("data", [{}, {"department": None}, {"department": "x"}])
def test_an_answer_without_a_department_is_incomplete(data: dict[str, Any]) -> None:
    _, contacts = scripted(data)
    assert refused(lambda: contacts.department("od_office")).reason == "incomplete_answer"


def test_a_department_whose_name_may_not_be_seen_has_none(lark: Platform, contacts: Contacts) -> None:
    assert contacts.department("od_office") == "Văn phòng"
    lark.api.tokens.user_tokens.app_scopes.remove("contact:department.base:readonly")
    assert contacts.department("od_office") == ""
    assert refused(lambda: contacts.department("od_gone")).reason == "department_not_found"


@pytest.mark.parametrize("data", [{}, {"user_list": None}, {"user_list": []}, {"user_list": ["x"]}])
def test_an_answer_that_says_nothing_does_not_say_that_nobody_is_there(data: dict[str, Any]) -> None:
    _, contacts = scripted(data)
    assert refused(lambda: contacts.ids_of(emails=["lan@school.test"])).reason == "incomplete_answer"


@pytest.mark.parametrize("user_id", ["", "..", "a/b", "a?b", "batch_get_id/..", "ế"])
def test_what_is_no_id_never_becomes_a_path(user_id: str) -> None:
    lark, contacts = scripted({})
    with pytest.raises(LarkApiError):
        contacts.get(user_id)
    assert lark.calls == []


def test_nobody_and_somebody_out_of_range_are_refused(lark: Platform, contacts: Contacts) -> None:
    lark.api.contacts.out_of_range.add("ou_lan")
    outcomes = [refused(lambda one=one: contacts.get(one)) for one in ("ou_nobody", "ou_lan")]
    assert [outcome.lark_code for outcome in outcomes] == [41012, 41050]


@pytest.mark.parametrize(
    ("user_id", "id_type"), [("ou_lan", "open_id"), ("on_lan", "union_id"), ("lan01", "user_id")]
)
def test_a_person_is_found_by_each_kind_of_id(contacts: Contacts, user_id: str, id_type: str) -> None:
    assert contacts.get(user_id, id_type) == Person(
        open_id="ou_lan",
        union_id="on_lan",
        user_id="lan01",
        name="Trần Thị Lan",
        email="lan@school.test",
        mobile="+84900000001",
    )


def test_what_the_app_may_not_see_is_none(lark: Platform, contacts: Contacts) -> None:
    lark.api.contacts.invisible_fields |= {"user_id", "mobile", "email"}
    person = contacts.get("ou_lan")
    assert (person.name, person.user_id, person.email, person.mobile) == ("Trần Thị Lan", None, None, None)


def test_a_person_is_not_written_out_by_accident(contacts: Contacts) -> None:
    assert repr(contacts.get("ou_lan")) == "Person(open_id='ou_lan', union_id='on_lan', user_id='lan01')"


def test_ids_are_found_by_address_and_number(lark: Platform, contacts: Contacts) -> None:
    lark.api.contacts.people.append(
        simulated.Person("ou_hoa", "on_hoa", "hoa02", "Hoa", "hoa@school.test", "+84900000002")
    )
    lark.api.contacts.out_of_range.add("ou_hoa")
    found = contacts.ids_of(
        emails=["lan@school.test", "hoa@school.test", "x@school.test"], mobiles=["+84900000001", "+840"]
    )
    assert found == {"lan@school.test": "ou_lan", "+84900000001": "ou_lan"}


def test_nothing_is_asked_for_nobody() -> None:
    lark, contacts = scripted({})
    assert contacts.ids_of() == {}
    assert lark.calls == []


def test_many_are_looked_up_fifty_at_a_time() -> None:
    lark, contacts = scripted({"user_list": [{"user_id": "ou_lan", "email": "lan@school.test"}]})
    emails, mobiles = [f"{number}@school.test" for number in range(51)], ["+1"]
    assert contacts.ids_of(emails=emails, mobiles=mobiles) == {"lan@school.test": "ou_lan"}
    assert [json.loads(one.content) for one in lark.calls] == [
        {"emails": emails[:50], "mobiles": mobiles},
        {"emails": emails[50:]},
    ]
    assert all(one.url.params["user_id_type"] == "open_id" for one in lark.calls)


AN, NAMESAKE, HUONG = simulated.PEOPLE


def as_person(lark: Platform, *scopes: str) -> Contacts:
    token = lark.api.tokens.user_tokens.issue(AN.open_id, scopes or EVERY_SCOPE)
    return Contacts(lark.client, token)


def test_the_app_does_not_search_for_people(contacts: Contacts) -> None:
    with pytest.raises(ValueError, match="as a person"):
        contacts.search("An")


@pytest.mark.parametrize("query", ["", "  ", "x" * 201])
def test_a_search_for_nothing_or_too_much_is_not_made(query: str) -> None:
    lark = ScriptedLark()
    contacts = Contacts(lark_client(lark.network), "u-1")
    assert refused(lambda: contacts.search(query)).reason == "bad_parameter"
    assert lark.calls == []


@pytest.mark.parametrize("users", ["x", [1], [{}], [{"open_id": ""}], [{"open_id": "ou_1"}, {"name": "An"}]])
def test_a_person_without_an_id_is_not_left_out_in_silence(users: Any) -> None:
    lark = ScriptedLark({"code": 0, "data": {"users": users}})
    outcome = refused(lambda: Contacts(lark_client(lark.network), "u-1").search("An"))
    assert outcome.reason == "incomplete_answer"


def test_two_people_of_one_name_are_told_apart_by_their_departments(lark: Platform) -> None:
    found = as_person(lark).search(" nguyễn văn an ")
    assert [(one.open_id, one.name, one.departments) for one in found] == [
        (one.open_id, "Nguyễn Văn An", one.department_ids) for one in (AN, NAMESAKE)
    ]
    assert found[0].departments != found[1].departments
    assert {one.email for one in found} == {None}


@pytest.mark.parametrize("query", ["huong@school.test", "+84900000103", "Phạm Thu", "Hương"])
def test_a_person_is_found_by_name_number_and_address(lark: Platform, query: str) -> None:
    assert [one.open_id for one in as_person(lark).search(query)] == [HUONG.open_id]


def test_nobody_who_has_left_is_found(lark: Platform) -> None:
    lark.api.contacts.resigned.add(HUONG.open_id)
    assert as_person(lark).search("Hương") == []


def test_no_more_are_found_than_wanted(lark: Platform) -> None:
    people = [
        simulated.Person(f"ou_{number}", f"on_{number}", f"u{number}", f"Lê {number:03}", "", "")
        for number in range(450)
    ]
    lark.api.contacts.people += people
    contacts = as_person(lark)
    assert [one.name for one in contacts.search("Lê", limit=3)] == ["Lê 000", "Lê 001", "Lê 002"]
    assert len(contacts.search("Lê", limit=1_000)) == 200


def test_a_name_needs_its_scope(lark: Platform) -> None:
    contacts = as_person(lark, *Contacts.SCOPES["search"], *Contacts.SCOPES["get"])
    assert contacts.search("Hương")[0].name == contacts.get(HUONG.open_id).name == HUONG.name
    hidden = as_person(lark, Contacts.SCOPES["search"][0], Contacts.SCOPES["get"][0])
    assert hidden.search("Hương")[0].name is hidden.get(HUONG.open_id).name is None
