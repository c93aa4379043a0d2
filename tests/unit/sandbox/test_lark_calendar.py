from typing import Any

import pytest

from sandbox.lark.event_store import PRIMARY_ID
from tests.support.lark_calls import CalledLark, code

CALENDARS = "/open-apis/calendar/v4/calendars"
EVENTS = f"{CALENDARS}/{PRIMARY_ID}/events"
HOUR = {"start_time": {"timestamp": "3600"}, "end_time": {"timestamp": "7200"}}
DAY = {"start_time": {"date": "1970-01-02"}, "end_time": {"date": "1970-01-02"}}
KEY = "25fdf41b-8c80-2ce1-e94c-de8b5e7aa7e6"


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


def events(lark: CalledLark, start: int, end: int, **query: str) -> list[str]:
    window = {"start_time": str(start), "end_time": str(end)}
    return [one["summary"] for one in lark.data("GET", EVENTS, **window, **query)["items"]]


def test_the_apps_own_calendar_is_asked_for_with_an_id_that_apps_have(lark: CalledLark) -> None:
    (found,) = lark.data("POST", f"{CALENDARS}/primary")["calendars"]
    assert found["calendar"]["calendar_id"] == PRIMARY_ID
    assert code(lark.call("POST", f"{CALENDARS}/primary", user_id_type="user_id")) == 190002


def test_a_calendar_that_does_not_exist_is_not_found(lark: CalledLark) -> None:
    for method in ("GET", "POST"):
        response = lark.call(method, f"{CALENDARS}/x@group/events", HOUR, start_time="0", end_time="1")
        assert (response.status_code, code(response)) == (404, 191000)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"start_time": "0"},
        {"start_time": "0", "end_time": "x"},
        {"start_time": "-1", "end_time": "1"},
        {"start_time": "0", "end_time": "1", "page_token": "x"},
        {"start_time": "0", "end_time": "1", "sync_token": "x"},
        {"start_time": "0", "end_time": "1", "anchor_time": "0"},
    ],
)
def test_a_window_stands_alone(lark: CalledLark, query: dict[str, str]) -> None:
    response = lark.call("GET", EVENTS, **query)
    assert (response.status_code, code(response)) == (400, 190002)


@pytest.mark.parametrize("size", ["49", "1001", "x", "-50", "9" * 5_000])
def test_a_page_has_50_to_1000_events(lark: CalledLark, size: str) -> None:
    assert code(lark.call("GET", EVENTS, start_time="0", end_time="1", page_size=size)) == 99992402


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"start_time": {"timestamp": "1"}},
        {"start_time": {"timestamp": 1}, "end_time": {"timestamp": 2}},
        {"start_time": {"timestamp": "2"}, "end_time": {"timestamp": "1"}},
        {"start_time": {"timestamp": "1788228000000"}, "end_time": {"timestamp": "1788231600000"}},
        {"start_time": {"timestamp": "1"}, "end_time": {"date": "1970-01-02"}},
        {"start_time": {"timestamp": "1", "date": "1970-01-01"}, "end_time": {"timestamp": "2"}},
        {"start_time": {"date": "1970-1-2"}, "end_time": {"date": "1970-01-02"}},
        {"start_time": {"date": "19700102"}, "end_time": {"date": "1970-01-02"}},
        HOUR | {"summary": 7},
    ],
)
def test_an_event_that_is_wrong_is_not_made(lark: CalledLark, times: dict[str, Any]) -> None:
    response = lark.call("POST", EVENTS, times)
    assert (response.status_code, code(response)) == (400, 190002)
    assert lark.api.calendar.calendars == {PRIMARY_ID: {}}


@pytest.mark.parametrize("key", ["", "k" * 31, "k" * 129])
def test_a_key_has_32_to_128_characters(lark: CalledLark, key: str) -> None:
    assert code(lark.call("POST", EVENTS, HOUR, idempotency_key=key)) == 99992402


def test_a_key_makes_one_event_in_each_calendar(lark: CalledLark) -> None:
    lark.api.calendar.put("other@group", HOUR | {"summary": ""})
    paths = [EVENTS, EVENTS, f"{CALENDARS}/other@group/events"]
    made = [lark.data("POST", path, HOUR, idempotency_key=KEY)["event"] for path in paths]
    assert made[0] == made[1]
    assert made[1]["event_id"] != made[2]["event_id"]


def test_events_without_a_key_are_all_made(lark: CalledLark) -> None:
    for _ in range(2):
        lark.data("POST", EVENTS, HOUR)
    assert len(events(lark, 0, 10_000)) == 2


def test_an_event_says_in_which_zone_it_is(lark: CalledLark) -> None:
    hour, day = (lark.data("POST", EVENTS, times)["event"] for times in (HOUR, DAY))
    assert hour["start_time"] == {"timestamp": "3600", "timezone": "Asia/Shanghai"}
    assert day["end_time"] == {"date": "1970-01-02", "timezone": "UTC"}


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, 3600, []),
        (0, 3601, ["hour"]),
        (7199, 7200, ["hour"]),
        (7200, 8000, []),
        (86399, 86400, []),
        (172799, 172800, ["day"]),
        (0, 200_000, ["hour", "day"]),
    ],
)
def test_a_window_holds_what_overlaps_it(lark: CalledLark, start: int, end: int, found: list[str]) -> None:
    lark.data("POST", EVENTS, DAY | {"summary": "day"})
    lark.data("POST", EVENTS, HOUR | {"summary": "hour"})
    assert events(lark, start, end) == found


def test_a_window_is_cut_without_a_word(lark: CalledLark) -> None:
    for number in range(60):
        lark.api.calendar.put(PRIMARY_ID, HOUR | {"summary": str(number)})
    answer = lark.data("GET", EVENTS, start_time="0", end_time="9000", page_size="50")
    assert (len(answer["items"]), answer["has_more"], answer.get("page_token")) == (50, False, None)
    assert len(events(lark, 0, 9000)) == 60
