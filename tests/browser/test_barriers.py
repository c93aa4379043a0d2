"""axe finds nothing on any page in any state, in both languages, and nothing is wider than a phone."""

import pytest
from playwright.sync_api import Page

from sandbox.samples import FORMS, ROUTES
from tests.support.axe import barriers
from tests.support.page_values import a_child, typed
from tests.support.visitor import Visitor

LEAVE = ROUTES["leave-request"]
LANGUAGES = ("vi", "en")


def check(page: Page, language: str) -> None:
    assert page.locator("html").get_attribute("lang") == language
    assert barriers(page) == []
    wide, seen = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= seen


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form_type", FORMS)
def test_a_form_empty_and_refused(parent: Visitor, form_type: str, language: str) -> None:
    parent.open(f"{ROUTES[form_type]}?lang={language}")
    check(parent.page, language)
    parent.send(status=400)
    check(parent.page, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_after_a_form(parent: Visitor, language: str) -> None:
    parent.open(f"{LEAVE}?lang={language}")
    parent.fill(typed("leave-request", a_child()) | {"marketingConsent": True})
    parent.send()
    check(parent.page, language)
    confirmation = parent.page.url
    parent.page.locator("main a[href^=tep]").click()
    parent.page.locator("[type=file]").wait_for()
    check(parent.page, language)
    parent.page.goto(confirmation)
    with parent.answered():
        parent.page.locator("form:has([name=withdraw]) button").click()
    check(parent.page, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_already_sent(parent: Visitor, language: str) -> None:
    parent.open(f"{LEAVE}?lang={language}")
    parent.fill(typed("leave-request", a_child()))
    parent.send()
    parent.page.go_back()
    parent.fill({"className": "Chồi 2B"})
    parent.send()
    check(parent.page, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", ["da-gui", "tep"])
def test_a_link_that_is_not_ours(parent: Visitor, place: str, language: str) -> None:
    parent.open(f"{LEAVE}/{place}?s=forged&lang={language}", status=404)
    check(parent.page, language)
    parent.page.locator("main a").click()
    parent.page.wait_for_url(f"**{LEAVE}*")
    check(parent.page, language)
