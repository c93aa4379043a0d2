"""GET on a form: its page. A cold start reads a file, fills it in and compresses it, and loads no library."""

import base64
import time
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from larkbridge.pages.prebuilt import LANGUAGES, compressed, language_of, page, page_headers

if TYPE_CHECKING:
    from larkbridge.settings import PageSettings

_SAME_WHEN_GONE_BACK_TO = {"cache-control": "private, no-cache"}
"""Nothing is typed into the page yet, and Back shows it with its key again, not as a new form."""


def page_handler(
    settings: "PageSettings", seconds: Callable[[], float] = time.time
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler that answers API Gateway's `GET /<form>` with the form's page.

    Parameters
    ----------
    seconds
        The time since 1970.
    """

    def handler(event: Mapping[str, Any], _: Any) -> dict[str, Any]:
        headers = event.get("headers") or {}
        language = language_of(event.get("queryStringParameters") or {}, headers)
        marks = {
            "key": str(uuid.uuid4()),
            "started_at": str(int(seconds() * 1000)),
            "other_language_url": in_other_language(language, event.get("rawQueryString", "")),
        }
        name = event["routeKey"].rpartition("/")[2]
        html = page(name, language, settings, marks)
        answer = {"statusCode": 200, "headers": page_headers(language, settings) | _SAME_WHEN_GONE_BACK_TO}
        body = compressed(html, headers)
        if body is None:
            return answer | {"body": html}
        answer["headers"]["content-encoding"] = "gzip"
        return answer | {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}

    return handler


def in_other_language(language: str, raw_query: str) -> str:
    """Return the link to the same page in the other language, with the rest of its query."""
    (other,) = (one for one in LANGUAGES if one != language)
    kept = [one for one in raw_query.split("&") if one and one.partition("=")[0] != "lang"]
    return "?" + "&".join([*kept, f"lang={other}"])
