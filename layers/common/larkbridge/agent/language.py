"""In which language people are answered: Vietnamese, unless they plainly write English."""

import re

from larkbridge.agent.chat_texts import EN, VI
from larkbridge.agent.chat_wording import Texts

_ENGLISH = """
about and any are at calendar did does event events for free from have hello help how is meeting meetings my
of please schedule show task tasks thank thanks that the there this today tomorrow was week what when where
which who why will with would you your
"""
_VIETNAMESE_WITHOUT_MARKS = """
ban biet cach cam cho chua co cua dang duoc gi gio hom khi khong la lam lich luc mai minh nao nay ngay nhe
nhung ranh sao sang tao toi trong tuan va ve viec voi xem
"""
_COMMON = frozenset(_ENGLISH.split())
_MARKLESS = frozenset(_VIETNAMESE_WITHOUT_MARKS.split())
_SHARE = 3
"""In plain English at least every third word is one of the commonest."""

_VIETNAMESE_LETTER = re.compile("[ăâđêôơưàảãáạèẻẽéẹìỉĩíịòỏõóọùủũúụỳỷỹýỵ\u1ea0-\u1ef9]", re.IGNORECASE)


def texts_for(words: str) -> Texts:
    """Return the texts of the language that a person's words are in."""
    if not words.isascii():
        return VI
    found = "".join(sign if sign.isalpha() else " " for sign in words.lower()).split()
    english = sum(word in _COMMON for word in found)
    is_english = english * _SHARE >= len(found) > 0 and _MARKLESS.isdisjoint(found)
    return EN if is_english else VI


def texts_beside(answer: str) -> Texts:
    """Return the texts of the language that an answer was given in."""
    return VI if not answer or _VIETNAMESE_LETTER.search(answer) else EN
