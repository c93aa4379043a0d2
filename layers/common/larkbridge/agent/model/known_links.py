"""A model's links are those that somebody gave it.

A text that somebody else wrote may tell the model to put what it knows into a link, which is opened for its
preview. So an answer's links are those that a tool, the person or their quotation had, whole and letter for
letter. A link is what has a scheme or looks like a host, in any script.
"""

import re

_REST = r"[^\s<>\"')\]]"
_HOST = r"(?:[\w-]{1,63}+[.。．]){1,5}"
_NO_HOST = (
    r"(?:(?:tp|tx|tt|[pqh]|ths|ts|p?gs|bs)\.[^\W\d_]+"
    r"|[\w-]+\.(?:pdf|docx?|xlsx?|pptx?|png|jpe?g|csv|txt))(?![\w@-]|\.\w)"
)
"""Abbreviations before names, and names of files, whose endings are no domains."""
_LINK = re.compile(
    r"(?:!?\[(?P<words>[^\[\]\n]*+))?\]\((?P<target>[^)\s]*+)[^)\n]*+\)?"
    rf"|(?P<bare>(?<![a-z0-9+-])(?:[a-z][a-z0-9+-]{{1,30}}+[:：][/／\\]|(?:mailto|tel|sms|data|javascript):|www\.){_REST}++"
    rf"|{_HOST}[^\W\d_]{{2,63}}+(?::[0-9]{{1,5}})?[/／?#\\]{_REST}++"
    rf"|(?<![\w@.-])(?!{_NO_HOST}){_HOST}[a-z]{{2,63}}+(?::[0-9]{{1,5}})?(?![\w.@-]*[\w@]))",
    re.IGNORECASE,
)
"""Linear in the answer: what has begun as a link's target is one, whatever follows."""
_ENDS = ".,;:!?"
GONE = "•••"


def with_known_links(answer: str, known: str) -> str:
    """Return an answer that has of its links those that stand in `known`, which may be JSON."""
    known_links = {link for found in _LINK.finditer(known) for link in _ways(_link(found))}

    def checked(found: re.Match[str]) -> str:
        link = _link(found)
        if link in known_links:
            return found[0]
        return (found["words"] or "") if found["bare"] is None else GONE + found["bare"][len(link) :]

    return _LINK.sub(checked, answer)


def _link(found: re.Match[str]) -> str:
    return found["target"] if found["bare"] is None else found["bare"].rstrip(_ENDS)


def _ways(link: str) -> tuple[str, str]:
    """Return a link as it stands, and without an escape of JSON's after it."""
    return link, link.partition("\\")[0].rstrip(_ENDS)
