"""What every caller may rely on of the ConnectRequests and Audit tables."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from larkbridge.store.audit_entries import KEPT, AuditEntry, AuditStore
from larkbridge.store.chat_queue import ChatTurn, Mention, TurnKind
from larkbridge.store.codec import from_item
from larkbridge.store.connect_requests import REQUEST_FOR, ConnectRequest, ConnectRequestStore, Way

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
TURN = ChatTurn(
    kind=TurnKind.MESSAGE,
    event_id="lark#e-1",
    open_id="ou_1",
    sent_at="2026-09-01T02:00:00.000Z",
    chat_id="oc_1",
    message_id="om_1",
    content='{"text": "hôm nay?"}',
    mentions=(Mention(key="@_user_1", open_id="ou_2", name="An"),),
    action={"key": "help", "nested": {"a": [1, "b"]}},
)
REQUEST = ConnectRequest(
    request_id="r-1",
    purpose="agent",
    scopes=("task:task:read",),
    turn=TURN,
    asked_at="2026-09-01T02:00:00.000Z",
    expires_at=int((NOW + REQUEST_FOR).timestamp()),
)
WAY = Way(nonce="n-1", request_id="r-1", verifier="v" * 64, expires_at=int(NOW.timestamp()) + 600)


@pytest.fixture
def requests(tables: Mapping[str, str]) -> ConnectRequestStore:
    return ConnectRequestStore(tables["CONNECT_REQUESTS_TABLE"])


def test_a_request_is_read_as_it_was_stored_and_no_longer_than_it_holds(
    requests: ConnectRequestStore,
) -> None:
    requests.add(REQUEST)
    assert requests.get("r-1", NOW) == REQUEST
    assert requests.get("r-1", NOW + REQUEST_FOR) is None
    assert requests.get("r-2", NOW) is None


def test_a_state_is_no_request_and_a_request_no_state(requests: ConnectRequestStore) -> None:
    requests.add(REQUEST)
    requests.begin(WAY)
    assert requests.get("n-1", NOW) is None
    assert requests.spend("r-1", NOW) is None


def test_a_way_is_spent_once_whoever_comes_at_once(requests: ConnectRequestStore) -> None:
    requests.begin(WAY)
    with ThreadPoolExecutor(8) as pool:
        spent = list(pool.map(lambda _: requests.spend("n-1", NOW), range(8)))
    assert sorted(one.again for one in spent if one) == [False] + [True] * 7
    assert {one.way for one in spent if one} == {replace(WAY, spent_at="2026-09-01T02:00:00.000Z")}


def test_the_last_connection_of_a_request_is_noted_and_none_of_a_request_that_is_gone(
    requests: ConnectRequestStore,
) -> None:
    requests.add(REQUEST)
    for minutes in (1, 2):
        requests.note_connected("r-1", NOW + timedelta(minutes=minutes))
    assert requests.get("r-1", NOW) == replace(REQUEST, connected_at="2026-09-01T02:02:00.000Z")
    requests.note_connected("gone", NOW)
    assert requests.get("gone", NOW) is None


def test_an_entry_is_written_once_and_kept_for_two_years(tables: Mapping[str, str]) -> None:
    store = AuditStore(tables["AUDIT_TABLE"])
    entry = AuditEntry(at=NOW, who="ou_1", what="connect", subject="lark-user#ou_1", count=2)
    for each in (entry, entry, replace(entry, count=9), replace(entry, who="ou_2")):
        store.add(each)
    items = boto3.client("dynamodb").scan(TableName=tables["AUDIT_TABLE"])["Items"]
    found = sorted(map(from_item, items), key=lambda one: one["who"])
    assert [(one["month"], one["who"], one["count"]) for one in found] == [
        ("2026-09", "ou_1", 2),
        ("2026-09", "ou_2", 2),
    ]
    assert {one["expiresAt"] for one in found} == {int((NOW + KEPT).timestamp())}
