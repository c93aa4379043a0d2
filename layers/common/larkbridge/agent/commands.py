"""The commands that people type or choose, in both languages."""

import unicodedata
from enum import StrEnum
from typing import NamedTuple

from larkbridge.agent.chat_texts import EN, VI
from larkbridge.agent.chat_wording import Texts
from larkbridge.agent.language import texts_for
from larkbridge.text import plain


class Command(StrEnum):
    """What a person may ask for; `UNKNOWN` is what begins as a command and is none."""

    HELP = "help"
    CONNECT = "connect"
    DISCONNECT = "disconnect"
    NEW = "new"
    STATUS = "status"
    STOP = "stop"
    RETRY = "retry"
    SYNC = "sync"
    UNKNOWN = "unknown"


class Spoken(NamedTuple):
    """A command and the texts of the language that it is in."""

    command: Command
    texts: Texts


_VIETNAMESE = {
    "tro giup": Command.HELP,
    "ket noi": Command.CONNECT,
    "ngat ket noi": Command.DISCONNECT,
    "moi": Command.NEW,
    "trang thai": Command.STATUS,
    "gui lai": Command.RETRY,
    "dong bo": Command.SYNC,
}
_NAMES = {
    **{name: Spoken(command, VI) for name, command in _VIETNAMESE.items()},
    **{command.value: Spoken(command, EN) for command in _VIETNAMESE.values()},
}
_LONGEST = max(len(name.split()) for name in _NAMES)


def command_in(words: str) -> Spoken | None:
    """Return the command that words begin with, None when they are no command.

    Marks, upper case and what follows do not matter: ``/kết nối``, ``/KET NOI`` and ``/connect now`` are one.
    A stop is none: `larkbridge.processors.stop_words` knows it.
    """
    words = plain(words)
    if not words.startswith("/"):
        return None
    typed = _without_marks(words[1:]).split()
    for length in range(_LONGEST, 0, -1):
        if found := _NAMES.get(" ".join(typed[:length])):
            return found
    return Spoken(Command.UNKNOWN, texts_for(words))


def _without_marks(words: str) -> str:
    letters = unicodedata.normalize("NFD", words.lower().replace("đ", "d"))
    return "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
