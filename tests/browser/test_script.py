"""What the pages' script does when the network or a parent does something unexpected; no stack is needed."""

import base64
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect

from larkbridge.forms.hold import HoldRequest
from larkbridge.pages.prebuilt import page, page_headers
from larkbridge.pages.render import Filled, form_page
from larkbridge.pages.serving import page_handler
from larkbridge.settings import PageSettings
from sandbox.browser import PHONE
from sandbox.routing import Reply, Request, Route, Router, json_reply
from sandbox.server import SandboxServer
from tests.support.forms import http_event
from tests.support.visitor import Complaints

FORM = HoldRequest.path
TYPED = {"parentName": "Nguyễn Thị Hà", "studentName": 'An "<b>" & Bình', "holdFrom-day": "1"}
DOCX = {"name": "đơn.docx", "mimeType": "", "buffer": b"PK"}
SETTINGS = PageSettings({})

type Posted = dict[str, str]


class Centre:
    """The other side of a page: it answers posts as `reply` says, and keeps what was posted."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.announced: list[dict[str, Any]] = []
        self.reply: Callable[[Posted], Reply] = said_sent
        self.file_reply: Callable[[], Reply] | None = None
        self.url = ""
        self.routes = [
            Route("GET", FORM, self._form),
            Route("POST", FORM, self._post),
            Route("GET", f"{FORM}/da-gui", self._sent),
            Route("POST", f"{FORM}/tep", self._announce),
            Route("POST", "/bucket", lambda _: Reply(204)),
        ]

    def _form(self, _: Request) -> Reply:
        answer = page_handler(SETTINGS)(
            http_event(route=f"GET {FORM}", headers={"accept-encoding": "gzip"}), None
        )
        return Reply(200, base64.b64decode(answer["body"]), answer["headers"])

    def _post(self, request: Request) -> Reply:
        self.posted.append({name: one[0] for name, one in parse_qs(request.body.decode()).items()})
        return self.reply(self.posted[-1])

    def _sent(self, _: Request) -> Reply:
        marks = {"number": "so-1", "event_id": "so-1", "form_url": "../phieu-bao-luu"}
        return html(200, page("sent", "vi", SETTINGS, marks))

    def _announce(self, request: Request) -> Reply:
        self.announced.append(request.json_object())
        if self.file_reply:
            return self.file_reply()
        upload = {"attachmentId": "file_1", "url": f"{self.url}/bucket", "fields": {"key": "pending/1"}}
        return json_reply(200, upload)


class Parent:
    """Somebody at the page of the form."""

    def __init__(self, page: Page, centre: Centre) -> None:
        self.page = page
        self._centre = centre

    def open(self) -> None:
        self.page.goto(self._centre.url + FORM)
        for name, value in TYPED.items():
            self.page.fill(f"[name='{name}']", value)

    def send(self) -> None:
        self.page.click("[type=submit]")

    def choose(self, file: Any) -> None:
        self.page.set_input_files("[type=file]", file)

    def typed(self) -> Posted:
        return {name: self.page.input_value(f"[name='{name}']") for name in TYPED}

    def key(self) -> str:
        return self.page.input_value("[name=submissionKey]")

    def sees(self, heading: str) -> None:
        expect(self.page.locator("h1")).to_have_text(heading)


def html(status: int, content: str) -> Reply:
    return Reply(status, content.encode(), page_headers("vi", SETTINGS))


def said_sent(_: Posted) -> Reply:
    return Reply(303, headers={"location": "phieu-bao-luu/da-gui?s=abc"})


def failed(_: Posted) -> Reply:
    return Reply(200, answer=False)


def gateway_refused(_: Posted) -> Reply:
    return json_reply(503, {"message": "Service Unavailable"})


def refused(posted: Posted) -> Reply:
    errors = {"parentPhone": "Số điện thoại không hợp lệ.", "holdFrom": "Ngày không hợp lệ."}
    filled = Filled(posted, errors, posted["submissionKey"], posted["startedAt"])
    return html(400, form_page(HoldRequest, "vi", SETTINGS, filled))


@pytest.fixture
def centre() -> Iterator[Centre]:
    centre = Centre()
    with SandboxServer("127.0.0.1", 0, Router(centre.routes)).running() as url:
        centre.url = url
        yield centre


@pytest.fixture
def parent(browser: Browser, centre: Centre) -> Iterator[Parent]:
    with browser.new_context(**PHONE) as context:
        complaints = Complaints(context)
        complaints.offline = True
        yield Parent(context.new_page(), centre)
        assert [one for one in complaints.found if not one.startswith("answered ")] == []


FROM_MEMORY = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
SENT, OPEN = "Đã nhận được phiếu", "Phiếu bảo lưu"


def test_form_that_is_sent_is_followed_by_its_confirmation(parent: Parent, centre: Centre) -> None:
    parent.open()
    key = parent.key()
    parent.send()
    parent.sees(SENT)
    expect(parent.page.locator("h1")).to_be_focused()
    assert parent.page.url == f"{centre.url}{FORM}/da-gui?s=abc"
    assert parent.page.title() == SENT
    (posted,) = centre.posted
    assert TYPED.items() <= posted.items()
    assert posted["submissionKey"] == key


def test_refused_form_keeps_the_text_and_puts_the_focus_on_what_is_wrong(
    parent: Parent, centre: Centre
) -> None:
    centre.reply = refused
    parent.open()
    key = parent.key()
    parent.send()
    expect(parent.page.locator(".summary")).to_be_focused()
    assert parent.page.title().startswith("Lỗi: ")
    assert (parent.typed(), parent.key()) == (TYPED, key)
    parent.page.click("text=Bảo lưu từ ngày: Ngày không hợp lệ.")
    expect(parent.page.locator("#holdFrom-day")).to_be_focused()
    centre.reply = said_sent
    parent.send()
    parent.sees(SENT)


@pytest.mark.parametrize("trouble", [failed, gateway_refused])
def test_text_and_key_stay_when_the_form_is_not_sent(
    parent: Parent, centre: Centre, trouble: Callable[[Posted], Reply]
) -> None:
    centre.reply = trouble
    parent.open()
    key = parent.key()
    parent.send()
    expect(parent.page.locator(".outcome")).to_contain_text("Chưa gửi được.")
    assert (parent.typed(), parent.key()) == (TYPED, key)
    centre.reply = said_sent
    parent.send()
    parent.sees(SENT)
    assert {one["submissionKey"] for one in centre.posted} == {key}


def test_parent_without_a_network_is_told_so(parent: Parent) -> None:
    parent.open()
    parent.page.context.set_offline(True)
    parent.send()
    expect(parent.page.locator(".outcome")).to_contain_text("máy đang không có mạng")
    assert parent.typed() == TYPED


def test_second_click_posts_nothing(parent: Parent, centre: Centre) -> None:
    clicked = Event()

    def once_clicked(posted: Posted) -> Reply:
        clicked.wait(10)
        return said_sent(posted)

    centre.reply = once_clicked
    parent.open()
    parent.send()
    expect(parent.page.locator(".outcome")).to_have_text("Đang gửi…")
    parent.page.locator("[type=submit]").dispatch_event("click")
    parent.page.keyboard.press("Enter")
    clicked.set()
    parent.sees(SENT)
    assert len(centre.posted) == 1


def test_who_goes_back_finds_the_text_and_the_same_key(parent: Parent) -> None:
    parent.open()
    key = parent.key()
    parent.send()
    parent.sees(SENT)
    parent.page.go_back()
    parent.sees(OPEN)
    assert (parent.typed(), parent.key()) == (TYPED, key)
    parent.page.go_forward()
    parent.sees(SENT)


def test_who_reloads_the_confirmation_and_goes_back_gets_the_form(parent: Parent) -> None:
    parent.open()
    parent.send()
    parent.sees(SENT)
    parent.page.reload()
    parent.sees(SENT)
    parent.page.go_back()
    parent.sees(OPEN)


def test_page_from_the_browsers_memory_is_a_new_form_with_the_old_text(parent: Parent) -> None:
    parent.open()
    key, started = parent.key(), parent.page.input_value("[name=startedAt]")
    parent.page.evaluate(FROM_MEMORY)
    assert parent.key() != key
    assert len(parent.key()) == 36
    assert parent.page.input_value("[name=startedAt]") == started
    assert parent.typed() == TYPED


def test_page_from_the_browsers_memory_that_may_have_arrived_keeps_its_key(
    parent: Parent, centre: Centre
) -> None:
    centre.reply = failed
    parent.open()
    key = parent.key()
    parent.send()
    expect(parent.page.locator(".outcome")).to_contain_text("Chưa gửi được.")
    parent.page.evaluate(FROM_MEMORY)
    assert parent.key() == key


def test_file_is_uploaded_before_the_form_is_sent(parent: Parent, centre: Centre) -> None:
    parent.open()
    parent.choose(DOCX)
    expect(parent.page.locator(".file [role=status]")).to_have_text("Đã nhận tệp đơn.docx.")
    parent.send()
    parent.sees(SENT)
    (announced,), (posted,) = centre.announced, centre.posted
    assert announced["type"].endswith("wordprocessingml.document")
    assert (announced["name"], announced["size"]) == ("đơn.docx", 2)
    assert announced["submissionKey"] == posted["submissionKey"]
    assert posted["attachmentId"] == "file_1"


def test_file_stays_with_the_key_that_it_was_uploaded_for(parent: Parent) -> None:
    parent.open()
    key = parent.key()
    parent.choose(DOCX)
    expect(parent.page.locator(".file [role=status]")).to_have_text("Đã nhận tệp đơn.docx.")
    parent.page.evaluate(FROM_MEMORY)
    assert parent.key() == key


def test_file_that_is_taken_away_again_is_not_sent(parent: Parent, centre: Centre) -> None:
    parent.open()
    parent.choose(DOCX)
    parent.page.click("text=Bỏ tệp này")
    parent.send()
    parent.sees(SENT)
    assert centre.posted[0].get("attachmentId", "") == ""


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (400, {"fields": {"type": "x"}}, "Loại tệp này không dùng được"),
        (400, {"fields": {"size": "x"}}, "quá lớn"),
        (429, {"error": "too_many_requests"}, "Chưa tải được tệp này"),
        (503, {"message": "Service Unavailable"}, "Chưa tải được tệp này"),
    ],
)
def test_file_that_is_refused_is_told_and_refuses_no_form(
    parent: Parent, centre: Centre, status: int, answer: dict[str, Any], words: str
) -> None:
    centre.file_reply = lambda: json_reply(status, answer)
    parent.open()
    parent.choose(DOCX)
    expect(parent.page.locator(".file [role=status]")).to_contain_text(words)
    parent.send()
    parent.sees(SENT)
    assert centre.posted[0].get("attachmentId", "") == ""


def test_without_the_script_the_form_is_whole(browser: Browser, centre: Centre) -> None:
    with browser.new_context(**PHONE, java_script_enabled=False) as context:
        parent = Parent(context.new_page(), centre)
        parent.open()
        assert not parent.page.is_visible("[type=file]")
        assert parent.page.is_visible(".later")
        parent.send()
        parent.page.wait_for_url("**/da-gui?s=abc")
    assert TYPED.items() <= centre.posted[0].items()
