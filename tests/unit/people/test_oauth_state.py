"""The state that goes to Lark and back: nobody can make one, change one, or use one for something else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.errors import NotFoundError
from larkbridge.pages.signed_links import sign
from larkbridge.people.oauth_state import is_bound_to, new_state, nonce_of
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.store.connect_requests import ConnectRequest

NOW = datetime(2026, 9, 1, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=10)
KEYS = ["key-1", "key-0"]
IDS = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)


def request_of(request_id: str, open_id: str, chat_id: str, message_id: str, purpose: str) -> ConnectRequest:
    turn = ChatTurn(
        kind=TurnKind.MESSAGE,
        event_id="lark#e-1",
        open_id=open_id,
        sent_at="",
        chat_id=chat_id,
        message_id=message_id,
    )
    return ConnectRequest(
        request_id=request_id, purpose=purpose, scopes=(), turn=turn, asked_at="", expires_at=0
    )


REQUESTS = st.builds(request_of, IDS, IDS, IDS | st.just(""), IDS | st.just(""), IDS)


@given(REQUESTS, IDS, st.sampled_from(KEYS))
def test_a_state_comes_back_as_it_went(request: ConnectRequest, nonce: str, key: str) -> None:
    state = new_state(request, nonce, [key], UNTIL)
    found, binding = nonce_of(state, KEYS, NOW)
    assert found == nonce
    assert is_bound_to(binding, request)


@given(REQUESTS, REQUESTS)
def test_a_state_serves_no_other_request(request: ConnectRequest, other: ConnectRequest) -> None:
    _, binding = nonce_of(new_state(request, "n", KEYS, UNTIL), KEYS, NOW)
    assert is_bound_to(binding, other) == (request == other)


@given(REQUESTS, st.data())
def test_a_changed_state_is_refused(request: ConnectRequest, data: st.DataObject) -> None:
    state = new_state(request, "n", KEYS, UNTIL)
    place = data.draw(st.integers(0, len(state) - 1))
    letter = data.draw(st.characters(codec="utf-8", exclude_characters=state[place]))
    with pytest.raises(NotFoundError):
        nonce_of(state[:place] + letter + state[place + 1 :], KEYS, NOW)


@given(st.text(max_size=600))
def test_whatever_comes_is_a_state_of_ours_or_refused(text: str) -> None:
    with pytest.raises(NotFoundError):
        nonce_of(text, KEYS, NOW)


@given(REQUESTS, st.integers(-3600, 3600))
def test_a_state_ends_on_the_second(request: ConnectRequest, seconds: int) -> None:
    state, now = new_state(request, "n", KEYS, UNTIL), UNTIL + timedelta(seconds=seconds)
    if seconds < 0:
        assert nonce_of(state, KEYS, now)[0] == "n"
    else:
        with pytest.raises(NotFoundError, match="expired"):
            nonce_of(state, KEYS, now)


@given(REQUESTS, st.lists(IDS, max_size=3))
def test_other_keys_know_no_state(request: ConnectRequest, keys: list[str]) -> None:
    state = new_state(request, "n", ["the-key"], UNTIL)
    with pytest.raises(NotFoundError):
        nonce_of(state, [key for key in keys if key != "the-key"], NOW)


def test_a_link_of_another_purpose_is_no_state() -> None:
    with pytest.raises(NotFoundError):
        nonce_of(sign("withdraw", "n binding", KEYS, UNTIL), KEYS, NOW)
