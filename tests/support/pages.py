"""Pages as a browser gets them."""

import base64
import re
import zlib
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from typing import Any, NamedTuple

_GZIP = 31


class Page(NamedTuple):
    """One answer of a function with a page in it; `wire` is what goes over the network."""

    status: int
    headers: Mapping[str, str]
    html: str
    wire: bytes

    @property
    def inputs(self) -> dict[str, str]:
        """What a browser would post from the page's form, unless somebody types."""
        reader = _Inputs()
        reader.feed(self.html)
        return reader.found

    @property
    def text(self) -> str:
        """What a person can read, in one line."""
        reader = _Text()
        reader.feed(self.html)
        return " ".join(" ".join(reader.parts).split())

    @property
    def errors(self) -> dict[str, str]:
        """What stands beside each field that is wrong, by its name."""
        found = re.findall(r'id="(\w+)-error">(?:<span[^>]*>[^<]*</span>)?([^<]*)<', self.html)
        return {name: unescape(error) for name, error in found}


class _Inputs(HTMLParser):
    """Gathers what the inputs of a page hold."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "textarea":
            self._area = given["name"]
            self.found[self._area] = ""
        is_off = given.get("type") == "checkbox" and "checked" not in given
        if tag == "input" and "name" in given and not is_off:
            self.found[given["name"]] = given.get("value", "")
        if tag == "button" and "name" in given:
            self.found.setdefault(given["name"], given["value"])  # the first one counts for the key Enter

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.found[self._area] = self.found[self._area].removeprefix("\n")
            self._area = ""


class _Text(HTMLParser):
    """Gathers what stands between the tags, but for styles and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.parts.append(data)


def read_page(answer: Mapping[str, Any]) -> Page:
    """Take apart what a function answered to API Gateway, as a browser does."""
    body = answer.get("body", "")
    wire = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    content = zlib.decompress(wire, _GZIP) if answer["headers"].get("content-encoding") == "gzip" else wire
    return Page(answer["statusCode"], answer["headers"], content.decode(), wire)
