"""Words without what Lark's data protection may refuse: phone numbers and e-mail addresses in clear."""

import re

_LINK_NUMBER_OR_ADDRESS = re.compile(
    r"(https?://[^\s)]+)|(?<![\w+])(?:\+|(?=0|84))\d(?:[ .-]?\d){8,14}(?!\w)|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)
_MASK = "•••"


def masked(words: str) -> str:
    """Return words with a mask over every phone number and e-mail address; links stay as they are."""
    return _LINK_NUMBER_OR_ADDRESS.sub(lambda found: found[1] or _MASK, words)
