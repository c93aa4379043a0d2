"""On a page a parent agrees in known words, and takes the marketing consent back by a button."""

from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.forms.consent_texts import SHOWN, VERSIONS
from larkbridge.store.submissions import FormType, event_id
from sandbox.faults import Fault
from tests.support.aws_faults import aws_fails
from tests.support.forms import FORMS
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.pages import Page
from tests.support.world import World

HOLD, CHANGE = FormType.HOLD, FormType.CHANGE
PLACE = "/da-gui"
BROWSER = "Mozilla/5.0 (Linux; Android 15)"
FBP, FBC = "fb.2.1795140000000.1098115397", "fb.2.1795140000000.IwAR2xbFqLzT_aem.AQIAAQIA"
TYPED = FORMS[HOLD] | {"submissionKey": "key", "consentVersion": SHOWN}
AGREED = TYPED | {"marketingConsent": "on"}
WITHDRAWN_TITLE = "Đã rút lại sự đồng ý"


def link_of(answer: Page) -> str:
    """Return the query of where a browser is redirected to."""
    assert answer.status == 303, answer.text
    return answer.headers["location"].partition("?")[2]


def sent(world: World, fields: dict[str, Any] = AGREED, form_type: FormType = HOLD) -> tuple[str, Page]:
    """Post a form on its page; return the query of its confirmation, and that page."""
    link = link_of(world.browse(form_type, fields, user_agent=BROWSER))
    return link, world.browse(form_type, place=PLACE, query=link)


def traces(account: MemoryAccount) -> int:
    return len(account.dynamo.items("FormTracesTable"))


def submission_id(world: World) -> str:
    return world.lark.runs[-1].payload["submissionId"]


@pytest.mark.parametrize(("query", "language"), [("", "vi"), ("lang=en", "en")])
def test_consents_say_which_words_were_agreed_to(world: World, query: str, language: str) -> None:
    world.browse(HOLD, AGREED, query=query)
    kept = {
        "givenAt": to_text(world.clock.now()),
        "page": "/phieu-bao-luu",
        "textVersion": SHOWN,
        "language": language,
    }
    assert world.stored(submission_id(world)).consents == [
        {"kind": kind, **kept} for kind in ("processing", "marketing")
    ]


def test_a_page_from_before_a_change_says_so(world: World) -> None:
    world.browse(HOLD, TYPED | {"consentVersion": "2026-01-01"})
    assert world.stored(submission_id(world)).consents[0]["textVersion"] == "2026-01-01"


@pytest.mark.parametrize("version", ["x" * 600, "\x00", ""])
def test_a_version_that_is_none_costs_nobody_a_form(world: World, version: str) -> None:
    assert world.browse(HOLD, TYPED | {"consentVersion": version}).status == 303
    assert world.stored(submission_id(world)).consents[0]["textVersion"] == ""


def test_page_that_comes_back_says_which_words_it_shows(world: World) -> None:
    page = world.browse(HOLD, AGREED | {"parentPhone": "1"})
    assert page.status == 400
    assert page.inputs["consentVersion"] == SHOWN
    assert page.inputs["marketingConsent"] == "on"
    texts = VERSIONS[SHOWN]["vi"]
    for line in (texts.processing_details + texts.marketing_details).splitlines():
        assert line.partition("{")[0].split(":")[0] in page.text


def test_a_correction_is_agreed_to_in_the_words_of_the_page_that_it_was_typed_on(world: World) -> None:
    world.browse(HOLD, AGREED | {"consentVersion": "2026-01-01"})
    asked = world.browse(HOLD, AGREED | {"consentVersion": "2026-01-01", "note": "Sửa"})
    world.clock.advance(minutes=1)
    world.browse(HOLD, asked.inputs)
    assert len(world.lark.runs) == 2
    assert {one["textVersion"] for one in world.stored(submission_id(world)).consents} == {"2026-01-01"}
    assert [one["kind"] for one in world.stored(submission_id(world)).consents] == ["processing", "marketing"]


@pytest.mark.parametrize(("ticked", "passed_on"), [({}, ("", "")), ({"marketingConsent": "on"}, (FBP, FBC))])
def test_metas_ids_reach_lark_only_with_consent(
    world: World, ticked: dict[str, str], passed_on: tuple[str, str]
) -> None:
    world.browse(HOLD, TYPED | {"fbp": FBP, "fbc": FBC} | ticked)
    payload = world.lark.runs[-1].payload
    assert (payload["fbp"], payload["fbc"]) == passed_on


@pytest.mark.parametrize("value", ["fb.1.2", "x" * 9000, "\x00", "<script>", "IwAR"])
def test_an_id_that_is_none_costs_nobody_a_form(world: World, value: str) -> None:
    assert world.browse(HOLD, AGREED | {"fbp": value, "fbc": FBC}).status == 303
    payload = world.lark.runs[-1].payload
    assert (payload["fbp"], payload["fbc"]) == ("", FBC)


def test_callers_that_post_json_decide_themselves(world: World) -> None:
    world.post(HOLD, FORMS[HOLD] | {"fbp": "an id of theirs"})
    assert world.lark.runs[-1].payload["fbp"] == "an id of theirs"


def test_a_campaign_is_passed_on_from_the_address_of_the_page(world: World) -> None:
    world.browse(HOLD, TYPED, query="utm_source=facebook&utm_medium=cpc&utm_campaign=he+2027&fbclid=Iw")
    payload = world.lark.runs[-1].payload
    assert [payload[name] for name in ("utmSource", "utmMedium", "utmCampaign")] == [
        "facebook",
        "cpc",
        "he 2027",
    ]
    assert payload["eventSourceUrl"] == "https://forms.example.edu.vn/phieu-bao-luu"


def test_the_page_is_the_one_that_was_posted_and_not_what_it_says(world: World) -> None:
    world.browse(HOLD, TYPED | {"eventSourceUrl": "https://elsewhere.example/"}, x_forwarded_proto="http")
    assert world.lark.runs[-1].payload["eventSourceUrl"] == "http://forms.example.edu.vn/phieu-bao-luu"


@pytest.mark.parametrize("query", [f"utm_source={'x' * 600}", "utm_source=%00"])
def test_a_campaign_that_is_none_costs_nobody_a_form(world: World, query: str) -> None:
    assert world.browse(HOLD, TYPED, query=query).status == 303
    assert world.lark.runs[-1].payload["utmSource"] == ""


def test_confirmation_names_the_event_for_meta(world: World) -> None:
    _, page = sent(world)
    assert f'data-event-id="{event_id(submission_id(world))}"' in page.html
    assert event_id(submission_id(world)) != submission_id(world)


def test_without_consent_there_is_nothing_to_withdraw(world: World) -> None:
    _, page = sent(world, TYPED)
    assert "withdraw" not in page.inputs


@pytest.mark.parametrize("form_type", FormType)
def test_button_withdraws_and_a_page_says_so(
    world: World, account: MemoryAccount, form_type: FormType
) -> None:
    link, page = sent(world, FORMS[form_type] | {"marketingConsent": "on"}, form_type)
    assert traces(account) == 1
    answer = world.browse(form_type, page.inputs, place=PLACE, query=link)
    assert traces(account) == 0
    withdrawn = world.stored(submission_id(world)).marketing_withdrawn
    assert withdrawn == {"at": to_text(world.clock.now()), "by": "parent"}
    shown = world.browse(form_type, place=PLACE, query=link_of(answer))
    assert (shown.status, WITHDRAWN_TITLE in shown.text) == (200, True)
    assert submission_id(world) in shown.text


def test_withdrawing_twice_is_withdrawing_once(world: World) -> None:
    link, page = sent(world)
    first = to_text(world.clock.now())
    for _ in range(2):
        answer = world.browse(HOLD, page.inputs, place=PLACE, query=link)
        assert WITHDRAWN_TITLE in world.browse(HOLD, place=PLACE, query=link_of(answer)).text
        world.clock.advance(days=1)
    withdrawn = world.stored(submission_id(world)).marketing_withdrawn
    assert withdrawn is not None
    assert withdrawn["at"] == first


def test_opening_the_confirmation_withdraws_nothing(world: World, account: MemoryAccount) -> None:
    link, page = sent(world)
    world.browse(HOLD, place=PLACE, query=f"{link}&withdraw={page.inputs['withdraw']}")
    world.browse(HOLD, place=PLACE, query=f"w={page.inputs['withdraw']}")
    assert world.stored(submission_id(world)).marketing_withdrawn is None
    assert traces(account) == 1


def test_withdrawal_keeps_the_language(world: World) -> None:
    link = link_of(world.browse(HOLD, AGREED, query="lang=en"))
    page = world.browse(HOLD, place=PLACE, query=link)
    answer = world.browse(HOLD, page.inputs, place=PLACE, query=link)
    shown = world.browse(HOLD, place=PLACE, query=link_of(answer))
    assert "Your consent is withdrawn" in shown.text


def forgeries(world: World) -> list[tuple[FormType, dict[str, str], str]]:
    """Return posts of the button that are not its form's, each with the link of a confirmation."""
    link, page = sent(world)
    other_link, other = sent(world, AGREED | {"submissionKey": "other", "note": "Hai"})
    done = link_of(world.browse(HOLD, other.inputs, place=PLACE, query=other_link)).removeprefix("w=")
    return [
        (HOLD, {}, link),
        (HOLD, {"withdraw": ""}, link),
        (HOLD, {"withdraw": page.inputs["withdraw"][:-1]}, link),
        (HOLD, {"withdraw": other.inputs["withdraw"]}, link),
        (HOLD, {"withdraw": done}, link),
        (HOLD, {"withdraw": link.removeprefix("s=")}, link),
        (HOLD, page.inputs, ""),
        (HOLD, page.inputs, other_link),
        (CHANGE, page.inputs, link),
    ]


@pytest.mark.parametrize("number", range(9))
def test_forged_button_withdraws_nothing_and_says_what_to_do(world: World, number: int) -> None:
    form_type, fields, query = forgeries(world)[number]
    answer = world.browse(form_type, fields, place=PLACE, query=query)
    assert answer.status == 404
    assert "Đường dẫn này không dùng được" in answer.text
    first = world.lark.runs[0].payload["submissionId"]
    assert world.stored(first).marketing_withdrawn is None


@pytest.mark.parametrize("proof", ["", "x", "é.é"])
def test_forged_proof_shows_nothing(world: World, proof: str) -> None:
    answer = world.browse(HOLD, place=PLACE, query=f"w={proof}")
    assert WITHDRAWN_TITLE not in answer.text


def test_link_and_button_end_after_thirty_days(world: World) -> None:
    link, page = sent(world)
    world.clock.advance(days=31)
    assert world.browse(HOLD, page.inputs, place=PLACE, query=link).status == 404
    assert world.stored(submission_id(world)).marketing_withdrawn is None


def test_button_says_when_it_could_not_withdraw_and_works_again(world: World) -> None:
    link, page = sent(world)
    with aws_fails("dynamodb", "TransactWriteItems"):
        answer = world.browse(HOLD, page.inputs, place=PLACE, query=link)
    assert answer.status >= 500
    assert "Chưa rút lại được" in answer.text
    assert f'href="?{link}"' in answer.html
    assert world.stored(submission_id(world)).marketing_withdrawn is None
    assert world.browse(HOLD, page.inputs, place=PLACE, query=link).status == 303


def test_parent_withdraws_while_lark_is_down_and_lark_never_hears_of_the_consent(world: World) -> None:
    world.lark.faults.set(Fault("down", times=1))
    link, page = sent(world, AGREED | {"fbp": FBP})
    world.browse(HOLD, page.inputs, place=PLACE, query=link)
    world.let_retry_run()
    (run,) = world.lark.runs
    assert (run.payload["marketingConsent"], run.payload["fbp"]) == (False, "")


@pytest.mark.parametrize(("second", "kept"), [(AGREED, 1), (TYPED, 0)])
def test_a_corrected_form_leaves_no_traces_of_the_first(
    world: World, account: MemoryAccount, second: dict[str, Any], kept: int
) -> None:
    sent(world)
    corrected = second | {"submissionKey": "corrected", "replaces": submission_id(world), "reason": "Khác"}
    sent(world, corrected)

    (first, _) = world.lark.runs
    assert traces(account) == kept
    assert first.payload["submissionId"] not in str(account.dynamo.items("FormTracesTable"))
