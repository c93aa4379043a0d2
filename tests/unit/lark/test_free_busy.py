"""When people are busy."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from larkbridge.lark.calendar import Calendars
from larkbridge.lark.calendar_values import NewCalendarEvent
from larkbridge.lark.free_busy import Busy, FreeBusy
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.scopes import EVERY_SCOPE
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

AN, _, HUONG = (person.open_id for person in PEOPLE)
NINE = datetime(2026, 9, 1, 9, tzinfo=timezone(timedelta(hours=7)))
TEN = NINE + timedelta(hours=1)
WEEK = timedelta(days=7)
LESSON = NewCalendarEvent(summary="Buổi học thử", start=NINE, end=TEN)


@pytest.fixture
def lark() -> Platform:
    return Platform()


@pytest.fixture
def calendars(lark: Platform) -> Calendars:
    return Calendars(lark.client, lark.api.tokens.user_tokens.issue(AN, EVERY_SCOPE))


@pytest.fixture
def own(calendars: Calendars) -> str:
    return calendars.primary()


@pytest.fixture
def free_busy(lark: Platform) -> FreeBusy:
    return FreeBusy(lark.client)


def test_busy_is_who_has_an_event_that_is_not_free(
    lark: Platform, calendars: Calendars, own: str, free_busy: FreeBusy
) -> None:
    event_id = calendars.create(own, LESSON, "key").event_id
    calendars.invite(own, event_id, [HUONG])
    assert free_busy.of(AN, NINE, NINE + WEEK) == free_busy.of(HUONG, NINE, NINE + WEEK) == [Busy(NINE, TEN)]
    event = lark.api.calendar.calendars[own][event_id]
    lark.api.attendees.answer(event, HUONG, "decline")
    assert free_busy.of(HUONG, NINE, NINE + WEEK) == []
    event["free_busy_status"] = "free"
    assert free_busy.of(AN, NINE, NINE + WEEK) == []


def test_an_event_that_repeats_is_busy_each_time(
    lark: Platform, calendars: Calendars, own: str, free_busy: FreeBusy
) -> None:
    made = calendars.create(own, LESSON, "key")
    lark.api.calendar.calendars[own][made.event_id]["recurrence"] = "FREQ=DAILY;COUNT=3"
    day = timedelta(days=1)
    expected = [Busy(NINE + number * day, TEN + number * day) for number in range(3)]
    assert free_busy.of(AN, NINE, NINE + WEEK) == expected
    calendars.delete(own, sorted(event.event_id for event in calendars.instances(own, NINE, NINE + WEEK))[1])
    assert free_busy.of(AN, NINE, NINE + WEEK) == [expected[0], expected[2]]


def test_a_whole_day_is_busy_in_utc(calendars: Calendars, own: str, free_busy: FreeBusy) -> None:
    day = date(2026, 9, 2)
    calendars.create(own, NewCalendarEvent(summary="Nghỉ", start=day, end=day), "key")
    midnight = datetime(2026, 9, 2, tzinfo=UTC)
    assert free_busy.of(AN, NINE, NINE + WEEK) == [Busy(midnight, midnight + timedelta(days=1))]


def test_many_are_asked_for_ten_at_a_time(lark: Platform, free_busy: FreeBusy, calendars: Calendars) -> None:
    calendars.create(calendars.primary(), LESSON, "key")
    found = free_busy.of_many([AN, HUONG, AN], NINE, TEN)
    assert found == {AN: [Busy(NINE, TEN)], HUONG: []}
    lists = [{"user_id": f"ou_{number}", "freebusy_items": []} for number in range(11)]
    scripted = ScriptedLark({"code": 0, "data": {"freebusy_lists": lists}})
    FreeBusy(lark_client(scripted.network)).of_many([one["user_id"] for one in lists], NINE, TEN)
    assert len(scripted.calls) == 2


def test_who_has_left_is_told_apart_from_who_is_free(lark: Platform, free_busy: FreeBusy) -> None:
    lark.api.contacts.resigned.add(HUONG)
    for call in (lambda: free_busy.of(HUONG, NINE, TEN), lambda: free_busy.of_many([AN, HUONG], NINE, TEN)):
        assert refused(call).lark_code == 195100


def test_nobody_is_free_because_lark_says_nothing_of_them() -> None:
    lark = ScriptedLark({"code": 0, "data": {"freebusy_lists": []}})
    outcome = refused(lambda: FreeBusy(lark_client(lark.network)).of_many(["ou_1"], NINE, TEN))
    assert outcome.reason == "incomplete_answer"


@pytest.mark.parametrize("value", [None, 7, "", "soon", "2026-09-01T09:00:00", "2026-09-01"])
def test_a_busy_time_that_cannot_be_read_is_incomplete(value: Any) -> None:
    lists = {"freebusy_list": [{"start_time": value, "end_time": "2026-09-01T09:00:00Z"}]}
    lark = ScriptedLark({"code": 0, "data": lists})
    outcome = refused(lambda: FreeBusy(lark_client(lark.network)).of("ou_1", NINE, TEN))
    assert outcome.reason == "incomplete_answer"


def test_ninety_days_are_the_longest_window(free_busy: FreeBusy) -> None:
    assert free_busy.of(AN, NINE, NINE + timedelta(days=90)) == []
    for end in (NINE + timedelta(days=90, seconds=1), NINE - timedelta(seconds=1)):
        assert refused(lambda end=end: free_busy.of(AN, NINE, end)).reason == "bad_parameter"


def test_a_moment_without_a_zone_is_a_mistake(free_busy: FreeBusy) -> None:
    with pytest.raises(TypeError):
        free_busy.of(AN, NINE.replace(tzinfo=None), TEN.replace(tzinfo=None))
