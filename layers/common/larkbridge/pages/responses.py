"""A page as the answer of a function that takes forms."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from larkbridge.http_exchange import Request, Response
from larkbridge.pages.prebuilt import compressed, page_headers

if TYPE_CHECKING:
    from larkbridge.settings import PageSettings

_NONE: Mapping[str, str] = MappingProxyType({})


def respond(
    html: str,
    request: Request,
    language: str,
    settings: "PageSettings",
    status: int = 200,
    headers: Mapping[str, str] = _NONE,
) -> Response:
    """Return a page as an answer to a request, in gzip where that is accepted."""
    sent = {**page_headers(language, settings), **headers}
    body = compressed(html, request.headers)
    if body is None:
        return Response(status, html, sent)
    return Response(status, body, sent | {"content-encoding": "gzip"})
