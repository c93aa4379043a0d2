"""Who did what through the admin API: one log line for every call, answered or refused."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from larkbridge.errors import LarkbridgeError
from larkbridge.ids import plain_id
from larkbridge.observability import logger
from larkbridge.store.api_keys import ApiKey
from larkbridge.web import request_id

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(slots=True)
class Audit:
    """What becomes known of a call on the way; `key` is whose it is, revoked or not."""

    key: ApiKey | None = None


@contextmanager
def audited(event: Mapping[str, Any]) -> Iterator[Audit]:
    """Log a call once it is over, with the status that it gets; never anything of its body."""
    audit, status = Audit(), 200
    try:
        yield audit
    except Exception as error:
        status = error.status if isinstance(error, LarkbridgeError) else LarkbridgeError.status
        raise
    finally:
        logger.info(
            "admin call",
            key=audit.key and audit.key.name,
            owner=audit.key and audit.key.owner,
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
    return "#".join(plain_id(part) for part in given.split("#"))
