"""A parent at a page: what they do there, and what their browser complains about meanwhile."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response

SENDS = "main form:has([name=submissionKey]) button:not([type=button])"
ANSWER_SECONDS = 30.0

VIOLATIONS = """addEventListener('securitypolicyviolation', event =>
    console.error(`securitypolicyviolation ${event.effectiveDirective} ${event.blockedURI}`))"""

HAS_READ_FOR_A_MINUTE = """() => {
    for (const field of document.querySelectorAll('[name=startedAt]')) field.value -= 60000;
}"""
"""A form that comes within three seconds is a robot's; who waits for it to be read wastes a test's time."""

FOCUSED = """() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return {
        tag: element.tagName.toLowerCase(), name: element.name || '', type: element.type || '',
        value: element.value || '', checked: !!element.checked, text: element.textContent.trim(),
        shown: box.bottom > 0 && box.top < innerHeight && box.right <= innerWidth + 1,
        marked: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
    };
}"""


class Complaints:
    """What a browser complains about: console and page errors, violated policies, requests that failed.

    Attributes
    ----------
    found
        One line each, oldest first.
    refusals
        Statuses from 400 on that a page may be answered with; any other one is a complaint.
    offline
        Whether requests may fail now, there being no network.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.found: list[str] = []
        self.refusals: set[int] = set()
        self.offline = False
        context.add_init_script(VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.found.append(f"page error: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.found.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        replaced = request.is_navigation_request() and request.failure == "net::ERR_ABORTED"
        if not (replaced or self.offline):
            self.found.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        expected = (
            response.request.resource_type in ("document", "fetch") and response.status in self.refusals
        )
        if response.status >= 400 and not expected:
            self.found.append(f"answered {response.status}: {response.request.method} {response.url}")


class Visitor:
    """One person with one browser profile, whose pages are below `base`."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context = context
        self.base = base
        self.complaints = Complaints(context)
        self.page = context.new_page()

    def open(self, path: str, *, status: int = 200, page: Page | None = None) -> Page:
        """Open a page of the API; it must be answered with `status`."""
        self.complaints.refusals.add(status)
        page = page or self.page
        answer = page.goto(self.base + path)
        assert answer is not None
        assert answer.status == status, answer.text()
        page.evaluate(HAS_READ_FOR_A_MINUTE)
        return page

    def fill(self, values: Mapping[str, str | bool], page: Page | None = None) -> None:
        """Fill in the named fields, the others stay."""
        page = page or self.page
        for name, value in values.items():
            field = page.locator(f"form [name='{name}']")
            if isinstance(value, bool):
                field.set_checked(value)
            elif field.first.evaluate("one => one.type") == "radio":
                page.locator(f"form [name='{name}'][value='{value}']").check()
            elif field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def send(self, *, status: int = 200, page: Page | None = None) -> Page:
        """Press the button that sends, and wait for the page that answers with `status`."""
        page = page or self.page
        with self.answered(status, page):
            page.locator(SENDS).first.click()
        return page

    @contextmanager
    def answered(self, status: int = 200, page: Page | None = None) -> Iterator[None]:
        """Do what sends a form, with or without the page's script; the page that follows has `status`."""
        self.complaints.refusals.add(status)
        page = page or self.page
        page.evaluate("() => { document.body.dataset.left = '' }")
        with page.expect_response(_ends_a_post, timeout=ANSWER_SECONDS * 1000) as answer:
            yield
        assert answer.value.status == status
        page.locator("body:not([data-left])").wait_for(state="attached")

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Have no network while the block runs."""
        self.complaints.offline = True
        self.context.set_offline(True)
        try:
            yield
        finally:
            self.context.set_offline(False)
            self.complaints.offline = False

    def values(self, page: Page | None = None) -> dict[str, str]:
        """Return what stands in the form's fields, hidden ones included."""
        return (page or self.page).evaluate("() => Object.fromEntries(new FormData(document.forms[0]))")

    def is_at(self, path: str, page: Page | None = None) -> bool:
        """Tell whether the page's path ends so."""
        return urlsplit((page or self.page).url).path.endswith(path)


def _ends_a_post(response: Response) -> bool:
    """Tell whether this is what a post leads to in the end: the page after the redirect, or a refusal."""
    first = response.request
    while first.redirected_from:
        first = first.redirected_from
    return first.method == "POST" and not 300 <= response.status < 400


class Keyboard:
    """Somebody who only has keys: each element is reached with Tab, seen, and marked as the one in focus."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def fill(self, values: Mapping[str, str | bool], *, limit: int = 120) -> None:
        """Go on until the button that sends has the focus, and type what `values` has for the fields."""
        left = dict(values)
        for _ in range(limit):
            focused = self.press("Tab")
            if focused["tag"] == "button" and focused["type"] == "submit":
                break
            if focused["name"] in left:
                self._enter(focused, left.pop(focused["name"]))
        else:
            raise AssertionError(f"{limit} times Tab, and the button that sends was not reached")
        assert not left, f"not reached: {sorted(left)}"

    def reach(self, target: Locator, *, limit: int = 60) -> None:
        """Go on until `target` has the focus."""
        for _ in range(limit):
            self.press("Tab")
            if target.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"{limit} times Tab, and {target} was not reached")

    def type(self, value: str) -> None:
        """Type into the field in focus, over what it has."""
        for key in ("Control+A", "Delete"):
            self._page.keyboard.press(key)
        self._page.keyboard.type(value)

    def press(self, key: str) -> dict[str, Any]:
        """Press a key and return what has the focus then."""
        self._page.keyboard.press(key)
        focused = self.focused()
        if focused["tag"] != "body":
            assert focused["shown"], f"in focus and not to be seen: {focused}"
            assert focused["marked"], f"in focus and not marked: {focused}"
        return focused

    def focused(self) -> dict[str, Any]:
        return self._page.evaluate(FOCUSED)

    def _enter(self, field: dict[str, Any], value: str | bool) -> None:
        if isinstance(value, bool):
            if field["checked"] != value:
                self._page.keyboard.press("Space")
        elif field["type"] in ("radio", "select-one"):
            self._choose(value)
        else:
            self.type(value)

    def _choose(self, value: str) -> None:
        for _ in range(30):
            focused = self.focused()
            if focused["value"] == value:
                if focused["type"] == "radio" and not focused["checked"]:
                    self._page.keyboard.press("Space")
                return
            self._page.keyboard.press("ArrowDown")
        raise AssertionError(f"no such choice: {value}")
