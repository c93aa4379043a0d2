"""Who asks to stop: asked of a turn when it is handed over, and again when it is answered.

Both ask the same of the same turn. So what is confirmed was noted, and what was noted is confirmed.
"""

from larkbridge.processors.incoming_text import without_mentions
from larkbridge.store.chat_queue import OUR_ACTION, ChatTurn, TurnKind
from larkbridge.text import plain

IN_ENGLISH = "stop"
_COMMANDS = frozenset({IN_ENGLISH, "dừng", "dung"})
"""What a slash stands before; other marks make another word: "/dùng", "/đúng"."""
_WORDS = frozenset({IN_ENGLISH, "dừng", "dừng lại"})
"""What says it alone: without its slash people type "dung" for "đúng", which agrees."""
_ENDS = " .,;:!?"


def stop_in(turn: ChatTurn) -> str:
    """Return the word by which a turn asks to stop what runs; empty when it does not.

    Whom a message mentions does not matter. What follows a command does not either.
    """
    match turn.kind:
        case TurnKind.MESSAGE:
            return stop_word(without_mentions(turn))
        case TurnKind.MENU:
            return stop_word(f"/{plain(pressed(turn, 'key')).lstrip('/')}")
        case TurnKind.PRESS:
            return stop_word(pressed(turn, OUR_ACTION))
        case TurnKind.ENTERED:
            return ""


def stop_word(words: str) -> str:
    """Return the word by which words ask to stop; empty when they do not."""
    words = " ".join(plain(words).casefold().split())
    if words.startswith("/"):
        command = words[1:].lstrip().partition(" ")[0].rstrip(_ENDS)
        return command if command in _COMMANDS else ""
    word = words.strip(_ENDS)
    return word if word in _WORDS else ""


def pressed(turn: ChatTurn, name: str) -> str:
    """Return a text of what was pressed, empty without one."""
    value = (turn.action or {}).get(name)
    return value if isinstance(value, str) else ""
