"""`make screenshots`: the pages as parents see them and two chats, into docs/images. `make test` has none."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from sandbox.browser import DESKTOP, PHONE, launched
from sandbox.samples import FORMS, ROUTES
from tests.browser.conftest import Visit
from tests.support.chat_picture import chat_page
from tests.support.page_values import typed
from tests.support.template import ROOT
from tests.support.visitor import Visitor

IMAGES = ROOT / "docs" / "images"
DEVICES: dict[str, dict[str, Any]] = {"phone": PHONE | {"device_scale_factor": 1.5}, "desktop": DESKTOP}
QUALITY, FINE_QUALITY = 20, 60
LEAVE = ROUTES["leave-request"]
CHILDREN = {"phone": "Nguyễn Minh An", "desktop": "Nguyễn Minh Châu"}
MISTAKES = {"parentPhone": "0912", "consent": False}
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern">
    <edit name="family" mode="assign" binding="strong"><string>Roboto</string></edit>
  </match>
</fontconfig>
"""
"""Every font is the one that most phones have."""

THE_SAME_EACH_TIME = """() => {
    for (const one of document.querySelectorAll('.number'))
        one.textContent = '7d1f0c52-3b0e-4a86-9a41-0f6f2f7c9b1d';
    document.activeElement.blur();
    scrollTo(0, 0);
}"""


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "fonts.conf").write_text(FONTS.format(cache=folder / "cache"))
    with launched({"FONTCONFIG_FILE": str(folder / "fonts.conf")}) as browser:
        yield browser


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def parent(visit: Visit, device: str) -> Visitor:
    return visit(**DEVICES[device])


def shoot(page: Page, name: str, *, whole: bool = True) -> None:
    """Write a picture of the whole page, or of what a screen shows of it."""
    page.evaluate(THE_SAME_EACH_TIME)
    session = page.context.new_cdp_session(page)
    quality = QUALITY if whole else FINE_QUALITY
    options = {"format": "webp", "quality": quality, "captureBeyondViewport": whole}
    picture = session.send("Page.captureScreenshot", options)
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(picture["data"]))


@pytest.mark.parametrize("form_type", FORMS)
def test_a_form(parent: Visitor, device: str, form_type: str) -> None:
    parent.open(ROUTES[form_type])
    shoot(parent.page, f"{form_type}-empty-{device}")
    parent.fill(typed(form_type, CHILDREN[device]) | MISTAKES)
    parent.send(status=400)
    shoot(parent.page, f"{form_type}-error-{device}")


def test_what_comes_after(parent: Visitor, device: str) -> None:
    parent.open(LEAVE)
    parent.fill(typed("leave-request", CHILDREN[device]) | {"marketingConsent": True})
    parent.send()
    shoot(parent.page, f"sent-{device}")
    confirmation = parent.page.url
    parent.page.go_back()
    parent.fill({"className": "Chồi 2B"})
    parent.send()
    parent.page.locator("button[name=replaces].quiet").wait_for()
    shoot(parent.page, f"already-sent-{device}")
    parent.page.goto(confirmation)
    parent.page.locator("main a[href^=tep]").click()
    parent.page.locator("[type=file]").wait_for()
    shoot(parent.page, f"file-step-{device}")
    parent.page.goto(confirmation)
    with parent.answered():
        parent.page.locator("form:has([name=withdraw]) button").click()
    shoot(parent.page, f"withdrawn-{device}")
    parent.open(f"{LEAVE}/da-gui?s=forged", status=404)
    shoot(parent.page, f"link-invalid-{device}")


def test_what_the_documents_show(visit: Visit) -> None:
    parent = visit(**DEVICES["phone"])
    parent.open(LEAVE)
    shoot(parent.page, "form", whole=False)
    parent.fill(typed("leave-request", "Nguyễn Gia Hân") | MISTAKES)
    parent.send(status=400)
    shoot(parent.page, "mistake", whole=False)
    parent.fill({"parentPhone": "0912 345 678", "consent": True})
    parent.send()
    shoot(parent.page, "done", whole=False)


@pytest.mark.parametrize(
    ("conversation", "picture"), [("lich-ngay-mai", "chat-question"), ("tao-roi-hoan-tac", "chat-event")]
)
def test_a_chat(browser: Browser, conversation: str, picture: str) -> None:
    transcript = ROOT / "tests" / "conversations" / f"{conversation}.txt"
    page = browser.new_context(**DEVICES["phone"]).new_page()
    page.set_content(chat_page(transcript.read_text()))
    height = page.evaluate("document.querySelector('main').getBoundingClientRect().bottom + 12")
    page.set_viewport_size({"width": 360, "height": round(height)})
    shoot(page, picture, whole=False)
    page.context.close()
