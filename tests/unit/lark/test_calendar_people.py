"""Calendars and events as people have them: their own, changes and invitations."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.calendar_values import EventChange, NewCalendarEvent
from larkbridge.lark.permissions import NotAgreedError
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.event_store import CalendarInfo
from sandbox.lark.scopes import EVERY_SCOPE
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

AN, NAMESAKE, HUONG = (person.open_id for person in PEOPLE)
NINE = datetime(2026, 9, 1, 9, tzinfo=timezone(timedelta(hours=7)))
TEN = NINE + timedelta(hours=1)
WEEK = timedelta(days=7)
LESSON = NewCalendarEvent(summary="Buổi học thử", start=NINE, end=TEN, description="Sân", location="Phòng 2")


@pytest.fixture
def lark() -> Platform:
    return Platform()


def calendars_of(lark: Platform, open_id: str) -> Calendars:
    return Calendars(lark.client, lark.api.tokens.user_tokens.issue(open_id, EVERY_SCOPE))


@pytest.fixture
def calendars(lark: Platform) -> Calendars:
    return calendars_of(lark, AN)


@pytest.fixture
def own(calendars: Calendars) -> str:
    return calendars.primary()


def test_a_person_has_a_calendar_of_their_own(lark: Platform, calendars: Calendars) -> None:
    ids = {calendars.primary(), calendars_of(lark, HUONG).primary(), Calendars(lark.client).primary()}
    assert len(ids) == 3


def test_a_persons_calendar_is_not_anothers_nor_the_apps(
    lark: Platform, calendars: Calendars, own: str
) -> None:
    for other in (calendars_of(lark, HUONG), Calendars(lark.client)):
        outcome = refused(lambda other=other: other.instances(own, NINE, TEN))
        assert (outcome.verdict, outcome.lark_code) == (Verdict.REJECT, 191002)


def test_all_calendars_are_listed_page_by_page(lark: Platform, calendars: Calendars, own: str) -> None:
    for number in range(1_050):
        lark.api.calendar.share(f"c{number}@group", CalendarInfo(f"Lớp {number}", role="reader"))
    found = list(calendars.all())
    assert len({one.calendar_id for one in found}) == 1_051
    (mine,) = (one for one in found if one.kind == "primary")
    assert (mine.calendar_id, mine.role) == (own, "owner")


def test_a_calendar_that_may_only_be_read_takes_no_event(lark: Platform, calendars: Calendars) -> None:
    lark.api.calendar.share("c@group", CalendarInfo("Lớp", role="reader"))
    assert refused(lambda: calendars.create("c@group", LESSON, "key")).lark_code == 191002
    assert calendars.instances("c@group", NINE, TEN) == []


def test_a_person_who_agreed_to_read_is_asked_before_an_event_is_made(lark: Platform, own: str) -> None:
    token = lark.api.tokens.user_tokens.issue(AN, ["calendar:calendar.event:read"])
    calendars = Calendars(lark.client, token)
    assert calendars.instances(own, NINE, TEN) == []
    with pytest.raises(NotAgreedError) as caught:
        calendars.create(own, LESSON, "key")
    assert caught.value.scopes[0] == Calendars.SCOPES["create"][0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (EventChange(summary="Họp"), {"summary": "Họp"}),
        (EventChange(description="<b>"), {"description": "<b>"}),
        (EventChange(description=""), {"description": ""}),
        (EventChange(location="Sân"), {"location": "Sân"}),
        (EventChange(location=""), {"location": ""}),
        (EventChange(start=TEN, end=TEN + WEEK), {"start": TEN, "end": TEN + WEEK}),
        (
            EventChange(start=date(2026, 9, 2), end=date(2026, 9, 2)),
            {"start": date(2026, 9, 2), "end": date(2026, 9, 2), "timezone": "UTC"},
        ),
    ],
)
def test_a_change_changes_what_it_names(
    calendars: Calendars, own: str, change: EventChange, expected: dict[str, Any]
) -> None:
    made = calendars.create(own, LESSON, "key")
    changed = calendars.change(own, made.event_id, change)
    assert {name: getattr(changed, name) for name in expected} == expected
    untouched = {"summary", "description", "location", "start", "end", "timezone"} - expected.keys()
    assert all(getattr(changed, name) == getattr(made, name) for name in untouched)
    assert calendars.get(own, made.event_id) == calendars.change(own, made.event_id, change) == changed


def test_a_begin_does_not_change_without_the_end() -> None:
    with pytest.raises(ValueError, match="together"):
        EventChange(start=NINE)
    with pytest.raises(ValueError, match="nothing"):
        EventChange()


def test_one_time_of_an_event_is_changed_alone(lark: Platform, calendars: Calendars, own: str) -> None:
    made = calendars.create(own, LESSON, "key")
    lark.api.calendar.calendars[own][made.event_id]["recurrence"] = "FREQ=DAILY;COUNT=3"
    first, *others = sorted(calendars.instances(own, NINE, NINE + WEEK), key=lambda event: event.event_id)
    changed = calendars.change(own, first.event_id, EventChange(summary="Kiểm tra"))
    assert (changed.summary, changed.recurring_event_id) == ("Kiểm tra", made.event_id)
    assert [calendars.get(own, event.event_id).summary for event in others] == ["Buổi học thử"] * 2


def test_an_event_is_cancelled_once(lark: Platform, calendars: Calendars, own: str) -> None:
    event_id = calendars.create(own, LESSON, "key").event_id
    lark.api.faults["calendar"].set(Fault("answer_lost", times=1))
    assert refused(lambda: calendars.delete(own, event_id)).verdict is Verdict.UNKNOWN
    calendars.delete(own, event_id)
    assert calendars.instances(own, NINE, TEN) == []
    assert refused(lambda: calendars.get(own, event_id)).reason == "event_not_found"


def test_an_event_of_nobody_is_gone_already(calendars: Calendars, own: str) -> None:
    calendars.delete(own, "event-1_0")
    assert refused(lambda: calendars.change(own, "e_1", EventChange(summary="x"))).lark_code == 193001


def test_who_is_invited_sees_the_event_and_may_not_change_it(
    lark: Platform, calendars: Calendars, own: str
) -> None:
    event_id = calendars.create(own, LESSON, "key").event_id
    for _ in range(2):
        attendees = calendars.invite(own, event_id, [HUONG, HUONG, NAMESAKE])
        assert [(one.open_id, one.kind, one.answer) for one in attendees] == [
            (HUONG, "user", "needs_action"),
            (NAMESAKE, "user", "needs_action"),
        ]
    theirs = calendars_of(lark, HUONG)
    (seen,) = theirs.instances(theirs.primary(), NINE, TEN)
    assert [one.name for one in seen.attendees] == ["Phạm Thu Hương", "Nguyễn Văn An"]
    assert "Hương" not in repr(seen.attendees)
    change = EventChange(summary="x")
    outcome = refused(lambda: theirs.change(theirs.primary(), event_id, change))
    assert (outcome.verdict, outcome.lark_code) == (Verdict.REJECT, 193002)
    assert refused(lambda: theirs.invite(theirs.primary(), event_id, [AN])).lark_code == 194002


def test_who_has_left_is_not_invited(lark: Platform, calendars: Calendars, own: str) -> None:
    event_id = calendars.create(own, LESSON, "key").event_id
    lark.api.contacts.resigned.add(HUONG)
    outcome = refused(lambda: calendars.invite(own, event_id, [NAMESAKE, HUONG]))
    assert (outcome.reason, outcome.lark_code) == ("user_not_found", 195100)
    assert calendars.get(own, event_id).attendees == ()


def test_many_are_invited_a_thousand_at_a_time() -> None:
    lark = ScriptedLark({"code": 0, "data": {"attendees": [{"type": "user", "user_id": "ou_1"}]}})
    calendars = Calendars(lark_client(lark.network))
    assert len(calendars.invite("c", "e", [f"ou_{number}" for number in range(1_001)])) == 1
    assert len(lark.calls) == 2
    assert calendars.invite("c", "e", []) == []
    assert len(lark.calls) == 2


@pytest.mark.parametrize("event_id", ["", "..", "a/b", "e?x=1", "ế"])
def test_what_is_no_id_never_becomes_a_path(event_id: str) -> None:
    lark = ScriptedLark()
    calendars = Calendars(lark_client(lark.network))
    for call in (calendars.get, calendars.delete):
        with pytest.raises(LarkApiError):
            call("c", event_id)
    assert lark.calls == []


def test_an_id_that_is_wrong_is_not_taken_for_cancelled() -> None:
    lark = ScriptedLark((400, {"code": 193000, "msg": "no"}, {}))
    assert refused(lambda: Calendars(lark_client(lark.network)).delete("c", "e")).lark_code == 193000
