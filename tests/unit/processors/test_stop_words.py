"""A stop is known by the same rule when it is noted and when it is confirmed, however it is said."""

import json

import pytest

from larkbridge.processors.stop_words import stop_in, stop_word
from larkbridge.store.chat_queue import OUR_ACTION, Mention, TurnKind
from tests.support.chat_turns import chat_turn, chosen, said, said_in_group


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("/stop", "stop"),
        ("/Stop please", "stop"),
        ("/stop, now", "stop"),
        ("/ stop!", "stop"),
        ("／ｓｔｏｐ", "stop"),
        ("\u200bStop!", "stop"),
        ("/dừng", "dừng"),
        ("/DỪNG việc này lại", "dừng"),
        ("/dư\u0300ng", "dừng"),
        ("/dung", "dung"),
        ("Dừng…", "dừng"),
        ("dừng  lại", "dừng lại"),
    ],
)
def test_a_stop_is_known_by_its_word(words: str, word: str) -> None:
    assert stop_word(words) == word


@pytest.mark.parametrize(
    "words",
    ["", "/", "dung", "đúng", "/đúng rồi", "/dùng", "/dũng", "don't stop", "stop it", "dừng xe", "/stopped"],
)
def test_other_words_stop_nothing(words: str) -> None:
    assert stop_word(words) == ""


def test_a_stop_may_be_a_text_a_post_a_press_or_a_choice_of_the_menu() -> None:
    rows = [[{"tag": "at", "user_id": "ou_bot", "user_name": "Trợ lý"}], [{"tag": "text", "text": "/stop"}]]
    an = Mention(key="@_user_2", open_id="ou_2", name="An")
    for turn in (
        said("/stop"),
        said_in_group("/stop"),
        said("@_user_2 /stop now", mentions=(an,)),
        chat_turn(message_type="post", content=json.dumps({"title": "", "content": rows})),
        chat_turn(message_type="post", content=json.dumps({"title": "/stop", "content": []})),
        chat_turn(kind=TurnKind.PRESS, action={OUR_ACTION: "/stop"}),
        chosen("stop"),
        chosen("/STOP"),
    ):
        assert stop_in(turn) == "stop"


def test_nothing_else_stops() -> None:
    for turn in (
        said("xin chào"),
        chat_turn(message_type="file", content=json.dumps({"text": "/stop"})),
        chat_turn(content="/stop"),
        chat_turn(kind=TurnKind.PRESS, action={OUR_ACTION: 7}),
        chat_turn(kind=TurnKind.ENTERED, content=json.dumps({"text": "/stop"})),
        chosen("stop_all"),
    ):
        assert stop_in(turn) == ""
