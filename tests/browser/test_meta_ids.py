"""A page gives Meta's ids only with marketing consent, in cookies of the registrable domain."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Route

from larkbridge.forms.hold import HoldRequest
from larkbridge.pages.meta_ids import without_forbidden_ids
from larkbridge.pages.render import Filled, form_page
from larkbridge.settings import PageSettings

PATH = HoldRequest.path
NINETY_DAYS = 90 * 24 * 60 * 60
DOMAINS = [
    ("example.com", ".example.com", 1),
    ("dangky.example.com", ".example.com", 1),
    ("truong.edu.vn", ".truong.edu.vn", 2),
    ("dangky.truong.edu.vn", ".truong.edu.vn", 2),
    ("a.b.trungtam.com.vn", ".trungtam.com.vn", 2),
    ("trungtam.vn", ".trungtam.vn", 1),
]

type Posted = dict[str, str]
type Send = Callable[..., Posted]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has never been here."""
    with browser.new_context() as context:
        yield context


@pytest.fixture
def send(context: BrowserContext) -> Send:
    """Open the page of a form at an address, press its button, and return what is posted."""
    posted: list[Posted] = []
    html = form_page(HoldRequest, "vi", PageSettings({}), Filled({}, {}, "key", "1795140000000"))

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            fields = parse_qs(route.request.post_data or "", keep_blank_values=True)
            posted.append({name: value for name, (value,) in fields.items()})
        route.fulfill(body=html, content_type="text/html; charset=utf-8")

    context.route("**/*", answer)

    def send(host: str = "dangky.truong.edu.vn", query: str = "", *, agreed: bool = True) -> Posted:
        page = context.new_page()
        page.goto(f"https://{host}{PATH}{query}")
        page.set_checked("[name=marketingConsent]", agreed)
        with page.expect_response(lambda response: response.request.method == "POST"):
            page.click("button[type=submit]")
        page.close()
        return posted[-1]

    return send


def cookies(context: BrowserContext) -> dict[str, Any]:
    return {str(one.get("name")): one for one in context.cookies()}


def test_without_consent_no_cookie_is_set_and_no_id_is_posted(context: BrowserContext, send: Send) -> None:
    posted = send(query="?fbclid=IwAR2xbFqLzT", agreed=False)
    assert posted["submissionKey"] == "key"
    assert posted.keys() & {"fbp", "fbc", "marketingConsent"} == set()
    assert cookies(context) == {}


def test_ids_that_another_page_has_set_stay_there_without_consent(
    context: BrowserContext, send: Send
) -> None:
    context.add_cookies([{"name": "_fbp", "value": "fb.2.1.2", "domain": ".truong.edu.vn", "path": "/"}])
    assert "fbp" not in send(agreed=False)


@pytest.mark.parametrize(("host", "domain", "dots"), DOMAINS)
def test_ids_are_those_of_the_registrable_domain(
    context: BrowserContext, send: Send, host: str, domain: str, dots: int
) -> None:
    posted = send(host, "?fbclid=IwAR2xbFqLzT_aem-9")
    assert [posted[name].split(".")[:2] for name in ("fbp", "fbc")] == [["fb", str(dots)]] * 2
    assert posted["fbc"].split(".")[3:] == ["IwAR2xbFqLzT_aem-9"]
    assert without_forbidden_ids(posted) == posted
    for name, one in cookies(context).items():
        assert (one["domain"], one["value"]) == (domain, posted[name.removeprefix("_")])
        assert one["secure"]
        assert 0 < one["expires"] - time.time() <= NINETY_DAYS


def test_ids_are_kept_from_one_form_to_the_next_and_a_new_click_has_a_new_one(send: Send) -> None:
    first, same = send(query="?fbclid=One"), send(query="?fbclid=One")
    without, other = send(), send("truong.edu.vn", "?fbclid=Two")
    assert first["fbp"] == same["fbp"] == without["fbp"] == other["fbp"]
    assert first["fbc"] == same["fbc"] == without["fbc"] != other["fbc"]


@pytest.mark.parametrize(
    "query", ["", "?fbclid=", "?fbclid=a.b", "?fbclid=a%3B%20Domain%3Dvn", "?fbclid=%3Cb%3E"]
)
def test_a_click_that_is_none_has_no_id(context: BrowserContext, send: Send, query: str) -> None:
    assert "fbc" not in send(query=query)
    assert cookies(context).keys() == {"_fbp"}


def test_a_browser_without_cookies_sends_the_form_all_the_same(context: BrowserContext, send: Send) -> None:
    context.add_init_script("Object.defineProperty(document, 'cookie', {get: () => '', set: () => {}})")
    posted = send(query="?fbclid=One")
    assert posted["marketingConsent"] == "on"
    assert posted.keys() & {"fbp", "fbc"} == set()
