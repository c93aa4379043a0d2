"""Events read from and written to Lark's calendars."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.calendar import Calendars, NoCalendarIdError
from larkbridge.lark.calendar_values import CalendarEvent, EventChange, NewCalendarEvent
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from sandbox.lark.calendar_values import shown
from sandbox.lark.event_store import PRIMARY_ID
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

NINE = datetime(2026, 9, 1, 9, tzinfo=timezone(timedelta(hours=7)))
TEN = NINE + timedelta(hours=1)
LESSON = NewCalendarEvent(
    summary="Buổi học thử", start=NINE, end=TEN, description="Phòng <2> & sân", location="Phòng 2"
)
NINE_IN_SECONDS = 1788228000


@pytest.fixture
def lark() -> Platform:
    return Platform()


@pytest.fixture
def calendars(lark: Platform) -> Calendars:
    return Calendars(lark.client)


def fill(lark: Platform, count: int, every: timedelta) -> None:
    for number in range(count):
        start = NINE_IN_SECONDS + number * every.total_seconds()
        times = {"start_time": {"timestamp": f"{start:.0f}"}, "end_time": {"timestamp": f"{start + 60:.0f}"}}
        lark.api.calendar.put(PRIMARY_ID, {"summary": str(number), **times})


def scripted(*answers: Any) -> tuple[ScriptedLark, Calendars]:
    lark = ScriptedLark(*({"code": 0, "data": answer} for answer in answers))
    return lark, Calendars(lark_client(lark.network))


@pytest.mark.parametrize(
    "data", [{}, {"calendars": []}, {"calendars": [{}]}, {"calendars": [{"calendar": {"calendar_id": 1}}]}]
)
def test_an_answer_without_a_calendar_is_incomplete(data: dict[str, Any]) -> None:
    _, calendars = scripted(data)
    assert refused(calendars.primary).reason == "incomplete_answer"


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"event_id": "e", "start_time": {}, "end_time": {}},
        {"event_id": "e", "start_time": {"timestamp": "soon"}, "end_time": {"timestamp": "1"}},
        {"event_id": "e", "start_time": {"timestamp": "9" * 18}, "end_time": {"timestamp": "1"}},
        {"event_id": "e", "start_time": {"date": "2026-13-01"}, "end_time": {"date": "2026-12-01"}},
        {"event_id": 1, "start_time": {"timestamp": "1"}, "end_time": {"timestamp": "1"}},
    ],
)
def test_an_event_that_cannot_be_read_is_not_left_out_in_silence(item: dict[str, Any]) -> None:
    _, calendars = scripted({"items": [item]})
    assert refused(lambda: calendars.events(PRIMARY_ID, NINE, TEN)).reason == "incomplete_answer"


@pytest.mark.parametrize("items", ["x", {"a": 1}, [1]])
def test_a_list_that_is_none_is_incomplete(items: Any) -> None:
    _, calendars = scripted({"items": items})
    assert refused(lambda: calendars.events(PRIMARY_ID, NINE, TEN)).reason == "incomplete_answer"


@pytest.mark.parametrize("calendar_id", ["", "..", "a/b", "a?b", "a b", "ế", "a" * 201])
def test_what_is_no_id_never_becomes_a_path(calendar_id: str) -> None:
    lark, calendars = scripted({})
    with pytest.raises(LarkApiError):
        calendars.events(calendar_id, NINE, TEN)
    assert lark.calls == []


def test_a_moment_without_a_zone_is_a_mistake(calendars: Calendars) -> None:
    with pytest.raises(TypeError):
        calendars.events(PRIMARY_ID, NINE.replace(tzinfo=None), TEN)


def test_a_calendar_that_does_not_exist_is_refused_for_good(calendars: Calendars) -> None:
    outcome = refused(lambda: calendars.events("no.calendar@group", NINE, TEN))
    assert (outcome.verdict, outcome.lark_code) == (Verdict.REJECT, 191000)


def test_a_window_is_in_seconds_and_takes_in_its_ends() -> None:
    lark, calendars = scripted({"has_more": False})
    calendars.events(PRIMARY_ID, NINE + timedelta(milliseconds=900), TEN + timedelta(milliseconds=100))
    assert dict(lark.calls[0].url.params) == {
        "start_time": str(NINE_IN_SECONDS),
        "end_time": str(NINE_IN_SECONDS + 3601),
        "page_size": "1000",
    }


@pytest.mark.parametrize("count", [999, 1000, 2500])
def test_a_window_with_more_events_than_a_page_is_read_whole(
    lark: Platform, calendars: Calendars, count: int
) -> None:
    fill(lark, count, timedelta(minutes=2))
    found = calendars.events(PRIMARY_ID, NINE, NINE + timedelta(days=30))
    assert sorted(int(event.summary) for event in found) == list(range(count))


def test_a_page_that_is_not_the_last_is_taken_for_cut() -> None:
    whole = {"items": [], "has_more": False}
    lark, calendars = scripted({"items": [], "has_more": True}, whole, whole)
    assert calendars.events(PRIMARY_ID, NINE, TEN) == []
    windows = [(one.url.params["start_time"], one.url.params["end_time"]) for one in lark.calls[1:]]
    assert windows == [
        (str(NINE_IN_SECONDS), str(NINE_IN_SECONDS + 1800)),
        (str(NINE_IN_SECONDS + 1800), str(NINE_IN_SECONDS + 3600)),
    ]


def test_a_second_with_too_many_events_is_refused_and_asked_for_few_times(
    lark: Platform, calendars: Calendars
) -> None:
    fill(lark, 1000, timedelta())
    outcome = refused(lambda: calendars.events(PRIMARY_ID, NINE, TEN))
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECT, "answer_too_large")


def test_an_event_is_written_in_seconds() -> None:
    answer = {"event": {"event_id": "e", "start_time": {"timestamp": "1"}, "end_time": {"timestamp": "2"}}}
    lark, calendars = scripted(answer)
    calendars.create(PRIMARY_ID, LESSON, "k" * 32)
    (request,) = lark.calls
    assert request.url.params["idempotency_key"] == "k" * 32
    assert json.loads(request.content) == {
        "summary": "Buổi học thử",
        "description": "Phòng &lt;2&gt; &amp; sân",
        "location": {"name": "Phòng 2"},
        "start_time": {"timestamp": str(NINE_IN_SECONDS), "timezone": "Asia/Ho_Chi_Minh"},
        "end_time": {"timestamp": str(NINE_IN_SECONDS + 3600), "timezone": "Asia/Ho_Chi_Minh"},
    }


@pytest.mark.parametrize(
    ("start", "end"),
    [(NINE, TEN), (date(2026, 9, 1), date(2026, 9, 2)), (date(2026, 9, 1), date(2026, 9, 1))],
)
def test_an_event_comes_back_as_it_was_made(
    calendars: Calendars, start: datetime | date, end: datetime | date
) -> None:
    event = NewCalendarEvent(summary="Nghỉ", start=start, end=end, description="<b> & ế", location="Sân")
    made = calendars.create(PRIMARY_ID, event, "key")
    found = calendars.events(PRIMARY_ID, datetime(2026, 8, 31, tzinfo=UTC), datetime(2026, 9, 3, tzinfo=UTC))
    assert found == [made]
    assert made == CalendarEvent(
        event_id=made.event_id,
        status="confirmed",
        summary="Nghỉ",
        description="<b> & ế",
        location="Sân",
        start=start,
        end=end,
        timezone="Asia/Ho_Chi_Minh" if isinstance(start, datetime) else "UTC",
        link=made.link,
    )
    assert type(made.start) is type(start)


@pytest.mark.parametrize("length", [1, 31, 32, 128, 129, 5_000])
def test_a_key_of_any_length_makes_one_event(lark: Platform, calendars: Calendars, length: int) -> None:
    first, again, other = (
        calendars.create(PRIMARY_ID, LESSON, key)
        for key in ("a" * length, "a" * length, "a" * (length - 1) + "b")
    )
    assert first == again != other
    assert len(lark.api.calendar.calendars[PRIMARY_ID]) == 2


def test_a_lost_answer_and_a_second_try_make_one_event(lark: Platform, calendars: Calendars) -> None:
    lark.api.faults["calendar"].set(Fault("answer_lost", times=1))
    assert refused(lambda: calendars.create(PRIMARY_ID, LESSON, "key")).verdict is Verdict.UNKNOWN
    made = calendars.create(PRIMARY_ID, LESSON, "key")
    assert list(lark.api.calendar.calendars[PRIMARY_ID]) == [made.event_id]


@pytest.mark.parametrize("timezone", ["Asia/Ho_Chi_Minh", "Europe/Paris", "UTC"])
def test_an_event_is_shown_in_the_zone_that_it_is_given(calendars: Calendars, timezone: str) -> None:
    event = NewCalendarEvent(summary="x", start=NINE, end=TEN, timezone=timezone)
    made = calendars.create(PRIMARY_ID, event, "key")
    assert (made.start, made.end, made.timezone) == (NINE, TEN, timezone)


@pytest.mark.parametrize("words", ["<b>x</b>", "<script>", "a & b", "&lt;", "1 < 2 > 0", "ế\n<br>"])
def test_words_of_a_description_are_never_markup(lark: Platform, calendars: Calendars, words: str) -> None:
    event = NewCalendarEvent(summary="x", start=NINE, end=TEN, description=words)
    made = calendars.create(PRIMARY_ID, event, "key")
    assert made.description == words
    assert shown(lark.api.calendar.calendars[PRIMARY_ID][made.event_id]["description"]) == words


@pytest.mark.parametrize("event", [{"summary": "x" * 1001}, {"description": "&" * 10_000}])
def test_a_text_that_is_too_long_is_refused_before_it_is_sent(event: dict[str, str]) -> None:
    lark, calendars = scripted({})
    new = NewCalendarEvent(**{"summary": "x", **event}, start=NINE, end=TEN)
    assert refused(lambda: calendars.create(PRIMARY_ID, new, "key")).reason == "bad_parameter"
    assert lark.calls == []


@pytest.mark.parametrize(
    "call",
    [
        lambda calendars: calendars.events("primary", NINE, TEN),
        lambda calendars: calendars.instances("primary", NINE, TEN),
        lambda calendars: calendars.get("primary", "e"),
        lambda calendars: calendars.create("primary", LESSON, "key"),
        lambda calendars: calendars.change("primary", "e", EventChange(summary="x")),
        lambda calendars: calendars.delete("primary", "e"),
        lambda calendars: calendars.invite("primary", "e", ["ou_1"]),
    ],
)
def test_the_word_primary_is_no_id(call: Callable[[Calendars], object]) -> None:
    lark, calendars = scripted({})
    with pytest.raises(NoCalendarIdError):
        call(calendars)
    assert lark.calls == []
