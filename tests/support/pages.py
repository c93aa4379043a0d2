"""Pages as a browser gets them."""

import base64
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

_GZIP = 31


class Page(NamedTuple):
    """One answer of a function with a page in it; `wire` is what goes over the network."""

    status: int
    headers: Mapping[str, str]
    html: str
    wire: bytes


def read_page(answer: Mapping[str, Any]) -> Page:
    """Take apart what a function answered to API Gateway, as a browser does."""
    body = answer.get("body", "")
    wire = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    content = zlib.decompress(wire, _GZIP) if answer["headers"].get("content-encoding") == "gzip" else wire
    return Page(answer["statusCode"], answer["headers"], content.decode(), wire)
