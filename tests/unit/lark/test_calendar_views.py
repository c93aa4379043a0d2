"""What is on in a calendar, day by day: events that repeat, long windows and crowded ones, other zones."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.lark.calendar import Calendars
from sandbox.lark.event_store import PRIMARY_ID, CalendarInfo
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

VIETNAM = timezone(timedelta(hours=7))
NINE = datetime(2026, 9, 1, 9, tzinfo=VIETNAM)


@pytest.fixture
def lark() -> Platform:
    return Platform()


@pytest.fixture
def calendars(lark: Platform) -> Calendars:
    return Calendars(lark.client)


def put(lark: Platform, start: datetime, summary: str = "x", minutes: int = 60, **fields: Any) -> str:
    end = start + timedelta(minutes=minutes)
    times = {
        name: {"timestamp": f"{moment.timestamp():.0f}", "timezone": fields.pop("zone", "Asia/Ho_Chi_Minh")}
        for name, moment in (("start_time", start), ("end_time", end))
    }
    return lark.api.calendar.put(PRIMARY_ID, {"summary": summary, **times, **fields})


def days(calendars: Calendars, start: datetime, count: int) -> list[int]:
    found = calendars.instances(PRIMARY_ID, start, start + timedelta(days=count))
    return sorted((event.start - start).days for event in found if isinstance(event.start, datetime))


def test_a_calendar_of_another_kind_is_refused_for_good(lark: Platform, calendars: Calendars) -> None:
    lark.api.calendar.share("g@group", CalendarInfo("Google", type="google"))
    outcome = refused(lambda: calendars.instances("g@group", NINE, NINE + timedelta(hours=1)))
    assert outcome.lark_code == 191004


def test_an_event_that_repeats_is_there_each_time(lark: Platform, calendars: Calendars) -> None:
    event_id = put(lark, NINE, recurrence="FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5")
    assert days(calendars, NINE, 30) == [0, 2, 7, 9, 14]
    ids = [event.event_id for event in calendars.instances(PRIMARY_ID, NINE, NINE + timedelta(days=30))]
    assert len(set(ids)) == 5
    assert event_id not in ids


def test_one_time_that_is_moved_or_cancelled_leaves_the_others(lark: Platform, calendars: Calendars) -> None:
    put(lark, NINE, recurrence="FREQ=DAILY;COUNT=4")
    first, second, *_ = sorted(
        calendars.instances(PRIMARY_ID, NINE, NINE + timedelta(days=9)), key=lambda event: event.event_id
    )
    calendars.delete(PRIMARY_ID, first.event_id)
    store = lark.api.calendar
    master, _ = store.event(PRIMARY_ID, second.event_id)
    moved = {"timestamp": f"{(NINE + timedelta(days=6)).timestamp():.0f}", "timezone": "UTC"}
    store.except_one(master, second.event_id, {"start_time": moved, "end_time": moved})
    assert days(calendars, NINE, 9) == [2, 3, 6]
    (late,) = calendars.instances(PRIMARY_ID, NINE + timedelta(days=5), NINE + timedelta(days=7))
    assert late.recurring_event_id == master["event_id"]


@pytest.mark.parametrize("length", [1, 39, 40, 41, 80, 400])
def test_a_window_of_any_length_is_read_whole(lark: Platform, calendars: Calendars, length: int) -> None:
    put(lark, NINE, recurrence="FREQ=DAILY")
    assert days(calendars, NINE, length) == list(range(length))


@pytest.mark.parametrize("length", [401, 100_000, -1])
def test_a_window_without_end_or_backwards_is_refused(length: int) -> None:
    lark = ScriptedLark()
    calendars = Calendars(lark_client(lark.network))
    outcome = refused(lambda: calendars.instances(PRIMARY_ID, NINE, NINE + timedelta(days=length)))
    assert outcome.reason == "bad_parameter"
    assert lark.calls == []


@pytest.mark.parametrize("count", [999, 1000, 2500])
def test_a_crowded_window_is_read_whole(lark: Platform, calendars: Calendars, count: int) -> None:
    for number in range(count):
        put(lark, NINE + number * timedelta(minutes=20), str(number), minutes=10)
    found = calendars.instances(PRIMARY_ID, NINE, NINE + timedelta(days=39))
    assert sorted(int(event.summary) for event in found) == list(range(count))


def test_a_crowded_second_is_refused(lark: Platform, calendars: Calendars) -> None:
    for _ in range(1000):
        put(lark, NINE)
    outcome = refused(lambda: calendars.instances(PRIMARY_ID, NINE, NINE + timedelta(days=39)))
    assert outcome.reason == "answer_too_large"


def test_a_view_that_may_be_cut_is_asked_for_in_halves() -> None:
    crowd = [
        {"event_id": str(number), "start_time": {"timestamp": "1"}, "end_time": {"timestamp": "2"}}
        for number in range(1000)
    ]
    pages = [{"code": 0, "data": {"items": items}} for items in (crowd, [], crowd[:2])]
    lark = ScriptedLark(*pages)
    found = Calendars(lark_client(lark.network)).instances(PRIMARY_ID, NINE, NINE + timedelta(hours=2))
    assert len(found) == 2
    windows = [(one.url.params["start_time"], one.url.params["end_time"]) for one in lark.calls]
    begin, end = (f"{(NINE + timedelta(hours=hours)).timestamp():.0f}" for hours in (0, 2))
    middle = f"{(NINE + timedelta(hours=1)).timestamp():.0f}"
    assert windows == [(begin, end), (begin, middle), (middle, end)]


def test_an_event_keeps_its_clock_time_when_the_clocks_change(lark: Platform, calendars: Calendars) -> None:
    paris = ZoneInfo("Europe/Paris")
    first = datetime(2026, 10, 24, 9, tzinfo=paris)
    put(lark, first, recurrence="FREQ=DAILY;COUNT=2", zone="Europe/Paris")
    found = calendars.instances(PRIMARY_ID, first, first + timedelta(days=3))
    starts = sorted(event.start for event in found if isinstance(event.start, datetime))
    assert [start.astimezone(paris).hour for start in starts] == [9, 9]
    assert starts[1] - starts[0] == timedelta(hours=25)


ZONES = st.sampled_from(
    ["UTC", "Asia/Ho_Chi_Minh", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kolkata"]
)
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
EDGES = st.sampled_from([0, 1, 12 * 60, 23 * 60 + 59]).map(lambda minutes: timedelta(minutes=minutes))


@settings(deadline=None)
@given(day=DAYS, zone=ZONES.map(ZoneInfo), event_zone=ZONES.map(ZoneInfo), at=EDGES)
def test_what_begins_on_a_day_is_found_on_that_day_and_not_on_the_one_before(
    day: date, zone: ZoneInfo, event_zone: ZoneInfo, at: timedelta
) -> None:
    lark = Platform()
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    start = (midnight + at).astimezone(event_zone)
    put(lark, start, minutes=1, zone=event_zone.key)
    calendars = Calendars(lark.client)
    (found,) = calendars.instances(PRIMARY_ID, midnight, midnight + timedelta(days=1))
    assert (found.start, found.timezone) == (start, event_zone.key)
    assert calendars.instances(PRIMARY_ID, midnight - timedelta(days=1), midnight) == []
