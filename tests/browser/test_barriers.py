"""axe finds nothing on any page in any state, in both languages, and nothing is wider than a phone."""

from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, Route

from larkbridge.store.submissions import FormType
from sandbox.samples import FORMS, ROUTES
from tests.support.axe import barriers
from tests.support.page_values import a_child, typed
from tests.support.visitor import Visitor
from tests.support.world import World

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


@pytest.mark.parametrize("language", LANGUAGES)
def test_too_many_forms_from_one_address(parent: Visitor, world: World, language: str) -> None:
    world.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="1")
    world.post(FormType.LEAVE_REQUEST, FORMS["leave-request"])

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        posted = dict(parse_qsl(route.request.post_data or ""))
        page = world.browse(FormType.LEAVE_REQUEST, posted, query=f"lang={language}")
        return route.fulfill(status=page.status, headers=dict(page.headers), body=page.html)

    parent.open(f"{LEAVE}?lang={language}")
    parent.fill(typed("leave-request", a_child()))
    before = parent.values()
    parent.context.route("**/*", answer)
    parent.send(status=429)
    check(parent.page, language)
    assert parent.values() == before
    assert parent.page.locator("main .notice").inner_text()
