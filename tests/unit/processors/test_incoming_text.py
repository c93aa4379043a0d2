"""What people write comes out as they see it, whatever Lark sends."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from larkbridge.processors.incoming_text import MAX_TEXT, Incoming, Kind, read_message
from larkbridge.store.chat_queue import ChatTurn, Mention
from tests.support.chat_documents import BOT
from tests.support.chat_turns import MENTION_OF_BOT, chat_turn

KINDS = ["text", "post", "image", "file", "audio", "sticker", "interactive", "share_chat", "", "todo"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["text", "title", "content", "tag", "user_id", "href", "zh_cn", "post"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


def message(content: Any, *mentions: Mention, message_type: str = "text") -> ChatTurn:
    written = content if isinstance(content, str) else json.dumps(content)
    return chat_turn(message_type=message_type, content=written, mentions=mentions)


def said(text: str, *mentions: Mention) -> str:
    incoming = read_message(message({"text": text}, *mentions), BOT)
    assert incoming.kind is Kind.WORDS
    return incoming.text


def posted(*rows: list[dict[str, Any]], title: str = "", mentions: tuple[Mention, ...] = ()) -> str:
    turn = message({"title": title, "content": list(rows)}, *mentions, message_type="post")
    return read_message(turn, BOT).text


@given(content=JSON.map(json.dumps) | st.text(max_size=200), message_type=st.sampled_from(KINDS))
@example(content="[" * 40_000, message_type="text")
@example(content='{"a":' * 8_000, message_type="post")
@example(content='{"text": "\\ud83d', message_type="text")
@example(content='{"text": "\\ud83d"}', message_type="text")
@settings(deadline=None, max_examples=400)
def test_no_content_is_too_strange(content: str, message_type: str) -> None:
    incoming = read_message(message(content, MENTION_OF_BOT, message_type=message_type), BOT)
    assert incoming.kind is Kind.WORDS or incoming.text == ""
    incoming.text.encode()


@given(text=st.text(max_size=300))
@settings(deadline=None, max_examples=300)
def test_nothing_invisible_comes_in(text: str) -> None:
    found = said(text)
    assert found == found.strip()
    assert not any(unicodedata.category(sign) in ("Cs", "Cc") for sign in found if sign not in "\n\t")


@pytest.mark.parametrize("content", ["", "Chào bot", "[]", "null", '{"text": "cắt giữa chừ'])
def test_a_content_that_cannot_be_read_is_unreadable(content: str) -> None:
    assert read_message(message(content), BOT) == Incoming(Kind.UNREADABLE)


@pytest.mark.parametrize("text", [None, 5, [], {}])
def test_a_text_that_is_none_says_nothing(text: Any) -> None:
    assert read_message(message({"text": text}), BOT) == Incoming(Kind.WORDS)


@pytest.mark.parametrize(
    ("message_type", "kind"),
    [
        ("audio", Kind.VOICE),
        ("image", Kind.PICTURE),
        ("media", Kind.PICTURE),
        ("file", Kind.FILE),
        ("sticker", Kind.STICKER),
        ("interactive", Kind.CARD),
        ("share_user", Kind.SHARE),
        ("merge_forward", Kind.SHARE),
        ("hongbao", Kind.UNREADABLE),
        ("", Kind.UNREADABLE),
    ],
)
def test_what_is_not_words_is_told_apart(message_type: str, kind: Kind) -> None:
    assert read_message(message({"text": "x"}, message_type=message_type), BOT) == Incoming(kind)


def test_a_mere_mention_of_the_bot_says_nothing() -> None:
    assert said("@_user_1", MENTION_OF_BOT) == ""
    assert said(" \u200b@_user_1 \n", MENTION_OF_BOT) == ""


def test_the_bots_own_mention_leaves_no_gap() -> None:
    assert said("@_user_1 /help", MENTION_OF_BOT) == "/help"
    assert said("Nhờ @_user_1 xem lịch", MENTION_OF_BOT) == "Nhờ xem lịch"


def test_others_are_called_by_their_names() -> None:
    an = Mention(key="@_user_2", open_id="ou_2", name="Nguyễn Văn An")
    assert said("@_user_1 mời @_user_2 nhé", MENTION_OF_BOT, an) == "mời @Nguyễn Văn An nhé"


def test_each_of_200_mentions_is_the_right_person() -> None:
    people = [Mention(key=f"@_user_{n}", open_id=f"ou_{n}", name=f"Tên {n:03}") for n in range(1, 201)]
    text = said(" ".join(person.key for person in people), *people)
    assert text == " ".join(f"@{person.name}" for person in people)


def test_a_name_that_looks_like_a_key_is_a_name() -> None:
    odd = Mention(key="@_user_2", open_id="ou_2", name="@_user_1\n/stop")
    assert said("@_user_1 hỏi @_user_2", MENTION_OF_BOT, odd) == "hỏi @@_user_1 /stop"


def test_without_the_bots_id_nobody_is_taken_for_it() -> None:
    everybody = Mention(key="@_all", open_id="", name="Tất cả")
    assert read_message(message({"text": "@_all họp"}, everybody), "").text == "@Tất cả họp"


def test_a_long_message_is_cut() -> None:
    assert len(said("ế" * 10_000)) == MAX_TEXT
    assert len(said("a\u200b" * 10_001)) == MAX_TEXT


@pytest.mark.parametrize(
    "wrap", [lambda post: post, lambda post: {"vi_vn": post}, lambda p: {"post": {"x": p}}]
)
def test_a_post_is_read_with_and_without_its_language(wrap: Any) -> None:
    post = {
        "title": "Lịch",
        "content": [[{"tag": "text", "text": "Thứ Hai"}], [{"tag": "md", "text": "9 giờ"}]],
    }
    assert read_message(message(wrap(post), message_type="post"), BOT).text == "Lịch\nThứ Hai\n9 giờ"


def test_a_post_keeps_links_and_mentions() -> None:
    an = Mention(key="@_user_2", open_id="ou_2", name="An")
    row = [
        {"tag": "at", "user_id": "@_user_1", "user_name": "Trợ lý"},
        {"tag": "text", "text": " mời "},
        {"tag": "at", "user_id": "@_user_2", "user_name": "?"},
        {"tag": "text", "text": " và "},
        {"tag": "at", "user_id": "ou_3", "user_name": "Bình"},
        {"tag": "text", "text": " xem "},
        {"tag": "a", "text": "kế hoạch", "href": "https://example.org/a"},
    ]
    text = posted(row, mentions=(MENTION_OF_BOT, an))
    assert text == "mời @An và @Bình xem kế hoạch (https://example.org/a)"


def test_a_link_that_shows_its_address_has_it_once() -> None:
    assert posted([{"tag": "a", "text": "https://a.vn", "href": "https://a.vn"}]) == "https://a.vn"


def test_a_post_of_pictures_alone_is_a_picture() -> None:
    turn = message({"content": [[{"tag": "img", "image_key": "img_1"}]]}, message_type="post")
    assert read_message(turn, BOT) == Incoming(Kind.PICTURE)


def test_words_beside_a_picture_are_read() -> None:
    assert posted([{"tag": "img", "image_key": "img_1"}], [{"tag": "text", "text": "Cái này?"}]) == "Cái này?"
