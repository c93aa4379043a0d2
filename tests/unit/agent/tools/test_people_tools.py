"""Colleagues are found as the person who asks; namesakes are told apart."""

import pytest
from pydantic import ValidationError

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.permissions import NotAgreedError
from sandbox.faults import Fault
from sandbox.lark.contacts import Person
from tests.support.person_tools import AN, HUONG, NAMESAKE, PersonWorld


@pytest.fixture
def world() -> PersonWorld:
    return PersonWorld()


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_has_something_in_it(world: PersonWorld, name: str) -> None:
    with pytest.raises(ValidationError):
        world.ask("find_person", name=name)


def test_who_has_not_agreed_is_asked() -> None:
    with pytest.raises(NotAgreedError):
        PersonWorld(scopes=()).ask("find_person", name="An")


def test_lark_that_is_down_does_not_mean_that_nobody_is_there(world: PersonWorld) -> None:
    world.lark.api.faults["contacts"].set(Fault("down"))
    with pytest.raises(LarkApiError):
        world.ask("find_person", name="An")


def test_nobody_of_that_name(world: PersonWorld) -> None:
    assert world.ask("find_person", name="Tuấn") == {"people": [], "thereAreMore": False}


def test_two_people_of_one_name_are_told_apart_by_department(world: PersonWorld) -> None:
    found = world.ask("find_person", name="Nguyễn Văn An")
    assert found["people"] == [
        {"openId": AN, "name": "Nguyễn Văn An", "departments": ["Tổ Giáo viên"]},
        {"openId": NAMESAKE, "name": "Nguyễn Văn An", "departments": ["Văn phòng"]},
    ]


def test_departments_that_may_not_be_named_have_their_ids(world: PersonWorld) -> None:
    del world.lark.api.contacts.departments["od_office"]
    found = world.ask("find_person", name="Nguyễn Văn An")
    assert [one["departments"] for one in found["people"]] == [["Tổ Giáo viên"], ["od_office"]]


def test_one_person_alone_needs_no_department_and_has_neither_number_nor_address(world: PersonWorld) -> None:
    found = world.ask("find_person", name="Hương")
    assert found["people"] == [{"openId": HUONG, "name": "Phạm Thu Hương"}]


def test_a_token_that_lark_refuses_is_renewed_once(world: PersonWorld) -> None:
    world.ask("find_person", name="An")
    world.lark.api.tokens.user_tokens.revoke_all(AN)
    assert world.ask("find_person", name="Hương")["people"]
    assert world.vault.renewals == [AN]


def test_only_ten_are_shown(world: PersonWorld) -> None:
    for number in range(11):
        world.lark.api.contacts.people.append(
            Person(f"ou_{number}", f"on_{number}", str(number), "Lê Bình", f"{number}@a.test", "+84900000000")
        )
    found = world.ask("find_person", name="Lê Bình")
    assert (len(found["people"]), found["thereAreMore"]) == (10, True)
