"""A parent who opens a form gets its page, in a language that the browser asks for."""

import base64
import html
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from larkbridge.forms.catalogue import FORMS
from larkbridge.forms.form import Form
from larkbridge.pages.prebuilt import filled, language_of
from larkbridge.pages.serving import page_handler
from larkbridge.settings import PageSettings
from tests.support.forms import http_event
from tests.support.pages import Page, read_page
from tests.support.template import ROOT

NOW = 1_795_140_000.25
BROWSER = {"accept-encoding": "gzip, deflate, br", "accept-language": "vi-VN,vi;q=0.9,en;q=0.8"}
SETTINGS = {
    "CENTRE_NAME": "Trung tâm Hoa Sen",
    "CENTRE_LOGO_URL": "https://hoasen.example/logo.svg",
    "PRIVACY_URL": "https://hoasen.example/rieng-tu",
    "PRIVACY_CONTACT": "rieng-tu@hoasen.example",
    "TURNSTILE_SITE_KEY": "0x4AAA",
}
MOST_BYTES = 30_000


def opened(
    form: type[Form] = FORMS[0],
    settings: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    **event: Any,
) -> Page:
    """Return the page of a form."""
    handler = page_handler(PageSettings(settings or {}), lambda: NOW)
    request = http_event(route=f"GET {form.path}", headers=BROWSER if headers is None else headers)
    return read_page(handler(request | event, None))


def in_language(language: str) -> dict[str, Any]:
    return {"queryStringParameters": {"lang": language}, "rawQueryString": f"lang={language}"}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_a_page_in_both_languages_of_at_most_30_kb(form: type[Form], language: str) -> None:
    page = opened(form, SETTINGS, **in_language(language))
    assert page.status == 200
    assert f"<h1>{form.title.label(language)}</h1>" in page.html
    assert f'<html lang="{language}">' in page.html
    assert page.headers["content-language"] == language
    assert page.headers["content-encoding"] == "gzip"
    assert len(page.wire) <= MOST_BYTES


def test_page_has_the_centre_and_whom_to_ask_about_data() -> None:
    html = opened(settings=SETTINGS).html
    for shown in SETTINGS.values():
        assert shown in html
    assert "<=" not in html
    assert "<?" not in html


def test_page_of_a_centre_that_has_set_nothing_is_whole() -> None:
    page = opened()
    assert "<=" not in page.html
    assert "<?" not in page.html
    assert "<img" not in page.html
    assert "cf-turnstile" not in page.html.partition("<body>")[2].partition("<script>")[0]
    assert "challenges.cloudflare.com" not in page.html
    assert "Trung tâm" in page.html


def test_what_is_set_is_shown_as_text() -> None:
    html = opened(
        settings={"CENTRE_NAME": '"><script>alert(1)</script>', "PRIVACY_CONTACT": "<=key> & <?late>"}
    ).html
    assert "<script>alert" not in html
    assert "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;=key&gt; &amp; &lt;?late&gt;" in html


@given(text=st.text())
@example(text="&amp;<\"'>")
def test_a_mark_is_filled_in_as_text(text: str) -> None:
    page = filled("<p><=note></p>", PageSettings({}), {"note": text})
    assert page == f"<p>{html.escape(text)}</p>"


def test_each_page_has_a_key_and_the_time_of_its_own() -> None:
    keys = {re.findall(r'name="submissionKey" value="([^"]+)"', opened().html)[0] for _ in range(3)}
    assert len(keys) == 3
    assert {uuid.UUID(key).version for key in keys} == {4}
    assert 'name="startedAt" value="1795140000250"' in opened().html


def test_only_the_browser_itself_keeps_a_page_and_it_guesses_no_type() -> None:
    headers = opened().headers
    assert headers["cache-control"] == "private, no-cache"
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["vary"] == "accept-encoding, accept-language"


def test_browser_keeps_what_was_typed_when_somebody_goes_back() -> None:
    dropped = re.findall(r'<(?:input|textarea)(?=[^>]*autocomplete="off")[^>]*name="(\w+)"', opened().html)
    assert set(dropped) <= {"submissionKey", "startedAt", "consentVersion", "phu_luc", "attachmentId"}


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0", "identity", "xgzip"])
def test_browser_that_takes_no_gzip_gets_plain_text(accepted: str) -> None:
    page = opened(headers={"accept-encoding": accepted})
    assert "content-encoding" not in page.headers
    assert page.wire.startswith(b"<!doctype html>")


@pytest.mark.parametrize("accepted", ["gzip", "GZIP", "br, gzip", "deflate,gzip;q=0.5"])
def test_browser_that_takes_gzip_gets_it(accepted: str) -> None:
    assert opened(headers={"accept-encoding": accepted}).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ({}, "", "vi"),
        ({}, "en-GB,en;q=0.9", "en"),
        ({}, "vi", "vi"),
        ({}, "en;q=0.5, vi;q=0.9", "vi"),
        ({}, "vi;q=0.4,en;q=0.6", "en"),
        ({}, "en,vi", "en"),
        ({}, "fr-FR,fr;q=0.9", "vi"),
        ({}, "fr, en;q=0.1", "en"),
        ({}, "en;q=0", "vi"),
        ({}, "*", "vi"),
        ({}, "EN-us", "en"),
        ({}, "en;q=nonsense", "vi"),
        ({"lang": "en"}, "vi", "en"),
        ({"lang": "vi"}, "en", "vi"),
        ({"lang": "fr"}, "en", "en"),
        ({"lang": "../../etc/passwd"}, "", "vi"),
    ],
)
def test_language_is_the_one_that_is_asked_for(query: dict[str, str], accepted: str, language: str) -> None:
    assert language_of(query, {"accept-language": accepted}) == language


@given(query=st.text(), accepted=st.text())
@example(query="", accepted="en;q=nan,vi;q=nan")
@example(query="", accepted="en;q=inf;q=1")
def test_any_wish_leads_to_a_language(query: str, accepted: str) -> None:
    assert language_of({"lang": query}, {"accept-language": accepted}) in ("vi", "en")


@pytest.mark.parametrize(
    ("query", "link"),
    [
        ("", "?lang=en"),
        ("lang=vi", "?lang=en"),
        (
            "utm_source=zalo&lang=vi&utm_campaign=h%C3%A8",
            "?utm_source=zalo&amp;utm_campaign=h%C3%A8&amp;lang=en",
        ),
        ('x="><b>', "?x=&quot;&gt;&lt;b&gt;&amp;lang=en"),
    ],
)
def test_link_to_the_other_language_keeps_the_campaign(query: str, link: str) -> None:
    assert f'href="{link}"' in opened(rawQueryString=query).html


def test_links_are_relative_so_that_a_path_prefix_does_no_harm() -> None:
    html = opened().html
    assert "action=" not in html
    assert re.findall(r'(?:href|src)="(?!#|\?)([^"]*)"', html) == []


def test_nothing_but_the_standard_library_is_loaded(built_pages: Path) -> None:
    script = f"""
import sys
sys.path[:0] = [{str(ROOT / "functions" / "serve_pages")!r}, {str(ROOT / "layers" / "common")!r}]
from larkbridge.pages import prebuilt
prebuilt.BUILT = {str(built_pages)!r}
import app
answer = app.handler({{"routeKey": "GET /phieu-bao-luu"}}, None)
assert answer["statusCode"] == 200
print(*sorted({{name.partition(".")[0] for name in sys.modules}} - sys.stdlib_module_names))
"""
    command = [sys.executable, "-I", "-S", "-c", script]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=True, env={}
    )
    loaded = {*done.stdout.split()} - {"__main__", "app"}
    assert loaded == {"larkbridge"}


def test_body_is_base64_as_api_gateway_wants_it() -> None:
    answer = page_handler(PageSettings({}))(http_event(route="GET /phieu-bao-luu", headers=BROWSER), None)
    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"], validate=True)[:2] == b"\x1f\x8b"
