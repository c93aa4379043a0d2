"""Whatever a client sends to the simulated APIs, they answer it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.lark.calendar import PRIMARY_ID
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
TASKS = "/open-apis/task/v2/tasks"


@pytest.mark.parametrize(
    ("method", "path", "names"),
    [
        ("POST", f"{MESSAGES}/{{message}}/reply", ["msg_type", "content", "uuid", "reply_in_thread"]),
        ("PATCH", f"{MESSAGES}/{{message}}", ["content"]),
        ("POST", "/open-apis/interactive/v1/card/update", ["token", "card", "open_ids"]),
        ("POST", EVENTS, ["summary", "start_time", "end_time", "timestamp", "date", "timezone"]),
        ("POST", TASKS, ["summary", "due", "timestamp", "members", "id", "role", "client_token", "extra"]),
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
    url = path.format(message=message, task=task)
    response = lark.http.request(method, url, content=content, headers=lark.headers)
    assert response.status_code in (200, 400)
