"""Whatever a client sends to the simulated APIs, they answer it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.lark.event_store import PRIMARY_ID
from tests.support.lark_calls import MESSAGES, CalledLark

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def bodies(*names: str) -> st.SearchStrategy[Any]:
    """Return bodies that often have the names that an API reads."""
    known = st.dictionaries(st.sampled_from(names), JSON)
    inner = known | JSON
    return st.dictionaries(st.sampled_from(names), inner, max_size=len(names)) | JSON


EVENTS = f"/open-apis/calendar/v4/calendars/{PRIMARY_ID}/events"
FREE_BUSY = "/open-apis/calendar/v4/freebusy"
TASKS = "/open-apis/task/v2/tasks"
HOUR = {"start_time": {"timestamp": "3600"}, "end_time": {"timestamp": "7200"}}


@pytest.mark.parametrize(
    ("method", "path", "names"),
    [
        ("POST", f"{MESSAGES}/{{message}}/reply", ["msg_type", "content", "uuid", "reply_in_thread"]),
        ("PATCH", f"{MESSAGES}/{{message}}", ["content"]),
        ("POST", "/open-apis/interactive/v1/card/update", ["token", "card", "open_ids"]),
        (
            "POST",
            EVENTS,
            ["summary", "start_time", "end_time", "timestamp", "date", "timezone", "recurrence", "location"],
        ),
        (
            "PATCH",
            f"{EVENTS}/{{event}}",
            ["summary", "start_time", "end_time", "timestamp", "date", "timezone"],
        ),
        ("POST", f"{EVENTS}/{{event}}/attendees", ["attendees", "type", "user_id", "chat_id"]),
        ("POST", f"{FREE_BUSY}/list", ["time_min", "time_max", "user_id"]),
        ("POST", f"{FREE_BUSY}/batch", ["time_min", "time_max", "user_ids"]),
        ("POST", f"{MESSAGES}/{{message}}/reactions", ["reaction_type", "emoji_type"]),
        (
            "POST",
            TASKS,
            ["summary", "due", "timestamp", "members", "id", "role", "client_token", "extra", "tasklists"],
        ),
        ("PATCH", f"{TASKS}/{{task}}", ["task", "update_fields", "summary", "due", "completed_at"]),
        ("POST", "/open-apis/contact/v3/users/batch_get_id", ["emails", "mobiles"]),
    ],
)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_any_body_is_answered(method: str, path: str, names: list[str], data: st.DataObject) -> None:
    lark = CalledLark()
    message = lark.api.messages.receive("oc_1", "?")
    task = lark.data("POST", TASKS, {"summary": "x"})["task"]["guid"]
    content = json.dumps(data.draw(bodies(*names)))
    url = path.format(message=message, task=task, event=lark.api.calendar.put(PRIMARY_ID, HOUR))
    response = lark.http.request(method, url, content=content, headers=lark.headers)
    assert response.status_code in (200, 400, 404)
