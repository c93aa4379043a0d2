"""Commands are understood as people type them, and answered in their language."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.agent.chat_texts import EN, VI
from larkbridge.agent.chat_wording import Texts
from larkbridge.agent.commands import Command, command_in
from larkbridge.agent.language import texts_beside, texts_for
from larkbridge.staff_chat.staff_chat_texts import RETRY_SAID, SYNC_SAID


@pytest.mark.parametrize("words", ["", "xin chào", "help", "kết nối giúp tôi", "dừng", "a /help"])
def test_what_is_no_command_is_none(words: str) -> None:
    assert command_in(words) is None


@pytest.mark.parametrize(
    ("words", "command", "texts"),
    [
        ("/help", Command.HELP, EN),
        ("/Connect now", Command.CONNECT, EN),
        ("/disconnect", Command.DISCONNECT, EN),
        ("/new", Command.NEW, EN),
        ("/status", Command.STATUS, EN),
        ("/retry", Command.RETRY, EN),
        ("/sync now", Command.SYNC, EN),
        (RETRY_SAID, Command.RETRY, VI),
        (SYNC_SAID, Command.SYNC, VI),
        ("/gui lai tất cả", Command.RETRY, VI),
        ("/trợ giúp", Command.HELP, VI),
        ("/kết nối", Command.CONNECT, VI),
        ("/KẾT  NỐI lịch", Command.CONNECT, VI),
        ("/ket noi", Command.CONNECT, VI),
        ("/ngắt kết nối", Command.DISCONNECT, VI),
        ("/mới", Command.NEW, VI),
        ("/mơ\u0301i", Command.NEW, VI),
        ("/trạng thái", Command.STATUS, VI),
        ("\u200b／ｈｅｌｐ", Command.HELP, EN),
    ],
)
def test_a_command_is_known_by_its_name_in_either_language(
    words: str, command: Command, texts: Texts
) -> None:
    assert command_in(words) == (command, texts)


@pytest.mark.parametrize(
    "words", ["/", "/xyz", "/newsletter", "/kết", "/ngắt", "/đặt lịch", "/dùng", "/đúng rồi"]
)
def test_what_begins_as_a_command_and_is_none_is_unknown(words: str) -> None:
    assert command_in(words) == (Command.UNKNOWN, VI)


@given(words=st.text(max_size=60))
@settings(deadline=None)
def test_any_words_are_some_command_or_none(words: str) -> None:
    found = command_in(f"/{words}")
    assert found is not None


@pytest.mark.parametrize(
    "words",
    [
        "What is on my calendar today?",
        "please show my tasks",
        "when is the next meeting with An",
        "hello",
        "can you help me?",
    ],
)
def test_plain_english_is_answered_in_english(words: str) -> None:
    assert texts_for(words) is EN


@pytest.mark.parametrize(
    "words",
    [
        "",
        "123",
        "ok",
        "Hôm nay tôi có lịch gì?",
        "hom nay toi co lich gi",
        "meeting hom nay luc may gio",
        "cam on",
        "What is lịch?",
        "日程",
    ],
)
def test_everything_else_is_answered_in_vietnamese(words: str) -> None:
    assert texts_for(words) is VI


def every_text(texts: Texts) -> list[str]:
    listed = [*texts.prompts, *texts.scopes.values(), *texts.kinds.values(), *texts.reasons.values()]
    return [*(text for text in texts if isinstance(text, str)), *listed]


def test_what_is_said_beside_an_answer_is_in_its_language() -> None:
    bilingual = (EN.help, EN.version)
    assert all(texts_beside(text) is EN for text in every_text(EN) if text not in bilingual)
    assert all(texts_beside(text) is VI for text in every_text(VI))
    assert texts_beside("") is VI


def test_both_languages_say_the_same_things() -> None:
    for vietnamese, english in zip(every_text(VI), every_text(EN), strict=True):
        assert vietnamese.count("{") == english.count("{")
        assert vietnamese != english
    assert (VI.scopes.keys(), VI.kinds.keys(), VI.reasons.keys()) == (
        EN.scopes.keys(),
        EN.kinds.keys(),
        EN.reasons.keys(),
    )
