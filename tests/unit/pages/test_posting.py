"""A browser posts a form: every answer is a page for a parent, and what was typed stays."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larkbridge.forms.catalogue import FORMS as MODELS
from larkbridge.forms.form import Form
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.aws import SECRETS
from tests.support.aws_faults import aws_fails
from tests.support.forms import FORMS, page_event
from tests.support.functions import functions
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.pages import Page, read_page
from tests.support.template import ROOT
from tests.support.world import Context, World
from tools.forms import function_of

HOLD = FormType.HOLD
KEY = "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10"
TYPED = {
    "parentName": "Nguyễn Thị Hà",
    "parentPhone": "0912 345 678",
    "consent": "on",
    "studentName": "Nguyễn Minh An",
    "className": "Mầm 3A",
    "holdFrom-day": "1",
    "holdFrom-month": "9",
    "holdFrom-year": "2026",
    "holdUntil-day": "05",
    "holdUntil-month": "thg 10",
    "holdUntil-year": "2026",
    "reason": "Gia đình về quê",
    "submissionKey": KEY,
}
NOTHING_STORED: list[str] = []
NUMBER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def post(world: World, changes: Mapping[str, str] | None = None, query: str = "", **headers: str) -> Page:
    """Post the form as it was typed, with some inputs changed."""
    return world.browse(HOLD, {**TYPED, **(changes or {})}, query=query, **headers)


def stored(world: World) -> list[str]:
    return [one.submission_id for one in world.submissions.listed(FormType, [*Status], None)]


def kept(page: Page) -> bool:
    """Tell a page that has what was typed, and the key that it was posted with."""
    return all(page.inputs.get(name) == value for name, value in TYPED.items())


# ------------------------------------------------------------ taken


def test_form_is_taken_and_its_page_says_so(world: World) -> None:
    answer = post(world)
    assert answer.status == 303
    (run,) = world.lark.runs
    assert (run.payload["holdFrom"], run.payload["holdUntil"]) == ("2026-09-01", "2026-10-05")
    assert (run.payload["consent"], run.payload["replaces"]) == (True, "")
    sent = world.follow(HOLD, answer)
    assert sent.status == 200
    assert run.payload["submissionId"] in sent.text


@pytest.mark.parametrize("form", MODELS)
def test_every_forms_page_is_taken(world: World, form: type[Form]) -> None:
    sample = functions()[function_of(form)].samples()["page"]
    handler = world._handlers[form.form_type]
    answer = read_page(handler(sample, Context("request-1")))
    assert answer.status == 303, answer.errors
    (run,) = world.lark.runs
    expected = {name: value for name, value in FORMS[form.form_type].items() if name != "consent"}
    assert run.payload.keys() >= expected.keys()
    assert run.payload["utmSource"] == "facebook"


def test_confirmation_says_nothing_of_a_person(world: World) -> None:
    answer = post(world)
    (token,) = parse_qs(answer.headers["location"].partition("?")[2])["s"]
    sent = world.follow(HOLD, answer)
    for typed in ("Nguyễn", "Minh An", "0912", "912345678", "Mầm", "quê", KEY):
        assert typed not in sent.html + token


def test_redirect_is_relative_and_keeps_a_chosen_language(world: World) -> None:
    assert post(world).headers["location"].startswith("phieu-bao-luu/da-gui?s=")
    answer = post(world, query="utm_source=x&lang=en")
    assert answer.headers["location"].endswith("&lang=en")
    assert 'lang="en"' in world.follow(HOLD, answer).html
    assert "https:" not in answer.headers["location"]


def test_form_that_lark_does_not_get_is_taken_and_the_page_says_what_is_true(world: World) -> None:
    world.lark.faults.set(Fault("down"))
    sent = world.follow(HOLD, post(world))
    assert "đã được lưu an toàn và sẽ tự động đến" in sent.text
    world.lark.faults.clear()
    world.let_retry_run()
    assert len(world.lark.runs) == 1


def test_double_click_and_refresh_are_one_submission(world: World) -> None:
    first, second = post(world), post(world)
    assert first.headers["location"] == second.headers["location"]
    pages = [world.follow(HOLD, first) for _ in range(2)]
    assert pages[0] == pages[1]
    assert len(world.lark.runs) == 1


def test_multipart_is_taken_like_the_usual_encoding(world: World) -> None:
    boundary = "----x"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in TYPED.items()
    ]
    event = page_event("/phieu-bao-luu", {}, content_type=f"multipart/form-data; boundary={boundary}")
    event |= {"body": "".join(parts) + f"--{boundary}--\r\n", "isBase64Encoded": False}
    assert read_page(world._handlers[HOLD](event, Context("request-1"))).status == 303
    assert len(world.lark.runs) == 1


@pytest.mark.parametrize(
    "unseen",
    [
        {"utmSource": "x" * 600},
        {"fbp": "a\x00b"},
        {"eventSourceUrl": "android-app://zalo"},
        {"replaces": "no id"},
        {"submissionKey": "k" * 300},
        {"submissionKey": " "},
        {"extensionField": "x"},
    ],
)
def test_what_no_parent_sees_refuses_no_parent(world: World, unseen: dict[str, str]) -> None:
    assert post(world, unseen).status == 303
    assert len(world.lark.runs) == 1


# ------------------------------------------------------------ who is answered with a page


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "",
        "application/json",
        "application/json, text/plain, */*",
        "application/json, text/html;q=0.5",
        "text/html;q=0, */*",
        "text/html;q=x",
        "text/html, application/json",
    ],
)
def test_caller_that_asks_for_no_page_gets_json(world: World, accept: str) -> None:
    fields = {name: value for name, value in FORMS[HOLD].items() if name != "consent"} | {"consent": "on"}
    answer = world.browse(HOLD, fields, accept=accept)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.status == 200


@pytest.mark.parametrize("accept", ["text/html", "text/html;level=1", "*/*;q=0.1,text/html;q=0.9"])
def test_caller_that_asks_for_a_page_gets_one(world: World, accept: str) -> None:
    assert post(world, accept=accept).status == 303


def test_json_is_answered_in_json_whatever_else_its_sender_takes(world: World) -> None:
    accept = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
    assert world.post(HOLD, accept=accept).body["ok"] is True


def test_json_loads_nothing_that_only_browsers_need() -> None:
    script = """
import sys
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.world import World
with memory_account():
    world = World(dict(SETTINGS))
    assert world.post().body["ok"] is True
    assert world.post(fields={}).status == 400
    pages = {name for name in sys.modules if name.startswith("larkbridge.pages.")}
    print(sorted(pages - {"larkbridge.pages.signed_links"}), "python_multipart" in sys.modules)
"""  # the sandbox of the tests knows the links' secret by name
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert ran.stdout.splitlines()[-1] == "['larkbridge.pages.form_endpoint'] False"


# ------------------------------------------------------------ refused


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(world: World) -> None:
    wrong = {"parentPhone": "12345", "holdFrom-year": "26", "consent": "", "reason": ""}
    page = post(world, wrong)
    assert page.status == 400
    assert set(page.errors) == {"parentPhone", "holdFrom", "consent", "reason"}
    assert page.errors["holdFrom"] == "Vui lòng nhập năm đủ bốn chữ số, ví dụ 2026."
    assert "<title>Lỗi: " in page.html
    assert page.inputs["parentPhone"] == "12345"
    assert (page.inputs["holdFrom-day"], page.inputs["holdFrom-year"]) == ("1", "26")
    assert page.inputs["submissionKey"] == KEY
    assert stored(world) == NOTHING_STORED
    again = world.browse(HOLD, page.inputs | {name: TYPED[name] for name in wrong})
    assert again.status == 303


def test_what_is_wrong_is_said_in_english(world: World) -> None:
    page = post(world, {"parentPhone": "12345", "holdFrom-day": "31", "holdFrom-month": "2"}, "lang=en")
    assert page.errors == {
        "parentPhone": "This is not a phone number.",
        "holdFrom": "There is no such day. Please check the day and the month.",
    }
    assert "<title>Error: " in page.html


def test_dates_are_asked_for_as_people_write_them(world: World) -> None:
    page = post(world, {"holdFrom-day": "mai"})
    assert "5/9/2026" in page.errors["holdFrom"]
    assert "2026-09-05" not in page.html


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<=key>"])
def test_markup_shows_as_text(world: World, text: str) -> None:
    page = post(world, {"parentName": text, "parentPhone": "1"})
    assert page.inputs["parentName"] == text
    assert text not in page.html


def test_body_that_is_too_long_gets_a_page_that_says_what_to_do(world: World) -> None:
    page = post(world, {"note": "a" * 70_000})
    assert page.status == 413
    assert "nút quay lại" in page.text
    assert stored(world) == NOTHING_STORED


@pytest.mark.parametrize(("content_type", "status"), [("text/plain", 415), ("multipart/form-data", 400)])
def test_body_that_cannot_be_read_gets_a_page_that_says_what_to_do(
    world: World, content_type: str, status: int
) -> None:
    page = post(world, content_type=content_type)
    assert page.status == status
    assert "Anh/chị vui lòng điền và gửi lại ở trang này" in page.text
    assert stored(world) == NOTHING_STORED


def test_whoever_must_wait_keeps_text_and_key(world: World) -> None:
    world.restart(FORM_HARD_LIMIT="1")
    post(world)
    page = post(world)
    assert page.status == 429
    assert int(page.headers["retry-after"]) > 0
    assert kept(page)
    assert "vui lòng bấm gửi lại sau ít phút" in page.text


def test_what_could_not_be_stored_is_said_and_sent_again_with_the_same_key(world: World) -> None:
    with aws_fails("dynamodb", "PutItem"):
        page = post(world)
    assert page.status == 503
    assert "chưa được lưu" in page.text
    assert kept(page)
    assert world.browse(HOLD, page.inputs).status == 303
    assert len(world.lark.runs) == 1


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200),
    st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
    ),
    st.text(max_size=20),
)
def test_whatever_a_browser_posts_is_answered_with_a_page(
    world: World, body: bytes, content_type: str, query: str
) -> None:
    event = page_event("/phieu-bao-luu", {}, urlencode({"lang": query, "utm_source": query}))
    event["headers"]["content-type"] = content_type
    event |= {"body": body.decode("latin-1"), "isBase64Encoded": False}
    answer = read_page(world._handlers[HOLD](event, Context("request-1")))
    assert answer.status in (400, 415)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>" in answer.html


# ------------------------------------------------------------ where it comes from


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://forms.example.edu.vn.evil.example", "https://"]
)
def test_page_of_another_site_posts_nothing(world: World, origin: str) -> None:
    page = post(world, origin=origin, sec_fetch_site="cross-site")
    assert page.status == 403
    assert "từ một trang web khác" in page.text
    assert "Nguyễn" not in page.html
    assert stored(world) == NOTHING_STORED


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "null"},
        {"origin": ""},
        {"origin": "https://forms.example.edu.vn"},
        {"origin": "http://FORMS.example.edu.vn"},
        {"origin": "https://forms.example.edu.vn:8443", "host": "forms.example.edu.vn:8443"},
        {"origin": "https://parents.example", "x_forwarded_host": "parents.example"},
        {"origin": "https://parents.example", "sec_fetch_site": "same-origin"},
        {"origin": "http://localhost:3000"},
    ],
)
def test_page_of_ours_or_of_an_allowed_site_is_a_parents(world: World, headers: dict[str, str]) -> None:
    assert world.browse(HOLD, TYPED, **headers).status == 303


def test_allowed_origins_may_be_every_one(world: World) -> None:
    world.restart(ALLOWED_ORIGINS="*")
    assert post(world, origin="https://anywhere.example").status == 303


# ------------------------------------------------------------ back and correct


def ask_to_correct(world: World) -> Page:
    page = post(world, {"reason": "Nghỉ thêm"})
    assert page.status == 200
    return page


def test_changed_form_under_a_used_key_is_asked_about(world: World) -> None:
    first = world.follow(HOLD, post(world))
    (original,) = stored(world)
    page = ask_to_correct(world)
    assert original in page.text
    assert original in first.text
    assert (page.inputs["replaces"], page.inputs["reason"]) == (original, "Nghỉ thêm")
    assert page.inputs["submissionKey"] != KEY
    assert len(world.lark.runs) == 1
    assert world.browse(HOLD, page.inputs).status == 303
    assert [run.payload["replaces"] for run in world.lark.runs] == ["", original]


def test_correction_of_what_lark_does_not_have_is_all_that_it_gets(world: World) -> None:
    world.lark.faults.set(Fault("down", times=1))
    post(world)
    (original,) = stored(world)
    page = ask_to_correct(world)
    clicks = [world.browse(HOLD, page.inputs).headers["location"] for _ in range(2)]
    assert clicks[0] == clicks[1]
    world.let_retry_run()
    (run,) = world.lark.runs
    assert (run.payload["reason"], run.payload["replaces"]) == ("Nghỉ thêm", original)
    assert world.stored(original).status == Status.REPLACED


def test_changed_form_may_be_another_one(world: World) -> None:
    post(world)
    page = post(world, {"studentName": "Nguyễn Minh Khoa"})
    assert world.browse(HOLD, page.inputs | {"replaces": ""}).status == 303
    world.let_retry_run()
    assert [run.payload["replaces"] for run in world.lark.runs] == ["", ""]
    assert [run.payload["studentName"] for run in world.lark.runs] == ["Nguyễn Minh An", "Nguyễn Minh Khoa"]


def test_form_with_another_phone_number_is_another_one(world: World) -> None:
    world.lark.faults.set(Fault("down", times=1))
    post(world)
    page = post(world, {"parentPhone": "0987 654 321"})
    assert "Số điện thoại bây giờ khác với lần đó" in page.text
    assert page.inputs["replaces"] == ""
    world.browse(HOLD, page.inputs)
    world.let_retry_run()
    assert sorted(run.payload["parentPhone"] for run in world.lark.runs) == ["+84912345678", "+84987654321"]


def test_correction_that_is_corrected_again(world: World) -> None:
    world.lark.faults.set(Fault("down"))
    post(world)
    second = ask_to_correct(world).inputs
    world.browse(HOLD, second)
    third = world.browse(HOLD, second | {"reason": "Ba"})
    assert third.status == 200
    world.browse(HOLD, third.inputs)
    world.lark.faults.clear()
    world.let_retry_run()
    (run,) = world.lark.runs
    assert run.payload["reason"] == "Ba"


def test_first_form_that_is_sent_once_more_after_its_correction_is_asked_about(world: World) -> None:
    world.lark.faults.set(Fault("down", times=2))
    post(world)
    world.browse(HOLD, ask_to_correct(world).inputs)
    back = post(world)
    assert back.status == 200
    world.browse(HOLD, back.inputs)
    world.let_retry_run()
    (run,) = world.lark.runs
    assert run.payload["reason"] == TYPED["reason"]


def test_wrong_input_in_a_correction_keeps_what_it_corrects(world: World) -> None:
    post(world)
    asked = ask_to_correct(world)
    page = world.browse(HOLD, asked.inputs | {"parentPhone": "1"})
    assert page.status == 400
    assert page.inputs["replaces"] == asked.inputs["replaces"]
    assert page.inputs["submissionKey"] == asked.inputs["submissionKey"]


# ------------------------------------------------------------ the confirmation's link


def link_of(world: World) -> str:
    return post(world).headers["location"].partition("?")[2]


def confirm(world: World, query: str, form_type: FormType = HOLD) -> Page:
    return world.browse(form_type, place="/da-gui", query=query)


@pytest.mark.parametrize("query", ["", "s=", "s=x", "s=x.y", "s=%ff.%00", "s=aW52YWxpZA.aW52YWxpZA"])
def test_link_that_is_not_ours_shows_nothing_and_says_what_to_do(world: World, query: str) -> None:
    link_of(world)
    (submission_id,) = stored(world)
    page = confirm(world, query)
    assert page.status == 404
    assert submission_id not in page.html
    assert 'href="../phieu-bao-luu"' in page.html


def test_changed_link_and_another_forms_link_show_nothing(world: World) -> None:
    link = link_of(world)
    assert confirm(world, link[:-1] + ("A" if link[-1] != "A" else "B")).status == 404
    assert confirm(world, link, FormType.CHANGE).status == 404


def test_link_serves_for_thirty_days(world: World) -> None:
    link = link_of(world)
    world.clock.advance(days=29)
    assert confirm(world, link).status == 200
    world.clock.advance(days=2)
    assert confirm(world, link).status == 404


def test_page_that_is_sent_once_more_much_later_leads_to_its_confirmation(world: World) -> None:
    post(world)
    world.clock.advance(days=40)
    assert world.follow(HOLD, post(world)).status == 200
    assert len(world.lark.runs) == 1


def test_link_outlives_the_rotation_of_its_key(world: World) -> None:
    link = link_of(world)
    old, *_ = SECRETS["PAGE_SIGNING_KEY"]
    world.put_secrets(SECRETS | {"PAGE_SIGNING_KEY": ["another", old]})
    assert confirm(world, link).status == 200
    world.put_secrets(SECRETS | {"PAGE_SIGNING_KEY": ["another"]})
    assert confirm(world, link).status == 404


@pytest.mark.parametrize("keys", [[], "", 7])
def test_without_a_key_the_form_is_taken_and_its_confirmation_comes_at_once(world: World, keys: Any) -> None:
    world.put_secrets(SECRETS | {"PAGE_SIGNING_KEY": keys})
    pages = [post(world), post(world)]
    (submission_id,) = stored(world)
    for page in pages:
        assert page.status == 200
        assert submission_id in page.text
    assert confirm(world, "s=x.y").status in (404, 500)


def test_answers_to_browsers_have_the_headers_of_pages(world: World) -> None:
    pages = [
        post(world, {"parentPhone": "1"}),
        world.follow(HOLD, post(world)),
        confirm(world, "s=x"),
        ask_to_correct(world),
    ]
    for page in pages:
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert page.headers["content-encoding"] == "gzip"
        assert len(page.wire) < 30_000


def test_box_that_is_not_ticked_is_told_in_words_of_its_own(world: World) -> None:
    refused = world.browse(HOLD, {name: value for name, value in TYPED.items() if name != "consent"})
    assert refused.errors == {"consent": "Vui lòng đồng ý để chúng tôi xử lý thông tin."}


# ------------------------------------------------------------ two tabs


OTHER_TAB = {"submissionKey": "0a8f6d3e-2b1c-4c7d-8e9f-5a4b3c2d1e0f"}


def test_form_that_is_sent_from_two_tabs_is_one_submission(world: World) -> None:
    answers = [post(world), post(world, OTHER_TAB), post(world, OTHER_TAB), post(world)]
    (submission_id,) = stored(world)
    for answer in answers:
        assert submission_id in world.follow(HOLD, answer).text
    assert len(world.lark.runs) == 1


@pytest.mark.parametrize("other", [{"studentName": "Nguyễn Minh Anh"}, {"parentPhone": "0987654321"}])
def test_another_form_in_another_tab_is_another_submission(world: World, other: dict[str, str]) -> None:
    post(world)
    post(world, OTHER_TAB | other)
    assert len(world.lark.runs) == 2


def test_same_form_from_another_address_or_a_while_later_is_another_submission(world: World) -> None:
    post(world)
    event = page_event("/phieu-bao-luu", TYPED | OTHER_TAB)
    event["requestContext"]["http"]["sourceIp"] = "198.51.100.9"
    world._handlers[HOLD](event, Context("request-1"))
    world.clock.advance(minutes=10)
    post(world, {"submissionKey": "yet-another"})
    assert len(world.lark.runs) == 3


def test_form_of_a_second_tab_is_taken_when_the_first_one_is_held(world: World) -> None:
    post(world, {"phu_luc": "robot"})
    post(world, OTHER_TAB)
    assert len(world.lark.runs) == 1


def test_form_that_goes_back_to_what_it_said_first_is_no_twin(world: World) -> None:
    post(world)
    world.browse(HOLD, ask_to_correct(world).inputs)
    post(world, OTHER_TAB)
    assert [run.payload["reason"] for run in world.lark.runs] == [
        TYPED["reason"],
        "Nghỉ thêm",
        TYPED["reason"],
    ]


def test_second_tab_is_taken_when_the_first_one_was_not_stored(world: World) -> None:
    with aws_fails("dynamodb", "PutItem"):
        post(world)
    assert post(world, OTHER_TAB).status == 303
    assert len(world.lark.runs) == 1


def test_two_callers_that_post_json_are_not_taken_for_tabs(world: World) -> None:
    world.post(HOLD)
    world.post(HOLD)
    assert len(world.lark.runs) == 2


KEYS = st.sampled_from([KEY, *OTHER_TAB.values(), "third"])
STEPS = st.tuples(KEYS, st.sampled_from(["Một", "Hai", "Ba"]), st.sampled_from(["", "correct", "another"]))


@settings(deadline=None, max_examples=60)
@given(st.lists(STEPS, max_size=6))
def test_whatever_is_sent_from_several_tabs_what_is_confirmed_is_stored(
    steps: list[tuple[str, str, str]],
) -> None:
    """And Lark ends up with the last that was said of each form, once."""
    with memory_account():
        world = World(dict(SETTINGS))
        for key, reason, then in steps:
            world.clock.advance(seconds=2)
            answer = post(world, {"submissionKey": key, "reason": reason})
            if answer.status == 200 and then:
                replaces = answer.inputs["replaces"] if then == "correct" else ""
                answer = world.browse(HOLD, answer.inputs | {"replaces": replaces})
            if answer.status == 303:
                confirmed = NUMBER.findall(world.follow(HOLD, answer).text)[0]
                assert json.loads(world.stored(confirmed).payload)["reason"] == reason
                assert world.stored(confirmed).replaced_by is None
        world.let_retry_run()
        for submission_id in stored(world):
            assert world.runs_of(submission_id) == 1
