from typing import Any

import httpx
import pytest

from sandbox.lark.contacts import PEOPLE
from sandbox.lark.event_store import PRIMARY_ID
from tests.support.lark_calls import CalledLark, code

CALENDARS = "/open-apis/calendar/v4/calendars"
EVENTS = f"{CALENDARS}/{PRIMARY_ID}/events"
FREE_BUSY = "/open-apis/calendar/v4/freebusy"
DAY = 24 * 60 * 60
HOUR = {"start_time": {"timestamp": "3600"}, "end_time": {"timestamp": "7200"}}
AN = PEOPLE[0].open_id
WINDOW = {"time_min": "1970-01-01T00:00:00Z", "time_max": "1970-01-02T00:00:00Z"}


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


def make(lark: CalledLark, **fields: Any) -> dict[str, Any]:
    return lark.data("POST", EVENTS, HOUR | fields)["event"]


def view(lark: CalledLark, start: int, end: int) -> httpx.Response:
    window = {"start_time": str(start), "end_time": str(end)}
    return lark.call("GET", f"{EVENTS}/instance_view", **window)


def starts(lark: CalledLark, start: int, end: int) -> list[int]:
    items = view(lark, start, end).json()["data"]["items"]
    return [int(item["start_time"]["timestamp"]) // DAY for item in items]


@pytest.mark.parametrize(
    "rule",
    [
        "x",
        "FREQ=YEARLY",
        "FREQ=DAILY;BYSETPOS=1",
        "FREQ=DAILY;COUNT=x",
        "FREQ=WEEKLY;BYDAY=XX",
        7,
        "FREQ=DAILY;UNTIL=x",
    ],
)
def test_a_rule_that_is_not_simulated_is_refused(lark: CalledLark, rule: Any) -> None:
    assert code(lark.call("POST", EVENTS, HOUR | {"recurrence": rule})) == 190002


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", [0, 1, 2]),
        ("RRULE:FREQ=DAILY;INTERVAL=10", [0, 10, 20, 30]),
        ("FREQ=WEEKLY;UNTIL=19700115T235959Z", [0, 7, 14]),
        ("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4", [0, 4, 7, 11]),
        ("FREQ=MONTHLY;COUNT=3", [0, 31]),
    ],
)
def test_a_rule_says_on_which_days(lark: CalledLark, rule: str, expected: list[int]) -> None:
    make(lark, recurrence=rule)
    assert starts(lark, 0, 39 * DAY) == expected


def test_a_month_without_the_day_has_none(lark: CalledLark) -> None:
    times = {"start_time": {"timestamp": str(30 * DAY)}, "end_time": {"timestamp": str(30 * DAY + 60)}}
    make(lark, recurrence="FREQ=MONTHLY", **times)
    assert starts(lark, 0, 39 * DAY) == [30]
    assert starts(lark, 40 * DAY, 79 * DAY) == []
    assert starts(lark, 80 * DAY, 119 * DAY) == [89]


@pytest.mark.parametrize(("length", "expected"), [(40 * DAY - 1, 0), (40 * DAY, 193103)])
def test_a_view_is_shorter_than_forty_days(lark: CalledLark, length: int, expected: int) -> None:
    assert code(view(lark, 0, length)) == expected


def test_a_view_has_fewer_than_a_thousand(lark: CalledLark) -> None:
    for _ in range(999):
        lark.api.calendar.put(PRIMARY_ID, HOUR)
    assert len(view(lark, 0, DAY).json()["data"]["items"]) == 999
    lark.api.calendar.put(PRIMARY_ID, HOUR)
    response = view(lark, 0, DAY)
    assert (response.status_code, code(response)) == (400, 193104)


def test_an_event_that_repeats_is_listed_once(lark: CalledLark) -> None:
    make(lark, recurrence="FREQ=DAILY")
    assert len(lark.data("GET", EVENTS, start_time="0", end_time=str(DAY))["items"]) == 1
    assert lark.data("GET", EVENTS, start_time=str(DAY), end_time=str(9 * DAY))["items"] == []


def test_a_zone_that_is_none_is_refused(lark: CalledLark) -> None:
    for zone in ("Asia/Hanoi2", "../etc", "x" * 300):
        times = {"start_time": {"timestamp": "1", "timezone": zone}, "end_time": {"timestamp": "2"}}
        assert code(lark.call("POST", EVENTS, times)) == 190002


@pytest.mark.parametrize("event_id", ["x", "event-1_0", "event-00000001_7", "event-00000001_x"])
def test_a_time_that_is_none_of_the_events_is_not_found(lark: CalledLark, event_id: str) -> None:
    make(lark, recurrence="FREQ=DAILY")
    for method in ("GET", "PATCH", "DELETE"):
        response = lark.call(method, f"{EVENTS}/{event_id}", {})
        assert (response.status_code, code(response)) == (404, 193001)


def test_an_event_that_was_deleted_says_so(lark: CalledLark) -> None:
    path = f"{EVENTS}/{make(lark)['event_id']}"
    assert [code(lark.call("DELETE", path)) for _ in range(2)] == [0, 193003]


@pytest.mark.parametrize(
    "changes",
    [
        {"end_time": {"timestamp": "1"}},
        {"start_time": {"date": "1970-01-01"}},
        {"summary": 7},
        {"summary": "x" * 1001},
        {"attendee_ability": "all"},
        {"location": "here"},
        {"location": {"name": []}},
        {"free_busy_status": "maybe"},
    ],
)
def test_a_change_that_is_wrong_changes_nothing(lark: CalledLark, changes: dict[str, Any]) -> None:
    made = make(lark, summary="x", location={"name": "Phòng 2"})
    response = lark.call("PATCH", f"{EVENTS}/{made['event_id']}", changes)
    assert (response.status_code, code(response)) == (400, 190002)
    assert lark.data("GET", f"{EVENTS}/{made['event_id']}")["event"] == made


@pytest.mark.parametrize(
    "attendees",
    [
        "x",
        [7],
        [{"type": "user"}],
        [{"type": "dog", "user_id": AN}],
        [{"type": "chat", "chat_id": 7}],
        [{"type": "user", "user_id": AN}] * 1001,
    ],
)
def test_attendees_that_are_wrong_are_refused(lark: CalledLark, attendees: Any) -> None:
    path = f"{EVENTS}/{make(lark)['event_id']}/attendees"
    assert code(lark.call("POST", path, {"attendees": attendees})) == 190002
    assert lark.data("GET", path)["items"] == []


def test_groups_rooms_and_addresses_attend_too(lark: CalledLark) -> None:
    path = f"{EVENTS}/{make(lark)['event_id']}/attendees"
    others = [{"type": "chat", "chat_id": "oc_1"}, {"type": "third_party", "third_party_email": "x@x.test"}]
    assert len(lark.data("POST", path, {"attendees": others})["attendees"]) == 2


def test_who_may_change_an_event_for_all_is_said_by_the_event(lark: CalledLark) -> None:
    made = make(lark, attendee_ability="can_modify_event")
    path = f"{EVENTS}/{made['event_id']}"
    lark.data("POST", f"{path}/attendees", {"attendees": [{"type": "user", "user_id": AN}]})
    theirs = f"{CALENDARS}/{lark.api.calendar.primary_of(AN)}/events/{made['event_id']}"
    assert code(lark.call_as(AN, "PATCH", theirs, {"summary": "x"})) == 0
    assert lark.data("GET", path)["event"]["summary"] == "x"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_id": 7},
        {"user_id": AN, "time_min": "1970-01-01"},
        {"user_id": AN, "time_min": "1970-01-01T00:00:00"},
        {"user_id": AN, "time_min": "x"},
        {"user_id": AN, "time_max": "1971-01-01T00:00:00Z"},
        {"user_id": AN, "time_max": "1969-01-01T00:00:00Z"},
    ],
)
def test_a_question_of_who_is_busy_that_is_wrong_is_refused(lark: CalledLark, body: dict[str, Any]) -> None:
    response = lark.call("POST", f"{FREE_BUSY}/list", WINDOW | body)
    assert (response.status_code, code(response)) == (400, 190002)


@pytest.mark.parametrize(
    ("user_ids", "expected"), [([], 190002), ("x", 190002), ([AN] * 11, 190002), ([7], 195100)]
)
def test_one_to_ten_people_are_asked_for_at_once(lark: CalledLark, user_ids: Any, expected: int) -> None:
    assert code(lark.call("POST", f"{FREE_BUSY}/batch", WINDOW | {"user_ids": user_ids})) == expected
