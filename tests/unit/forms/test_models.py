"""Fields end in one normal form, and Lark gets the same keys each time."""

import json
import unicodedata
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from larkbridge.forms.catalogue import FORMS
from larkbridge.forms.change import ChangeRequest
from larkbridge.forms.fields import Day
from larkbridge.forms.form import Form
from larkbridge.forms.hold import HoldRequest
from larkbridge.forms.leave_request import LeaveRequest
from larkbridge.forms.student_info import StudentInfo
from larkbridge.forms.transfer import TransferRequest
from larkbridge.store.submissions import FormType
from larkbridge.text import has_control, is_blank, line
from sandbox.samples import filled_in
from tests.support.forms import FORMS as GOOD

TODAY = date(2028, 2, 29)
MODELS = {model.form_type: model for model in FORMS}
_COMMON = (
    "parentName parentPhone parentEmail note consent marketingConsent utmSource utmMedium utmCampaign fbp fbc"
    " eventSourceUrl"
)
KEYS = {
    form.form_type: " ".join([*filled_in(form, optional=True)][len(_COMMON.split()) :]) for form in FORMS
} | {
    FormType.STUDENT_INFO: "studentName dateOfBirth gender school grade courseInterest address branch",
    FormType.LEAVE_REQUEST: "studentName className leaveFrom leaveTo reason attachmentId",
    FormType.TRANSFER: "studentName className remainingSessions recipientName recipientPhone"
    " recipientParentName reason",
    FormType.HOLD: "studentName className holdFrom holdUntil reason attachmentId",
    FormType.CHANGE: "studentName currentClass requestedClass effectiveDate reason",
}
OPTIONAL = {
    "parentEmail": "ha@vi-du.vn",
    "note": "Dị ứng sữa",
    "utmSource": "zalo",
    "fbp": "fb.1.1558571054389.1098115397",
    "eventSourceUrl": "https://vi-du.vn/phieu?x=1",
}
_NEAR_TODAY = get_args(Day)[-1]
DAYS = [
    (form, str(field.alias))
    for form in FORMS
    for field in form.model_fields.values()
    if any(_NEAR_TODAY in marks for marks in (field.metadata, *map(get_args, get_args(field.annotation))))
]
UNSEEN = ("Cc", "Cs", "Cf", "Cn", "Co", "Zl", "Zp")
VISIBLE = st.text(st.characters(exclude_categories=UNSEEN), min_size=1, max_size=60).filter(
    lambda text: not is_blank(text)
)

quick = settings(deadline=None, max_examples=60)


def read(model: type[Form], **changes: Any) -> dict[str, Any]:
    """Return what Lark gets of a good form with some changes."""
    fields = GOOD[model.form_type] | changes
    return model.model_validate(fields, context={"today": TODAY}).to_fields()


def refused(model: type[Form], **changes: Any) -> set[Any]:
    """Return the fields that are refused."""
    with pytest.raises(ValidationError) as caught:
        read(model, **changes)
    return {problem["loc"][0] for problem in caught.value.errors()}


@pytest.mark.parametrize("form_type", KEYS)
@given(given_fields=st.sets(st.sampled_from(sorted(OPTIONAL))))
@quick
def test_lark_gets_the_same_keys_whatever_is_filled_in(form_type: FormType, given_fields: set[str]) -> None:
    fields = read(MODELS[form_type], **{name: OPTIONAL[name] for name in given_fields})
    assert list(fields) == [*_COMMON.split(), *KEYS[form_type].split()]
    assert {name for name in OPTIONAL if fields[name] == ""} == OPTIONAL.keys() - given_fields


@pytest.mark.parametrize("form_type", FormType)
@given(text=VISIBLE)
@quick
def test_lark_gets_flat_json(form_type: FormType, text: str) -> None:
    fields = read(MODELS[form_type], note=text)
    assert all(isinstance(value, str | int) for value in fields.values())
    assert json.loads(json.dumps(fields)) == fields


@pytest.mark.parametrize("field", ["studentName", "note", "utmCampaign", "address"])
@given(text=VISIBLE, before=st.text(" \u00a0\u3000"), after=st.text(" \u00a0\u3000"))
@quick
def test_text_arrives_composed_and_trimmed(field: str, text: str, before: str, after: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    arrived = read(StudentInfo, **{field: before + decomposed + after})[field]
    assert arrived == unicodedata.normalize("NFC", text).strip()
    assert unicodedata.is_normalized("NFC", arrived)


@given(text=st.text(st.characters(), max_size=50))
@quick
def test_any_text_is_taken_whole_or_refused_by_name(text: str) -> None:
    if is_blank(text) or has_control(text):
        assert refused(StudentInfo, studentName=text) == {"studentName"}
    else:
        assert read(StudentInfo, studentName=text)["studentName"] == line(text) != ""


@pytest.mark.parametrize(("field", "longest"), [("studentName", 200), ("fbc", 500), ("note", 2000)])
def test_length_counts_letters_not_bytes_or_marks(field: str, longest: int) -> None:
    text = "e\u0302\u0303" * longest
    assert read(StudentInfo, **{field: text})[field] == "ễ" * longest
    assert refused(StudentInfo, **{field: text + "x"}) == {field}


_MOBILE = st.from_regex(r"(3[0-9]|7[06-9]|9[0-8])[0-9]{7}", fullmatch=True)


@given(
    number=_MOBILE,
    prefix=st.sampled_from(["0", "+84", "84", "0084", "+84 (0)", "(0)"]),
    separator=st.sampled_from(["", " ", ".", "-", "\u00a0", " - "]),
)
@quick
def test_any_spelling_of_a_mobile_is_one_number(number: str, prefix: str, separator: str) -> None:
    spelt = prefix + separator.join((number[:2], number[2:5], number[5:]))
    assert read(StudentInfo, parentPhone=spelt)["parentPhone"] == f"+84{number}"


@pytest.mark.parametrize(
    ("spelt", "number"),
    [
        ("028 3822 1234", "+842838221234"),
        ("(024) 3936-1234", "+842439361234"),
        ("+1 650-253-0000", "+16502530000"),
        ("+82 2-2100-2114", "+82221002114"),
        ("0912345678", "+84912345678"),
        (" +84912345678 ", "+84912345678"),
    ],
)
def test_phone_becomes_e164(spelt: str, number: str) -> None:
    assert read(StudentInfo, parentPhone=spelt)["parentPhone"] == number


@pytest.mark.parametrize(
    "phone",
    [
        "091234567",
        "09123456789",
        "0123 456 7890",
        "0000000000",
        "113",
        "+84",
        "+999 123 456 789",
        "+1 555",
        "0912345678 ext 5",
        "0912345678;ext=5",
        "0912345678/0987654321",
        "0912345678 hoặc 0987654321",
        "không có",
        "+",
        "()",
        912345678,
        True,
    ],
)
def test_what_is_no_phone_is_refused(phone: object) -> None:
    assert refused(StudentInfo, parentPhone=phone) == {"parentPhone"}


@given(text=st.text(max_size=45))
@quick
def test_an_accepted_phone_is_e164(text: str) -> None:
    try:
        phone = read(StudentInfo, parentPhone=text)["parentPhone"]
    except ValidationError:
        return
    assert phone.startswith("+")
    assert phone[1:].isascii()
    assert 7 <= len(phone[1:]) <= 15
    assert phone[1:].isdigit()


@pytest.mark.parametrize("ticked", [True, "true", "on", "ON", "yes", "1", 1])
def test_consent_given_is_true(ticked: object) -> None:
    assert read(StudentInfo, consent=ticked)["consent"] is True


@pytest.mark.parametrize(
    "ticked", [False, "false", "off", "no", "0", 0, "maybe", "", None, 2, [], {}, [True]]
)
def test_consent_withheld_is_refused(ticked: object) -> None:
    assert refused(StudentInfo, consent=ticked) == {"consent"}


@pytest.mark.parametrize("email", ["ha@vi-du.vn", "ha.nguyen+be@mail.vi-du.com.vn", "h@x.io"])
def test_email_stays_as_it_is(email: str) -> None:
    assert read(StudentInfo, parentEmail=f" {email} ")["parentEmail"] == email


@pytest.mark.parametrize(
    "email", ["ha", "@vi-du.vn", "ha@", "ha@vi-du", "ha @vi-du.vn", "a@b@c.vn", "ha@-x.vn", 7]
)
def test_what_is_no_email_is_refused(email: object) -> None:
    assert refused(StudentInfo, parentEmail=email) == {"parentEmail"}


@pytest.mark.parametrize(
    "url", ["vi-du.vn", "//vi-du.vn", "data:text/html,x", "https://", "https:///x", "http://a b"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert refused(StudentInfo, eventSourceUrl=url) == {"eventSourceUrl"}


@given(day=st.dates(date(1928, 2, 29), TODAY))
@example(day=date(1928, 2, 29))
@example(day=TODAY)
@quick
def test_birthday_up_to_today_arrives_as_written(day: date) -> None:
    assert read(StudentInfo, dateOfBirth=f" {day.isoformat()} ")["dateOfBirth"] == day.isoformat()


@given(day=st.dates(TODAY + timedelta(days=1)))
@example(day=TODAY + timedelta(days=1))
@quick
def test_birthday_in_the_future_is_refused(day: date) -> None:
    assert refused(StudentInfo, dateOfBirth=day.isoformat()) == {"dateOfBirth"}


@given(day=st.dates(max_value=date(1928, 2, 28)))
@example(day=date(1928, 2, 28))
@quick
def test_birthday_of_another_century_is_refused(day: date) -> None:
    assert refused(StudentInfo, dateOfBirth=day.isoformat()) == {"dateOfBirth"}


@pytest.mark.parametrize(("model", "field"), DAYS)
@given(days=st.integers(-400_000, 400_000).filter(lambda days: abs(days) > 731))
@example(days=732)
@quick
def test_day_of_a_mistyped_year_is_refused(model: type[Form], field: str, days: int) -> None:
    assert field in refused(model, **{field: (TODAY + timedelta(days=days)).isoformat()})


@pytest.mark.parametrize("day", ["2026-02-28", "2030-02-28"])
def test_day_may_be_two_years_away(day: str) -> None:
    assert read(ChangeRequest, effectiveDate=day)["effectiveDate"] == day


@pytest.mark.parametrize(
    "day",
    [
        *("2027-02-29", "2100-02-29", "2026-04-31", "0000-01-01", "26-01-01", "2026-1-1", "20260101"),
        *("2026-W01-1", "2026-01-01T00:00:00", "２０２６-01-01", "2026/01/01", "-2026-01-01"),
        *(0, 1.5, True, []),
    ],
)
def test_what_is_no_day_is_refused(day: object) -> None:
    assert refused(LeaveRequest, leaveFrom=day, leaveTo="2029-01-01") == {"leaveFrom"}


@given(start=st.dates(date(2026, 3, 1), date(2029, 2, 27)), days=st.integers(0, 365))
@example(start=date(2027, 3, 1), days=365)
@quick
def test_hold_of_up_to_365_days_is_taken(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    fields = read(HoldRequest, holdFrom=start.isoformat(), holdUntil=end.isoformat())
    assert (fields["holdFrom"], fields["holdUntil"]) == (start.isoformat(), end.isoformat())


@given(
    start=st.dates(date(2026, 3, 1), date(2030, 2, 27)),
    days=st.integers(-700, -1) | st.integers(366, 10_000),
)
@example(start=date(2027, 3, 1), days=366)
@quick
def test_longer_or_backward_hold_is_refused(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    fields = {"holdFrom": start.isoformat(), "holdUntil": end.isoformat()}
    assert refused(HoldRequest, **fields) == {"holdUntil"}


@pytest.mark.parametrize(("sent", "arrives"), [(0, 0), (10_000, 10_000), ("12", 12), (" 7 ", 7), (8.0, 8)])
def test_sessions_arrive_as_a_number(sent: object, arrives: int) -> None:
    assert read(TransferRequest, remainingSessions=sent)["remainingSessions"] == arrives
