"""A person connects their Lark account in a real browser: our page, Lark's on another site, and ours."""

from collections.abc import Iterator

import pytest

from larkbridge.pages.connect_texts import CONNECT_TEXTS
from larkbridge.people.connecting import Connecting
from sandbox.lark.contacts import PEOPLE
from tests.browser.conftest import Visit
from tests.browser.test_barriers import LANGUAGES, check
from tests.support.stack import LocalStack
from tests.support.stack_connecting import asked, connecting_on
from tests.support.visitor import Visitor

PERSON, NAMESAKE, MANAGER = (person.open_id for person in PEOPLE)


@pytest.fixture
def person(visit: Visit) -> Visitor:
    """Somebody of the staff, with a phone."""
    return visit()


@pytest.fixture
def connecting(stack: LocalStack) -> Iterator[Connecting]:
    with connecting_on(stack) as connecting:
        yield connecting


def answer(person: Visitor, open_id: str, button: str) -> str:
    """Press our button, be somebody, and press Lark's; return what the page says then."""
    person.page.locator("main form button").click()
    person.page.wait_for_url("http://localhost:*/**")
    person.page.locator(f"input[value={open_id}]").check()
    person.page.get_by_role("button", name=button).click()
    person.page.wait_for_url("**/oauth/callback?*")
    return person.page.inner_text("main")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_agrees(person: Visitor, connecting: Connecting, language: str) -> None:
    person.page.goto(f"{asked(connecting, PERSON)}&lang={language}")
    check(person.page, language)
    said = answer(person, PERSON, "Authorize")
    assert CONNECT_TEXTS["vi"].pages["done"].title in said
    check(person.page, "vi")


def test_a_person_refuses_and_changes_their_mind(person: Visitor, connecting: Connecting) -> None:
    person.page.goto(asked(connecting, PERSON))
    assert CONNECT_TEXTS["vi"].pages["denied"].title in answer(person, PERSON, "Cancel")
    check(person.page, "vi")
    person.page.locator("main a").last.click()
    person.page.wait_for_url("**/oauth/start?*")
    assert CONNECT_TEXTS["vi"].pages["done"].title in answer(person, PERSON, "Authorize")


def test_somebody_else_agrees(person: Visitor, connecting: Connecting) -> None:
    person.complaints.refusals.add(403)
    person.page.goto(asked(connecting, NAMESAKE))
    assert CONNECT_TEXTS["vi"].pages["mismatch"].title in answer(person, MANAGER, "Authorize")
    check(person.page, "vi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_that_is_not_ours(person: Visitor, language: str) -> None:
    person.open(f"/oauth/start?t=made-up&lang={language}", status=404)
    check(person.page, language)
