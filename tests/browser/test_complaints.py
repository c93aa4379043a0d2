"""What a browser complains about is seen: each of these pages does one thing that no page of ours may."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route

from sandbox.browser import PHONE
from tests.support.axe import barriers
from tests.support.visitor import Visitor

SITE = "http://page.example"
STRICT = "default-src 'none'; script-src 'unsafe-inline'"


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    with browser.new_context(**PHONE) as context:
        yield Visitor(context, SITE)


def show(
    visitor: Visitor, html: str, *, policy: str = "default-src * 'unsafe-inline'", status: int = 200
) -> None:
    """Open a page that is made of `html`; whatever it asks for is not there."""

    def answer(route: Route) -> None:
        if route.request.is_navigation_request():
            page = f"<!doctype html><html lang=vi><title>Trang</title>{html}"
            headers = {"Content-Security-Policy": policy, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(status=status, body=page, headers=headers)
        elif "unreachable" in route.request.url:
            route.abort()
        else:
            route.fulfill(status=404, body="")

    visitor.context.route("**/*", answer)
    visitor.page.goto(SITE, wait_until="networkidle")


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("<script>console.error('broken')</script>", "console: broken"),
        ("<script>console.warn('odd')</script>", "console: odd"),
        ("<script>nobody.there()</script>", "page error: "),
        ("<script>Promise.reject(Error('left alone'))</script>", "page error: "),
        ("<img src=/missing.png alt=''>", "answered 404: GET http://page.example/missing.png"),
        ("<img src=/unreachable.png alt=''>", "failed: GET http://page.example/unreachable.png"),
    ],
)
def test_an_error_is_a_complaint(visitor: Visitor, html: str, complaint: str) -> None:
    show(visitor, html)
    assert len(visitor.complaints.found) == 1
    assert visitor.complaints.found[0].startswith(complaint)


@pytest.mark.parametrize(
    ("html", "directive"),
    [
        ("<p style='color: red'>Đỏ</p>", "style-src-attr inline"),
        ("<script>eval('1')</script>", "script-src eval"),
        ("<img src=https://elsewhere.example/a.png alt=''>", "img-src https://elsewhere.example/a.png"),
        (
            "<script>fetch('https://elsewhere.example/').catch(() => 0)</script>",
            "connect-src https://elsewhere",
        ),
    ],
)
def test_a_violated_policy_is_a_complaint(visitor: Visitor, html: str, directive: str) -> None:
    show(visitor, html, policy=STRICT)
    assert any(f"securitypolicyviolation {directive}" in one for one in visitor.complaints.found)


def test_a_violated_policy_is_a_complaint_without_javascript(browser: Browser) -> None:
    with browser.new_context(**PHONE, java_script_enabled=False) as context:
        visitor = Visitor(context, SITE)
        show(visitor, "<p style='color: red'>Đỏ</p>", policy=STRICT)
        assert "Content Security Policy" in "".join(visitor.complaints.found)


def test_a_refusal_is_a_complaint_unless_it_is_expected(visitor: Visitor) -> None:
    show(visitor, "<h1>Không có</h1>", status=404)
    assert visitor.complaints.found == [f"answered 404: GET {SITE}/"]
    visitor.complaints.found.clear()
    visitor.open("", status=404)
    assert visitor.complaints.found == []


def test_a_good_page_is_no_complaint_and_has_no_barrier(visitor: Visitor) -> None:
    show(visitor, "<main><h1>Phiếu</h1><label>Tên <input name=a></label></main>")
    assert visitor.complaints.found == []
    assert barriers(visitor.page) == []


def test_barriers_are_found(visitor: Visitor) -> None:
    show(visitor, "<main><h1>Phiếu</h1><input name=a><p style='color: #ccc'>Nhạt</p></main>")
    found = barriers(visitor.page)
    assert [line.partition(",")[0] for line in found] == ["serious: color-contrast", "critical: label"]
