"""Meta: the handshake, and which updates are the same one."""

import json
import string
from typing import Any

import pytest
from hypothesis import example, given, settings

from larkbridge.inbound.meta import Meta
from larkbridge.inbound.provider import NewEvent
from sandbox.webhooks.meta import sign
from tests.support.tampering import ANY_TEXT, encoded, json_objects
from tests.support.vectors import Outcome, context_at, outcome_of, receive, request_of

SECRETS = {"META_APP_SECRET": "app_secret", "META_VERIFY_TOKEN": "meatyhamhock"}
CONTEXT = context_at(1_700_000_000, {}, SECRETS)
WORD = {*string.ascii_letters, *string.digits, *"_.-"}
HANDSHAKE = {"hub.mode": "subscribe", "hub.verify_token": "meatyhamhock", "hub.challenge": "1158201444"}


def events_of(*entries: dict[str, Any], kind: str = "page") -> list[NewEvent]:
    signed = sign(encoded({"object": kind, "entry": list(entries)}), SECRETS, 0)
    return list(receive(Meta(), request_of(signed.headers, signed.body), CONTEXT).events)


def ids_of(*entries: dict[str, Any]) -> list[str]:
    return [event.delivery_id for event in events_of(*entries)]


def change(field: str, value: Any, time: int = 10, page: str = "1") -> dict[str, Any]:
    return {"id": page, "time": time, "changes": [{"field": field, "value": value}]}


def message(item: dict[str, Any], time: int = 10) -> dict[str, Any]:
    return {"id": "1", "time": time, "messaging": [{"sender": {"id": "7"}} | item]}


def handshake(query: dict[str, str]) -> Outcome:
    return outcome_of(Meta(), request_of({}, "", query=query), CONTEXT, "GET")


def test_handshake_answers_the_challenge_as_plain_text() -> None:
    response = Meta().handshake(request_of({}, "", query=HANDSHAKE), CONTEXT)
    assert (response.status, response.body) == (200, "1158201444")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@given(token=ANY_TEXT.filter(lambda token: token != "meatyhamhock"))
@settings(deadline=None, max_examples=100)
def test_any_other_token_is_refused(token: str) -> None:
    outcome = handshake(HANDSHAKE | {"hub.verify_token": token})
    assert (outcome.status, outcome.answer["error"]) == (403, "invalid_credential")


@given(challenge=ANY_TEXT)
@settings(deadline=None, max_examples=200)
@example("<b>")
@example("1\n")
@example("١")
@example("a" * 201)
@example("")
def test_nothing_but_a_word_is_reflected(challenge: str) -> None:
    outcome = handshake(HANDSHAKE | {"hub.challenge": challenge})
    if set(challenge) <= WORD and 0 < len(challenge) <= 200:
        assert (outcome.status, outcome.answer) == (200, challenge)
    else:
        assert (outcome.status, outcome.answer["error"]) == (400, "bad_request")


def test_handshake_needs_no_app_secret_and_posts_need_no_token() -> None:
    token = context_at(0, {}, {"META_VERIFY_TOKEN": "meatyhamhock"})
    assert outcome_of(Meta(), request_of({}, "", query=HANDSHAKE), token, "GET").status == 200
    signed = sign(b'{"object":"page","entry":[]}', SECRETS, 0)
    secret = context_at(0, {}, {"META_APP_SECRET": "app_secret"})
    assert outcome_of(Meta(), request_of(signed.headers, signed.body), secret).status == 200


def test_each_update_is_an_event_that_says_where_it_is_from() -> None:
    lead = {"leadgen_id": 90071992547409931234, "form_id": 7}
    first, second = events_of(change("leadgen", lead), change("feed", "Nguyễn", page="2"))
    assert (first.type, first.delivery_id) == ("page.leadgen", "leadgen:90071992547409931234")
    assert json.loads(first.payload or "") == {
        "object": "page",
        "entry": {"id": "1", "time": 10},
        "field": "leadgen",
        "value": lead,
    }
    assert second.type == "page.feed"
    assert json.loads(second.payload or "")["value"] == "Nguyễn"


def test_messaging_item_is_kept_whole_as_the_value() -> None:
    [event] = events_of(message({"timestamp": 5, "message": {"mid": "m_1", "text": "Xin chào"}}))
    assert json.loads(event.payload or "") == {
        "object": "page",
        "entry": {"id": "1", "time": 10},
        "field": "messages",
        "value": {"sender": {"id": "7"}, "timestamp": 5, "message": {"mid": "m_1", "text": "Xin chào"}},
    }


@given(value=json_objects())
@settings(deadline=None, max_examples=50)
def test_any_value_survives(value: dict[str, Any]) -> None:
    [event] = events_of(change("feed", value))
    assert json.loads(event.payload or "")["value"] == value


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (change("leadgen", {"leadgen_id": "1"}), change("leadgen", {"leadgen_id": "1", "new": 1}, time=99)),
        (change("feed", {"a": 1, "b": 2}), change("feed", {"b": 2, "a": 1})),
        (change("feed", {"timestamp": 1}), change("feed", {"timestamp": 1}, time=99)),
        (message({"timestamp": 5, "message": {"mid": "m"}}), message({"message": {"mid": "m"}}, time=99)),
        (message({"timestamp": 5, "postback": {}}), message({"timestamp": 5, "postback": {}}, time=99)),
        (
            change("messages", {"messages": [{"id": "wamid.1"}]}),
            change("messages", {"messages": [{"id": "wamid.1"}], "contacts": []}, time=99),
        ),
    ],
)
def test_update_sent_again_has_the_same_id(first: dict[str, Any], again: dict[str, Any]) -> None:
    assert ids_of(first) == ids_of(again)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (change("feed", {"a": 1}), change("feed", {"a": 2})),
        (change("feed", {"a": 1}), change("ratings", {"a": 1})),
        (change("feed", {"a": 1}), change("feed", {"a": 1}, page="2")),
        (change("feed", {"a": 1}), change("feed", {"a": 1}, time=11)),
        (change("leadgen", {"leadgen_id": "1"}), change("leadgen", {"leadgen_id": "2"})),
        (message({"message": {"mid": "m"}}), message({"message": {"mid": "m", "is_deleted": True}})),
        (message({"message": {"mid": "m"}}), message({"message": {"mid": "m", "is_echo": True}})),
        (message({"message": {"mid": "m"}}), message({"message_edit": {"mid": "m", "text": "x"}})),
        (message({"timestamp": 5, "postback": {}}), message({"timestamp": 6, "postback": {}})),
        (
            change("messages", {"statuses": [{"id": "w", "status": "sent"}]}),
            change("messages", {"statuses": [{"id": "w", "status": "read"}]}),
        ),
        (
            change("messages", {"messages": [{"id": "w"}]}),
            change("messages", {"messages": [{"id": "w"}, {"id": "x"}]}),
        ),
    ],
)
def test_two_updates_have_two_ids(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert ids_of(one) != ids_of(other)


def test_entry_with_nothing_known_in_it_is_not_lost() -> None:
    [event] = events_of({"id": "1", "time": 10, "uid": "1", "changed_fields": ["feed"]}, kind="user")
    assert event.type == "user.entry"
    assert json.loads(event.payload or "")["value"] == {"uid": "1", "changed_fields": ["feed"]}


def test_what_stands_beside_the_updates_is_no_update() -> None:
    events = events_of(change("feed", 1) | {"uid": "1"}, message({"timestamp": 5}) | {"hop_context": []})
    assert [event.type for event in events] == ["page.feed", "page.messaging"]


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_batch_has_an_event_for_each_update(count: int) -> None:
    changes = [{"field": "leadgen", "value": {"leadgen_id": number}} for number in range(1, count + 1)]
    assert len(set(ids_of({"id": "1", "time": 1, "changes": changes}))) == count


@pytest.mark.parametrize("depth", [1_000, 9_000])
def test_depth_that_python_reads_it_also_writes(depth: int) -> None:
    value = b'{"object":"page","entry":[{"changes":[{"field":"feed","value":%s}]}]}' % (
        b"[" * depth + b"]" * depth
    )
    signed = sign(value, SECRETS, 0)
    assert outcome_of(Meta(), request_of(signed.headers, signed.body), CONTEXT).status == 200
