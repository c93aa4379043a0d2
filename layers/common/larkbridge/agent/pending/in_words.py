"""Moments on cards, and which language a card is in."""

from datetime import date, datetime

from larkbridge.agent.chat_texts import EN as EN_TEXTS
from larkbridge.agent.commands import command_in
from larkbridge.agent.language import texts_for
from larkbridge.agent.pending.pending_texts import EN, VI
from larkbridge.agent.pending.pending_wording import PendingTexts
from larkbridge.agent.tools.local_time import WEEKDAYS, day_in_words, in_words, range_in_words
from larkbridge.processors.incoming_text import read_message
from larkbridge.store.chat_queue import ChatTurn

_LANGUAGES = {texts.language: texts for texts in (VI, EN)}
_ENGLISH_DAYS = dict(
    zip(
        WEEKDAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)


def texts_in(language: str) -> PendingTexts:
    """Return the texts of a language that an action names."""
    return _LANGUAGES[language]


def texts_of(turn: ChatTurn) -> PendingTexts:
    """Return the texts of the language in which a turn asks."""
    words = read_message(turn).text
    spoken = command_in(words)
    return EN if (spoken.texts if spoken else texts_for(words)) is EN_TEXTS else VI


def times_in_words(texts: PendingTexts, start: datetime | date, end: datetime | date) -> str:
    """Return from when to when, with the weekdays; days are whole ones, the last included.

    >>> times_in_words(EN, date(2026, 12, 4), date(2026, 12, 4))
    'Friday 04/12/2026'
    """
    if isinstance(start, datetime) and isinstance(end, datetime):
        return _in_language(texts, range_in_words(start, end))
    return " – ".join(dict.fromkeys(moment_in_words(texts, one) for one in (start, end)))


def moment_in_words(texts: PendingTexts, when: datetime | date) -> str:
    """Return a moment or a day with its weekday."""
    return _in_language(texts, in_words(when) if isinstance(when, datetime) else day_in_words(when))


def _in_language(texts: PendingTexts, words: str) -> str:
    if texts is EN:
        for vietnamese, english in _ENGLISH_DAYS.items():
            words = words.replace(vietnamese, english)
    return words
