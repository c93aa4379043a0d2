"""A model's links are those that somebody gave it.

A text that somebody else wrote may tell the model to put what it knows into a link, which is opened for its
preview. So an answer's links are those that a tool, the person or their quotation had, letter for letter.
"""

import re

_LINK = re.compile(
    r"(?:!?\[(?P<words>[^\[\]\n]*+))?\]\((?P<target>[^)\s]*+)[^)\n]*+\)?"
    r"|(?P<bare>(?:https?://|www\.)[^\s<>\"')\]]++|(?:[a-z0-9-]{1,63}+\.){1,5}[a-z]{2,63}/[^\s<>\"')\]]++)",
    re.IGNORECASE,
)
"""Linear in the answer: what has begun as a link's target is one, whatever follows."""
_ENDS = ".,;:!?"
GONE = "•••"


def with_known_links(answer: str, known: str) -> str:
    """Return an answer that has of its links those that stand in `known`."""

    def checked(found: re.Match[str]) -> str:
        link = found["target"] if found["bare"] is None else found["bare"].rstrip(_ENDS)
        if link and link in known:
            return found[0]
        return (found["words"] or "") if found["bare"] is None else GONE + found["bare"][len(link) :]

    return _LINK.sub(checked, answer)
