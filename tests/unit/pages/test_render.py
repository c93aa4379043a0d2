"""A form that comes back shows what was typed, and nothing that was typed is more than text."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from larkbridge.forms.catalogue import FORMS
from larkbridge.forms.form import Form
from larkbridge.forms.hold import HoldRequest
from larkbridge.pages.questions import questions
from larkbridge.pages.render import Filled, already_sent_page, file_page, form_page
from larkbridge.settings import PageSettings
from tests.support.pages import Page

NO_SETTINGS = PageSettings({})
KEY = "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10"
EARLIER = "6f1c1d1e-7f5b-4c0e-9a55-0f7f3c1f2a10"
TICKED = {"consent": "on", "marketingConsent": "on"}
NASTY = [
    '"><script>alert(1)</script>',
    "</textarea><img src=x onerror=alert(1)>",
    "<=key> <?late>x<?> <?!centre_name>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eanhp.exe\u2066",
    "' onfocus='alert(1)",
    "&lt;b&gt;&amp;",
    "Cháu \U0001f476\U0001f3fd thích vẽ",
    "x" * 2000,
    "\n\nhai dòng\n",
]


class Parsed(HTMLParser):
    """A page's elements as (tag, attributes), and what its inputs hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.values = Page(200, {}, html, b"").inputs
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def inputs_of(form: type[Form]) -> list[str]:
    return [name for question in questions(form, "vi") for name in question.inputs]


def filled(values: dict[str, str], errors: dict[str, str] | None = None, replaces: str = "") -> Filled:
    return Filled(values, errors or {}, KEY, "1795140000250", replaces)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("form", FORMS)
def test_all_that_was_typed_is_still_there(form: type[Form], language: str) -> None:
    typed = {name: f"{number}. đã nhập" for number, name in enumerate(inputs_of(form))} | TICKED
    shown = Parsed(form_page(form, language, NO_SETTINGS, filled(typed))).values
    assert typed.items() <= shown.items()
    assert (shown["submissionKey"], shown["startedAt"]) == (KEY, "1795140000250")


@given(text=st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs", "Cc"]))))
@settings(deadline=None, max_examples=80)
@example(text=NASTY[0])
def test_whatever_is_typed_shows_as_text(text: str) -> None:
    plain = Parsed(form_page(HoldRequest, "vi", NO_SETTINGS, filled({})))
    typed = dict.fromkeys(inputs_of(HoldRequest), text) | TICKED
    page = Parsed(form_page(HoldRequest, "vi", NO_SETTINGS, filled(typed, {"note": text}), notice=text))
    assert typed.items() <= page.values.items()
    added = {"div", "h2", "ul", "li", "a", "p", "span"}
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in plain.elements} | added
    assert {name for _, one in page.elements for name in one if name.startswith("on")} == set()
    assert len([tag for tag, _ in page.elements if tag == "script"]) == 1


@pytest.mark.parametrize("text", NASTY)
def test_whatever_is_sent_again_shows_as_text(text: str) -> None:
    typed = dict.fromkeys(inputs_of(HoldRequest), text) | TICKED | {"consentVersion": "2026-11-28"}
    html = already_sent_page(
        HoldRequest, "vi", NO_SETTINGS, filled(typed, replaces=EARLIER), EARLIER, "2026-11-22T05:09:01.123Z"
    )
    page = Parsed(html)
    assert page.values == typed | {"submissionKey": KEY, "startedAt": "1795140000250", "replaces": EARLIER}
    buttons = [one for tag, one in page.elements if tag == "button"]
    assert [(one["name"], one["value"]) for one in buttons] == [("replaces", EARLIER), ("replaces", "")]
    assert "12:09, 22/11/2026" in html
    assert len([tag for tag, _ in page.elements if tag == "script"]) == 1


@pytest.mark.parametrize(("language", "prefix"), [("vi", "Lỗi: "), ("en", "Error: ")])
def test_errors_are_in_the_title_at_the_top_and_at_the_field(language: str, prefix: str) -> None:
    errors = {"parentPhone": "Số sai.", "holdFrom": "Ngày sai."}
    html = form_page(HoldRequest, language, NO_SETTINGS, filled({}, errors))
    page = Parsed(html)
    links = [one["href"] for tag, one in page.elements if tag == "a"]
    named = {str(one["id"]): one for _, one in page.elements if "id" in one}
    assert f"<title>{prefix}" in html
    assert links == ["#parentPhone", "#holdFrom-day"]
    assert "parentPhone-error" in str(named["parentPhone"]["aria-describedby"]).split()
    assert named["parentPhone"]["aria-invalid"] == named["holdFrom-day"]["aria-invalid"] == "true"
    assert "aria-invalid" not in named["parentName"]
    assert [html.count(error) for error in errors.values()] == [2, 2]
    assert [one["role"] for _, one in page.elements if one.get("class") == "summary"] == ["alert"]


def test_errors_stand_in_the_order_of_the_page() -> None:
    asked = [question.name for question in questions(HoldRequest, "vi")]
    errors = {name: f"Sai {name}." for name in ["utmSource", *reversed(asked)]}
    summary = form_page(HoldRequest, "vi", NO_SETTINGS, filled({}, errors)).partition("</ul>")[0]
    assert re.findall(r"Sai (\w+)", summary) == [*asked, "utmSource"]


def test_error_of_what_is_not_on_the_page_is_told_without_a_link() -> None:
    html = form_page(HoldRequest, "vi", NO_SETTINGS, filled({}, {"utmSource": "Nội dung quá dài."}))
    assert "<li>Nội dung quá dài.</li>" in html


def test_page_without_errors_has_no_summary() -> None:
    html = form_page(HoldRequest, "vi", NO_SETTINGS, filled({}), notice="Vui lòng gửi lại sau ít phút.")
    assert 'class="summary"' not in html
    assert "Lỗi" not in html.partition("</title>")[0]
    assert "<p>Vui lòng gửi lại sau ít phút.</p>" in html


def test_file_page_posts_to_where_it_is_told_with_the_inputs_it_is_given() -> None:
    inputs = {"key": 'pending/"><b>', "policy": "abc=="}
    upload = ("https://files.example/?a=1&b=2", inputs)
    page = Parsed(file_page(HoldRequest, "vi", NO_SETTINGS, upload, "../phieu-bao-luu"))
    (form,) = (one for tag, one in page.elements if tag == "form")
    assert (form["action"], form["enctype"]) == ("https://files.example/?a=1&b=2", "multipart/form-data")
    assert page.values == inputs | {"file": ""}


def test_every_id_that_is_referred_to_is_on_the_page() -> None:
    for form in FORMS:
        errors = {question.name: "Sai." for question in questions(form, "vi")}
        page = Parsed(form_page(form, "vi", NO_SETTINGS, filled({}, errors)))
        ids = [one["id"] for _, one in page.elements if "id" in one]
        referred = {
            name
            for _, one in page.elements
            for key in ("for", "aria-describedby", "aria-labelledby")
            for name in (one.get(key) or "").split()
        } | {str(one["href"])[1:] for tag, one in page.elements if tag == "a"}
        assert len({*ids}) == len(ids)
        assert referred <= {*ids}


def test_nobody_waits_for_the_templates_but_who_gets_a_form_back() -> None:
    script = (
        "import sys; from larkbridge.pages import posting; print('jinja2' in sys.modules, posting.__name__)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "larkbridge.pages.posting"]
