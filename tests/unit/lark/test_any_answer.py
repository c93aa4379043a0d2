"""Whatever Lark answers, its client returns what it promises or raises its own error."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.calendar_values import EventChange, NewCalendarEvent
from larkbridge.lark.client import LarkClient
from larkbridge.lark.contacts import Contacts
from larkbridge.lark.files import Files
from larkbridge.lark.free_busy import FreeBusy
from larkbridge.lark.messages import Message, Messages
from larkbridge.lark.reactions import Reactions
from larkbridge.lark.task_lists import TaskLists
from larkbridge.lark.task_values import NewTask, TaskChange
from larkbridge.lark.tasks import Tasks
from tests.support.clock import SimulatedClock
from tests.support.lark import ScriptedLark, lark_client

NINE = datetime(2026, 9, 1, 2, tzinfo=UTC)
TEN = datetime(2026, 9, 1, 3, tzinfo=UTC)
ANSWER: dict[str, Any] = {"code": 0}
CLIENT = lark_client(ScriptedLark(lambda _: ANSWER).network)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["1", "2026-09-01"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


def objects(*names: str) -> st.SearchStrategy[Any]:
    """Return objects that have some of the names, often with objects below them."""
    inner = st.dictionaries(st.sampled_from(names), ANYTHING, max_size=len(names))
    values = ANYTHING | inner | st.lists(inner, max_size=2)
    return st.dictionaries(st.sampled_from(names), values, max_size=len(names))


def mine(client: LarkClient) -> object:
    return list(Tasks(client, SimulatedClock()).mine())


EVENT = ("event", "items", "has_more", "event_id", "start_time", "end_time", "timestamp", "date", "summary")
TASK = (
    "task",
    "items",
    "has_more",
    "page_token",
    "guid",
    "due",
    "timestamp",
    "is_all_day",
    "members",
    "id",
    "role",
)


@pytest.mark.parametrize(
    ("call", "names", "promised"),
    [
        (lambda client: Messages(client).reply("om_1", Message("text", {}), "key"), ["message_id"], str),
        (
            lambda client: Messages(client).get("om_1"),
            ["items", "message_id", "msg_type", "create_time", "sender", "body", "id", "mentions"],
            object,
        ),
        (lambda client: Reactions(client).add("om_1", "OK"), ["reaction_id"], str),
        (lambda client: Calendars(client).primary(), ["calendars", "calendar", "calendar_id"], str),
        (lambda client: Calendars(client).events("c", NINE, TEN), EVENT, list),
        (
            lambda client: Calendars(client).create(
                "c", NewCalendarEvent(summary="", start=NINE, end=TEN), "k"
            ),
            EVENT,
            object,
        ),
        (lambda client: Calendars(client).instances("c", NINE, TEN), EVENT, list),
        (lambda client: Calendars(client).change("c", "e", EventChange(summary="x")), EVENT, object),
        (lambda client: Calendars(client).invite("c", "e", ["ou_1"]), ["attendees", "user_id", "type"], list),
        (
            lambda client: list(Calendars(client).all()),
            ["calendar_list", "has_more", "page_token", "calendar_id", "summary", "type"],
            list,
        ),
        (
            lambda client: FreeBusy(client).of("ou_1", NINE, TEN),
            ["freebusy_list", "start_time", "end_time"],
            list,
        ),
        (
            lambda client: FreeBusy(client).of_many(["ou_1"], NINE, TEN),
            ["freebusy_lists", "user_id", "freebusy_items", "start_time", "end_time"],
            dict,
        ),
        (mine, TASK, list),
        (lambda client: Tasks(client, SimulatedClock()).create(NewTask(summary="x"), "key"), TASK, object),
        (lambda client: Tasks(client, SimulatedClock()).change("g", TaskChange(summary="x")), TASK, object),
        (lambda client: list(TaskLists(client).all()), ["items", "guid", "name", "has_more"], list),
        (lambda client: list(TaskLists(client).sections("g")), ["items", "guid", "is_default"], list),
        (lambda client: list(TaskLists(client).tasks("g")), TASK, list),
        (lambda client: Contacts(client).get("ou_1"), ["user", "open_id", "name", "email"], object),
        (lambda client: Contacts(client, "u-1").search("An"), ["users", "open_id", "has_more"], list),
        (
            lambda client: Contacts(client).ids_of(emails=["x"]),
            ["user_list", "user_id", "email", "mobile"],
            dict,
        ),
        (lambda client: Files(client).is_subscribed("app1"), ["is_subscribe"], bool),
    ],
)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_answer_is_read_or_refused(
    call: Callable[[LarkClient], object], names: list[str], promised: type, data: st.DataObject
) -> None:
    ANSWER["data"] = data.draw(objects(*names))
    try:
        found = call(CLIENT)
    except LarkApiError:
        return
    assert isinstance(found, promised)
