"""Pages as `build` made them, with what only a request knows filled in; nothing but the standard library.

A page has marks, `<=name>`, and sections that stay where a mark is given, `<?name>…<?>`, or where it is
empty, `<?!name>…<?>`. No text that was typed can make one: there a `<` is `&lt;`.
"""

import os
import zlib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from larkbridge.settings import PageSettings

BUILT = os.path.join(os.path.dirname(__file__), "built")
"""The folder that `python -m larkbridge.pages.build` writes."""

LANGUAGES = ("vi", "en")
POLICY = "content-security-policy.txt"
CONNECT_POLICY = "connect-content-security-policy.txt"
_AS_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
"""What `html.escape` does; its module brings the names of 2,231 characters, a tenth of a cold start."""
_AS_GZIP = 31
"""zlib's `wbits` of a gzip stream."""


def page(name: str, language: str, settings: "PageSettings", marks: Mapping[str, str]) -> str:
    """Return a page in a language with its marks filled in: a form's by its path without the slash."""
    return filled(_read(f"{name}.{language}.html"), settings, marks)


def filled(html: str, settings: "PageSettings", marks: Mapping[str, str]) -> str:
    """Return a page with its marks filled in, each as text; raises KeyError for one that nobody gives."""
    known = {
        "centre_name": settings.centre_name,
        "centre_logo_url": settings.centre_logo_url,
        "privacy_url": settings.privacy_url,
        "privacy_contact": settings.privacy_contact,
        "turnstile_site_key": settings.turnstile_site_key,
        **marks,
    }
    return _with_values(_with_sections(html, known), known)


def _with_sections(html: str, marks: Mapping[str, str]) -> str:
    first, *parts = html.split("<?")
    kept = [first]
    for name, _, text in (part.partition(">") for part in parts):
        wanted = not marks.get(name[1:]) if name.startswith("!") else not name or marks.get(name)
        kept.append(text if wanted else "")
    return "".join(kept)


def _with_values(html: str, marks: Mapping[str, str]) -> str:
    first, *parts = html.split("<=")
    named = (part.partition(">") for part in parts)
    return first + "".join(marks[name].translate(_AS_TEXT) + text for name, _, text in named)


def page_headers(
    language: str, settings: "PageSettings", policy: str = POLICY, lark_origins: str = ""
) -> dict[str, str]:
    """Return the headers of every page: nobody may store or frame it, and nothing else may run on it.

    Parameters
    ----------
    lark_origins
        Where a form of a page with `CONNECT_POLICY` may lead.
    """
    logo_origin = "/".join(settings.centre_logo_url.split("/")[:3])
    origins = {
        "logo_origin": logo_origin,
        "upload_origin": settings.upload_origin,
        "lark_origins": lark_origins,
    }
    return {
        "content-type": "text/html; charset=utf-8",
        "content-language": language,
        "cache-control": "no-store",
        "vary": "accept-encoding, accept-language",
        "content-security-policy": filled(_read(policy), settings, origins),
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }


def compressed(html: str, headers: Mapping[str, str]) -> bytes | None:
    """Return a page in gzip, None for a request whose headers do not allow it; HTTP APIs compress nothing."""
    accepted = headers.get("accept-encoding", "").lower().replace(" ", "").split(",")
    if not any(one == "gzip" or (one.startswith("gzip;q=") and one[7:].strip("0.")) for one in accepted):
        return None
    return zlib.compress(html.encode(), wbits=_AS_GZIP)


def language_of(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return the language to answer in: `?lang=`, else what the browser likes best, else Vietnamese."""
    if query.get("lang") in LANGUAGES:
        return query["lang"]
    liked = {"": 0.0}
    for entry in headers.get("accept-language", "").lower().split(","):
        tag, _, quality = entry.replace(" ", "").partition(";q=")
        language = tag.partition("-")[0]
        if language in LANGUAGES:
            liked[language] = max(liked.get(language, 0), _number(quality))
    return max(liked, key=liked.__getitem__) or LANGUAGES[0]


def _number(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0


@cache
def _read(name: str) -> str:
    with open(os.path.join(BUILT, name), encoding="utf-8") as file:
        return file.read()
