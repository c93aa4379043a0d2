"""Lark's own words for its codes, as its pages have them.

They come from Larkbridge's lists of codes, which are data and name their pages; nothing else is shared.
"""

import json
from functools import cache
from pathlib import Path

CODE_LISTS = Path(__file__).parents[2] / "layers" / "common" / "larkbridge" / "lark" / "code_lists"


def words_of(code: int | None) -> str:
    """Return what Lark says with a code; plain "error" for one that no page has."""
    return _words().get(str(code), "error")


@cache
def _words() -> dict[str, str]:
    pages = [page for path in CODE_LISTS.glob("*.json") for page in json.loads(path.read_bytes())]
    return {code: words for page in pages for code, (_, _, words) in page["codes"].items()}
