"""Times and events as the calendar APIs take and answer them.

Sources: open platform documentation, "Create event" and "Query event view". What they leave open, and is
assumed here:

* whole days are those of UTC, the last included;
* a moment after the year 9999, such as one in milliseconds, is a bad parameter;
* an occurrence of an event that repeats has the event's id, and its start in place of the last digit.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from html.parser import HTMLParser
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.lark.envelope import RefusedError
from sandbox.lark.recurrence import first_start, parsed_rule, starts
from sandbox.lark.words import words_of

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
DEFAULT_ZONE = "Asia/Shanghai"
MAX_TEXTS = {"summary": 1_000, "description": 40_960}
ABILITIES = frozenset({"none", "can_see_others", "can_invite_others", "can_modify_event"})


class ErrorCode(IntEnum):
    BAD_PARAMETER = 190002
    CALENDAR_NOT_FOUND = 191000
    BAD_CALENDAR_ID = 191001
    NO_ACCESS_ROLE = 191002
    BAD_CALENDAR_TYPE = 191004
    EVENT_NOT_FOUND = 193001
    NO_EVENT_PERMISSION = 193002
    EVENT_DELETED = 193003
    RANGE_TOO_LONG = 193103
    TOO_MANY_INSTANCES = 193104
    NO_ATTENDEE_PERMISSION = 194002
    USER_LEFT = 195100


def refused(code: ErrorCode, status: int) -> RefusedError:
    """Return a refusal with Lark's own words."""
    return RefusedError(code, words_of(code), status)


def bad_parameter(name: str) -> RefusedError:
    """Return the refusal of a parameter."""
    return RefusedError(ErrorCode.BAD_PARAMETER, f"invalid parameters in request: {name}", 400)


def written(document: Mapping[str, Any], known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what a request writes over what is `known` of an event; raises `RefusedError`."""
    given = {**(known or {}), **document}
    times = {name: _time_info(given.get(name), name) for name in ("start_time", "end_time")}
    start, end = times.values()
    if start.keys() != end.keys() or span(times)[0] > span(times)[1]:
        raise bad_parameter("end_time")
    return times | _texts(given) | _choices(given) | _recurrence(given)


def span(event: Mapping[str, Any]) -> tuple[float, float]:
    """Return when an event begins and ends."""
    start, end = event["start_time"], event["end_time"]
    if "date" in start:
        return _midnight(start["date"]), _midnight(end["date"]) + timedelta(days=1).total_seconds()
    return float(start["timestamp"]), float(end["timestamp"])


def overlaps(event: Mapping[str, Any], start: float, end: float) -> bool:
    """Say whether an event has a moment in common with a window, which ends before `end`."""
    first, last = span(event)
    return first < end and (last > start or first >= start)


def occurrences(event: Mapping[str, Any], end: float) -> Iterator[dict[str, Any]]:
    """Yield each time that an event takes place before `end`, with the id and the times of its own."""
    rule = event.get("recurrence")
    if not rule:
        yield dict(event)
        return
    first, _ = span(event)
    for start in takewhile(
        lambda start: start.timestamp() < end, starts(parsed_rule(rule), first_start(event))
    ):
        begin = start.timestamp()
        moved = {"start_time": _moved(event["start_time"], begin - first)}
        moved["end_time"] = _moved(event["end_time"], begin - first)
        yield {**event, **moved, "event_id": f"{event['event_id'].removesuffix('_0')}_{begin:.0f}"}


def seconds(value: str | None, name: str) -> float:
    """Return a moment of a query; raises `RefusedError`."""
    if value is None or not (value.isascii() and value.isdigit()) or float(value) > END_OF_TIME:
        raise bad_parameter(name)
    return float(value)


def shown(description: str) -> str:
    """Return a description as a person sees it: tags are markup, entities are characters."""
    parser = _Text()
    parser.feed(description)
    parser.close()
    return "".join(parser.parts)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: given.get(name, "") for name in MAX_TEXTS}
    for name, value in texts.items():
        if not isinstance(value, str) or len(value) > MAX_TEXTS[name]:
            raise bad_parameter(name)
    return texts


def _choices(given: Mapping[str, Any]) -> dict[str, Any]:
    ability, place = given.get("attendee_ability", "none"), given.get("location") or {}
    if not isinstance(ability, str) or ability not in ABILITIES:
        raise bad_parameter("attendee_ability")
    if not isinstance(place, dict) or not all(
        isinstance(value, str | int | float) for value in place.values()
    ):
        raise bad_parameter("location")
    status = given.get("free_busy_status", "busy")
    if status not in ("busy", "free"):
        raise bad_parameter("free_busy_status")
    chosen = {"attendee_ability": ability, "free_busy_status": status}
    return chosen | ({"location": place} if place else {})


def _recurrence(given: Mapping[str, Any]) -> dict[str, str]:
    rule = given.get("recurrence") or ""
    try:
        if rule:
            parsed_rule(rule)
    except (ValueError, AttributeError):
        raise bad_parameter("recurrence") from None
    return {"recurrence": rule} if rule else {}


def _time_info(info: Any, name: str) -> dict[str, str]:
    match info:
        case {"date": str(), "timestamp": str()}:
            raise bad_parameter(name)
        case {"date": str(day)} if _is_day(day):
            return {"date": day, "timezone": "UTC"}
        case {"timestamp": str(moment)}:
            seconds(moment, name)
            return {"timestamp": moment, "timezone": _zone(info.get("timezone") or DEFAULT_ZONE)}
    raise bad_parameter(name)


def _zone(name: object) -> str:
    try:
        return str(ZoneInfo(str(name)).key)
    except (ValueError, OSError):
        # ZoneInfoNotFoundError is a KeyError, but for some names the file system refuses first.
        raise bad_parameter("timezone") from None
    except KeyError:
        raise bad_parameter("timezone") from None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _midnight(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def _moved(info: Mapping[str, str], by: float) -> dict[str, str]:
    if "date" in info:
        day = date.fromisoformat(info["date"]) + timedelta(seconds=by)
        return {**info, "date": day.isoformat()}
    return {**info, "timestamp": f"{float(info['timestamp']) + by:.0f}"}
