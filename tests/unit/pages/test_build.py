"""What the build writes follows from the forms' models; a browser runs what is on it and nothing else."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from larkbridge.forms.asked import Asked
from larkbridge.forms.catalogue import FORMS
from larkbridge.forms.form import Form, typed_names
from larkbridge.pages.build import FIXED, build
from larkbridge.pages.page_texts import TEXTS
from larkbridge.pages.prebuilt import LANGUAGES, page, page_headers
from larkbridge.pages.questions import questions
from larkbridge.pages.render import Filled, form_page
from larkbridge.settings import PageSettings
from tests.support.template import ROOT

TEMPLATES = ROOT / "layers" / "common" / "larkbridge" / "pages" / "templates"
SET = PageSettings(
    {
        "CENTRE_LOGO_URL": "https://cdn.hoasen.example/a/logo.svg?v=2",
        "TURNSTILE_SITE_KEY": "0x4AAA",
    }
)
MARKS = dict.fromkeys(["key", "started_at", "number", "event_id", "form_url", "back_url"], "1")
MOST_STYLE_BYTES, MOST_SCRIPT_BYTES = 12_000, 9_000


def directives(settings: PageSettings) -> dict[str, list[str]]:
    policy = page_headers("vi", settings)["content-security-policy"]
    return {name: values for name, *values in map(str.split, policy.split(";"))}


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("form", FORMS)
def test_every_field_that_a_person_types_is_asked_for_in_both_languages(form: type[Form]) -> None:
    typed = {name for name in typed_names(form) if name != "submissionKey"}
    for language in LANGUAGES:
        asked = {question.name: question for question in questions(form, language)}
        assert asked.keys() == typed
        assert all(question.label for question in asked.values())
    labels = [{one.name: one.label for one in questions(form, language)} for language in LANGUAGES]
    assert [name for name in typed if labels[0][name] == labels[1][name]] == []


@pytest.mark.parametrize("form", FORMS)
def test_what_is_said_in_one_language_is_said_in_the_other(form: type[Form]) -> None:
    marks = [one for field in form.model_fields.values() for one in field.metadata if isinstance(one, Asked)]
    for asked in [form.title, *marks]:
        assert bool(asked.vi_help) == bool(asked.en_help), asked.vi
        assert ("{example}" in asked.vi_help) == ("{example}" in asked.en_help), asked.vi


def test_every_text_has_the_same_places_in_both_languages() -> None:
    vi, en = TEXTS["vi"], TEXTS["en"]
    for name, text in vi._asdict().items():
        places = [sorted(re.findall(r"{\w+}", one)) for one in (text, getattr(en, name))]
        assert places[0] == places[1], name
        assert text, name


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_and_examples_of_the_model_are_on_the_page(form: type[Form], language: str) -> None:
    html = page(form.path[1:], language, PageSettings({}), MARKS)
    assert html.count("2000") == sum(one.typed_into == "lines" for one in questions(form, language))
    assert "0912 345 678" in html
    assert "{" not in html.partition("</style>")[2].partition("<script>")[0].replace("{percent}", "").replace(
        "{name}", ""
    )


def test_names_of_a_students_are_not_filled_in_with_the_parents() -> None:
    for form in FORMS:
        filled_in = {one.name: one.autocomplete for one in questions(form, "vi") if one.autocomplete}
        known = {
            "parentName": "name",
            "parentPhone": "tel",
            "parentEmail": "email",
            "address": "street-address",
        }
        assert filled_in.items() <= known.items()


@pytest.mark.parametrize("name", [*FIXED, *(form.path[1:] for form in FORMS)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_style_and_script_of_a_page_are_those_of_the_policy(name: str, language: str) -> None:
    html = page(name, language, SET, MARKS)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    allowed = directives(SET)
    assert allowed["style-src"] == [hash_of(style)]
    assert [hash_of(script) for script in scripts] == allowed["script-src"][: len(scripts)]
    assert not re.search(r"\sstyle=|\son\w+=|javascript:", html)


def test_style_and_script_of_a_form_that_comes_back_are_those_of_the_policy() -> None:
    html = form_page(FORMS[0], "vi", SET, Filled({}, {}, "key", "1"))
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    allowed = directives(SET)
    assert (allowed["style-src"][0], allowed["script-src"][0]) == (hash_of(style), hash_of(script))


def test_policy_allows_nothing_else() -> None:
    allowed = directives(PageSettings({}))
    hashes = [allowed.pop(name) for name in ("style-src", "script-src")]
    assert [len(one) for one in hashes] == [1, 1]
    assert allowed == {
        "default-src": ["'none'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "img-src": ["'none'"],
        "frame-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }


def test_policy_allows_logo_and_turnstile_where_they_are_set() -> None:
    allowed = directives(SET)
    assert allowed["img-src"] == ["https://cdn.hoasen.example"]
    assert allowed["frame-src"] == allowed["script-src"][1:] == ["https://challenges.cloudflare.com"]


def test_policy_allows_uploads_to_the_bucket_and_to_nowhere_else() -> None:
    bucket = "https://files.s3.ap-southeast-1.amazonaws.com"
    allowed = directives(PageSettings({"UPLOAD_ORIGIN": bucket}))
    assert allowed["connect-src"] == allowed["form-action"] == ["'self'", bucket]


def test_style_and_script_stay_small() -> None:
    html = page(FORMS[0].path[1:], "vi", PageSettings({}), MARKS)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(style.encode()) <= MOST_STYLE_BYTES
    assert len(script.encode()) <= MOST_SCRIPT_BYTES


def test_every_text_is_used() -> None:
    sources = [*TEMPLATES.glob("*.html"), *TEMPLATES.parent.glob("*.py")]
    code = "".join(one.read_text() for one in sources if one.name != "page_texts.py")
    parts = {"parent", "about", "agreement", "day", "month", "year"}
    names = {*TEXTS["vi"]._asdict()} - parts
    assert [name for name in names if not re.search(rf"\btexts\.{name}\b", code)] == []


def test_no_template_takes_a_text_for_markup() -> None:
    for template in TEMPLATES.iterdir():
        assert not re.search(r"\|\s*safe|autoescape|Markup", template.read_text()), template.name


def test_every_page_says_its_language_and_has_one_heading() -> None:
    for name in [*FIXED, *(form.path[1:] for form in FORMS)]:
        for language in LANGUAGES:
            html = page(name, language, SET, MARKS)
            assert f'<html lang="{language}">' in html
            assert html.count("<h1") == 1
            assert re.findall(r"<title>(.+?)</title>", html)


def test_building_twice_writes_the_same(tmp_path: Path, built_pages: Path) -> None:
    build(tmp_path)
    assert contents(tmp_path) == contents(built_pages)


def contents(folder: Path) -> dict[str, bytes]:
    files = (one for one in folder.rglob("*") if one.is_file() and one.suffix != ".pyc")
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in files}
