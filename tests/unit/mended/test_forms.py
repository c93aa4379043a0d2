"""A form is taken for what its parent typed and saw."""

from typing import Any

import pytest

from larkbridge.store.submissions import FormType
from tests.support.forms import FORMS, http_event
from tests.support.world import Answer, World

INFO, LEAVE, TRANSFER, HOLD, CHANGE, *_ = FormType
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}
TRACKING = {
    "utmSource": "zalo",
    "utmMedium": "cpc",
    "utmCampaign": "tuyen-sinh",
    "fbp": "fb.1.1558571054389.1098115397",
    "fbc": "fb.1.1558571054389.IwAR2xbFqLzT",
    "eventSourceUrl": "https://vi-du.vn/phieu?fbclid=x",
}
PASTED = {
    "embedding": "\u202a0912345678\u202c",
    "isolate": "\u20660912345678\u2069",
    "mark": "\u200e0912345678",
    "zero width": "0912\u200b345\ufeff678",
    "soft hyphen": "0912\u00ad345678",
    "joiner": "0912\u2060345\u200d678",
    "selector": "0\ufe0f912345678\U000e0100",
    "tag": "0912345678\U000e0041\U000e007f",
    "filler": "0912\u3164345678",
    "no-break hyphen": "0912\u2011345\u2011678",
    "en dash": "0912\u2013345\u2014678",
    "minus": "0912\u2212345678",
    "narrow space": "0912\u202f345\u2009678",
    "full width": "\uff0b\uff18\uff14\uff19\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "arabic digits": "\u0660\u0669\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
    "separators": "0912345678\u2028\u2029\x0b",
}


def _sent(world: World, form_type: FormType, fields: dict[str, Any], **headers: str) -> dict[str, Any]:
    """Post a form that must be taken, and return what Lark got."""
    answer = world.post(form_type, FORMS[form_type] | fields, **headers)
    assert answer.status == 200, answer.body
    return world.lark.runs[-1].payload


def _refused(answer: Answer) -> set[str]:
    assert answer.status == 400, answer.body
    assert not any(message.isascii() for message in answer.body["fields"].values()), "not Vietnamese"
    return set(answer.body["fields"])


@pytest.mark.parametrize("added", [*({name: TRACKING[name]} for name in TRACKING), TRACKING])
@pytest.mark.parametrize("form_type", FormType)
def test_what_the_page_adds_between_two_clicks_makes_no_other_form(
    world: World, form_type: FormType, added: dict[str, str]
) -> None:
    first = world.post(form_type, FORMS[form_type], idempotency_key="key")
    second = world.post(form_type, FORMS[form_type] | added, idempotency_key="key")
    assert (second.status, second.body) == (200, first.body)
    assert len(world.lark.runs) == 1


@pytest.mark.parametrize("pasted", PASTED.values(), ids=PASTED)
@pytest.mark.parametrize("field", ["parentPhone", "recipientPhone"])
def test_a_pasted_number_is_the_number_that_is_seen(world: World, field: str, pasted: str) -> None:
    assert _sent(world, TRANSFER, {field: pasted})[field] == "+84912345678"


@pytest.mark.parametrize(
    "pasted",
    [
        "ha.nguyen@vi-du.vn\u200b",
        "\u202aha.nguyen@vi-du.vn\u202c",
        "ha.nguyen@vi\u2011du.vn",
        "ha.nguyen@vi\u2010du.vn\u2028",
        "ha\ufe0e.nguyen@vi-du.vn\U000e0020",
        "\uff48\uff41.nguyen\uff20vi-du.vn",
        "\u2003ha.nguyen@vi-\u00addu.vn\u202f",
    ],
)
def test_a_pasted_address_is_the_address_that_is_seen(world: World, pasted: str) -> None:
    assert _sent(world, INFO, {"parentEmail": pasted})["parentEmail"] == "ha.nguyen@vi-du.vn"


@pytest.mark.parametrize("field", ["parentName", "className", "reason", "attachmentId"])
@pytest.mark.parametrize(
    "unseen", ["\u202a", "\u202e", "\u2066", "\u2069", "\u200b", "\u200f", "\u00ad", "\ufeff", "\U000e0041"]
)
def test_a_pasted_text_is_the_text_that_is_seen(world: World, field: str, unseen: str) -> None:
    pasted = f"{unseen}Nguyễn{unseen} Minh An{unseen}"
    assert _sent(world, LEAVE, {field: pasted})[field] == "Nguyễn Minh An"


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("field", ["reason", "note"])
def test_every_line_ends_in_a_line_feed(world: World, field: str, ends: str) -> None:
    assert _sent(world, LEAVE, {field: f"Bé ốm.{ends}Xin nghỉ.{ends}"})[field] == "Bé ốm.\nXin nghỉ."


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\t", "\u2028", "\x0b"])
def test_a_break_in_a_name_is_a_space(world: World, ends: str) -> None:
    assert _sent(world, LEAVE, {"studentName": f"Nguyễn{ends}An{ends}"})["studentName"] == "Nguyễn An"


@pytest.mark.parametrize("unseen", ["\u200b", "\u202a\u202c", "\n", "\u2028 \ufeff"])
def test_a_field_in_which_nothing_is_seen_was_left_alone(world: World, unseen: str) -> None:
    optional = {"parentEmail": unseen, "note": unseen, "eventSourceUrl": unseen, "attachmentId": unseen}
    sent = _sent(world, LEAVE, optional)
    assert {name: sent[name] for name in optional} == dict.fromkeys(optional, "")
    assert _refused(world.post(LEAVE, FORMS[LEAVE] | {"studentName": unseen})) == {"studentName"}


@pytest.mark.parametrize(
    ("form_type", "field", "pasted", "read"),
    [
        (LEAVE, "leaveFrom", "\u200e2026\u201109\u201107", "2026-09-07"),
        (INFO, "dateOfBirth", "2017-05-04\u200b", "2017-05-04"),
        (TRANSFER, "remainingSessions", "\u202a\uff11\uff12\u202c", 12),
        (INFO, "consent", "on\u200b", True),
    ],
)
def test_a_pasted_day_or_number_is_what_is_seen(
    world: World, form_type: FormType, field: str, pasted: str, read: object
) -> None:
    assert _sent(world, form_type, {field: pasted})[field] == read


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"reason": "ễ" * 2000, "note": "ễ" * 1000}, {"reason"}),
        ({"reason": "😀" * 2000, "note": "😀" * 2000}, {"note"}),
        ({"reason": "ốm", "note": "😀" * 2000, "utmSource": "😀" * 500}, {"note"}),
        (dict.fromkeys(["utmSource", "utmMedium", "utmCampaign", "fbp", "fbc"], "😀" * 500), {"utmSource"}),
    ],
)
def test_a_form_of_over_8_kb_is_refused_by_the_name_of_what_is_long(
    world: World, fields: dict[str, str], named: set[str]
) -> None:
    assert _refused(world.post(LEAVE, FORMS[LEAVE] | fields)) == named
    assert world.lark.runs == []


@pytest.mark.parametrize("key", ["\ud83d", "khóa-\udc00", "a\0b"])
def test_a_key_that_cannot_be_written_is_the_callers_fault(world: World, key: str) -> None:
    assert world.post(LEAVE, idempotency_key=key).status == 400
    assert world.lark.runs == []


@pytest.mark.parametrize("body", ["&{}", "{}&", "{}&&note", "note&{}&"])
def test_a_form_is_read_as_browsers_write_it(world: World, body: str) -> None:
    fields = "parentName=An&parentPhone=0912345678&consent=on&studentName=B%C3%ACnh"
    answer = world.send(INFO, http_event(body.format(fields), headers=URLENCODED))
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("day", ["1999-01-01", "0026-09-07", "2062-09-07", "9999-12-31"])
@pytest.mark.parametrize(
    ("form_type", "field", "other"),
    [
        (LEAVE, "leaveFrom", "leaveTo"),
        (LEAVE, "leaveTo", "leaveFrom"),
        (HOLD, "holdFrom", "holdUntil"),
        (HOLD, "holdUntil", "holdFrom"),
        (CHANGE, "effectiveDate", "effectiveDate"),
    ],
)
def test_a_year_that_is_mistyped_is_refused(
    world: World, form_type: FormType, field: str, other: str, day: str
) -> None:
    answer = world.post(form_type, FORMS[form_type] | {field: day})
    assert field in _refused(answer) <= {field, other}
    assert "năm" in answer.body["fields"][field]
