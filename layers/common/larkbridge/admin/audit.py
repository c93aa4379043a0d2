"""Who did what through the admin API: one log line for every call, answered or refused."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from larkbridge.apigateway import request_id
from larkbridge.observability import logger, plain_id
from larkbridge.store.api_keys import ApiKey

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def log_call(event: Mapping[str, Any], key: ApiKey | None, status: int) -> None:
    """Log a call that is over, whose key it came with, revoked or not, and its status; none of its body."""
    logger.info(
        "admin call",
        key=key and key.name,
        owner=key and key.owner,
        route=event.get("routeKey"),
        id=_object_id(event),
        status=status,
        requestId=request_id(event),
    )


def _object_id(event: Mapping[str, Any]) -> str | None:
    """Return which object the path or the query names, such as "students/hv-1"."""
    path, query = event.get("pathParameters") or {}, event.get("queryStringParameters") or {}
    given = [unquote(path.get(name, "")) for name in _PLACEHOLDER.findall(event.get("routeKey", ""))]
    given += [query["record_id"]] if "record_id" in query else []
    return "/".join(map(_shown, given)) or None


def _shown(given: str) -> str:
    """Return an id as a log may show it; of an event's, the source stays readable."""
    return plain_id(*given.split("#"))
