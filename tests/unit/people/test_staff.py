"""Who may do what: by open id, by department, and by nothing when Lark does not answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.errors import SettingsError
from larkbridge.lark.contacts import Contacts
from larkbridge.people.staff import MAX_REMEMBERED, Staff
from larkbridge.routes import Scope
from larkbridge.settings import StaffSettings
from sandbox.faults import Fault
from tests.support.lark import Platform, ScriptedLark, lark_client
from tests.support.lark_accounts import MANAGER, PERSON

READ, RETRY, WRITE = Scope.READ, Scope.RETRY, Scope.WRITE


def listed(text: str) -> dict[str, frozenset[str]]:
    return dict(StaffSettings({"STAFF": text}).staff)


def staff(text: str, lark: Platform) -> Staff:
    return Staff(listed(text), Contacts(lark.client), lark.clock)


@pytest.fixture
def lark() -> Platform:
    return Platform()


def test_a_person_may_what_the_list_says(lark: Platform) -> None:
    found = staff(f"{PERSON}=read+retry, ou_other = write", lark)
    assert found.scopes_of(PERSON) == {READ, RETRY}
    assert found.scopes_of("ou_other") == {WRITE}


def test_who_is_not_listed_may_nothing(lark: Platform) -> None:
    assert staff(f"{PERSON}=read", lark).scopes_of(MANAGER) == frozenset()
    assert staff("", lark).scopes_of(PERSON) == frozenset()


def test_a_department_gives_its_people_more(lark: Platform) -> None:
    found = staff(f"od_teachers=read, od_office=retry, {MANAGER}=write", lark)
    assert found.scopes_of(PERSON) == {READ}
    assert found.scopes_of(MANAGER) == {READ, RETRY, WRITE}


def test_without_departments_lark_is_not_asked() -> None:
    lark = ScriptedLark()
    Staff(listed(f"{PERSON}=read"), Contacts(lark_client(lark.network)), Platform().clock).scopes_of(PERSON)
    assert lark.calls == []


@pytest.mark.parametrize("kind", ["down", "error_500", "answer_lost"])
def test_when_lark_fails_only_what_is_granted_by_name_counts(lark: Platform, kind: str) -> None:
    found = staff(f"od_teachers=admin, {PERSON}=read", lark)
    lark.api.faults["contacts"].set(Fault(kind))  # pyright: ignore[reportArgumentType]
    assert found.scopes_of(PERSON) == {READ}
    lark.api.faults["contacts"].clear()
    assert found.scopes_of(PERSON) == {READ}
    lark.clock.advance(seconds=30)
    assert found.scopes_of(PERSON) == {READ, Scope.ADMIN}


def test_what_lark_does_not_show_gives_nothing(lark: Platform) -> None:
    lark.api.contacts.invisible_fields.add("department_ids")
    assert staff("od_teachers=read", lark).scopes_of(PERSON) == frozenset()


def test_departments_are_asked_for_once_in_ten_minutes(lark: Platform) -> None:
    found = staff("od_teachers=read", lark)
    assert found.scopes_of(PERSON) == {READ}
    lark.api.contacts.people.clear()
    lark.clock.advance(minutes=9, seconds=59)
    assert found.scopes_of(PERSON) == {READ}
    lark.clock.advance(seconds=1)
    assert found.scopes_of(PERSON) == frozenset()


def test_only_so_many_people_are_remembered(lark: Platform) -> None:
    found = staff("od_teachers=read", lark)
    lark.api.faults["contacts"].set(Fault("down"))
    for number in range(MAX_REMEMBERED + 5):
        found.scopes_of(f"ou_{number}")
    assert len(found._known) <= MAX_REMEMBERED


@pytest.mark.parametrize(
    "text",
    [
        "ou_1",
        "ou_1=",
        "ou_1=root",
        "ou_1=read+",
        "ou_1=read retry",
        "ou_1=read, ou_1=write",
        "user@school.test=read",
        "=read",
        "ou_1=READ",
        "ou_1==read",
        "ou_=read",
    ],
)
def test_a_list_that_is_wrong_says_what_is_allowed_and_quotes_nothing(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        listed(text)
    assert str(caught.value).startswith("STAFF must be a list such as ou_1=read+retry")
    assert "root" not in str(caught.value)


def test_the_words_are_the_scopes() -> None:
    everything = "+".join(Scope)
    assert listed(f"ou_1={everything}") == {"ou_1": frozenset(Scope)}


@given(st.text(max_size=60))
def test_whatever_is_set_is_read_or_refused(text: str) -> None:
    try:
        found = listed(text)
    except SettingsError:
        return
    assert all(scopes and scopes <= frozenset(Scope) for scopes in found.values())
