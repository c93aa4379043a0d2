"""HTTP events that carry forms; FORMS has a good one of each kind."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sandbox.samples import FORMS as FORMS

BROWSER = {
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-encoding": "gzip, deflate, br",
    "accept-language": "vi-VN,vi;q=0.9,en;q=0.8",
    "host": "forms.example.edu.vn",
}
"""The headers of a parent's browser."""
DOMAIN = "abcde12345.execute-api.ap-southeast-1.amazonaws.com"
"""Of an API as AWS names it."""


def http_event(
    body: bytes | str | None = None,
    *,
    route: str = "POST /",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    path: dict[str, str] | None = None,
    base64_encoded: bool = False,
    request_id: str = "request-1",
    source_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """Return an API Gateway HTTP API event, payload 2.0."""
    if base64_encoded:
        body = base64.b64encode(body.encode() if isinstance(body, str) else body or b"").decode()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "headers": headers or {},
        "requestContext": {"requestId": request_id, "http": {"sourceIp": source_ip}, "domainName": DOMAIN},
        "isBase64Encoded": base64_encoded,
    }
    optional = {"body": body, "queryStringParameters": query, "pathParameters": path}
    return event | {name: value for name, value in optional.items() if value is not None}


def json_event(fields: Any, **headers: str) -> dict[str, Any]:
    """Return an event that posts `fields` as JSON; an underscore in a header's name stands for a dash."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http_event(json.dumps(fields), headers={"content-type": "application/json"} | named)


def page_event(
    path: str, fields: Mapping[str, Any] | None = None, query: str = "", **headers: str
) -> dict[str, Any]:
    """Return what API Gateway makes of a browser's request on a page of a form.

    Parameters
    ----------
    fields
        What is posted from a page that the API serves; None for a GET.
    headers
        Others than a browser's own; an underscore stands for a dash.
    """
    named = BROWSER | {name.replace("_", "-"): value for name, value in headers.items()}
    if fields is None:
        body = None
    else:
        named = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": f"https://{named['host']}",
        } | named
        body = urlencode({name: "on" if value is True else value for name, value in fields.items()})
    event = http_event(
        body,
        route=f"{'GET' if fields is None else 'POST'} {path}",
        headers={name: value for name, value in named.items() if value},
        query=dict(parse_qsl(query)) or None,
        base64_encoded=body is not None,
    )
    return event | {"rawQueryString": query, "rawPath": path}


def html_form_event(fields: dict[str, Any]) -> dict[str, Any]:
    """Return an event that posts `fields` as a browser's form does, as API Gateway delivers it: in base64."""
    sent = {name: "on" if value is True else value for name, value in fields.items()}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return http_event(urlencode(sent), headers=headers, base64_encoded=True)
