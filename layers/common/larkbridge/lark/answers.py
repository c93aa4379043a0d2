"""What every call to Lark has in common: its envelope and headers, read into an `Outcome`.

Envelope: ``{"code": int, "msg": str, "data": {...}, "error": {"log_id": str}}``. Headers: ``X-Tt-Logid``
(what Lark's support asks for) and ``x-ogw-ratelimit-reset`` (seconds), as in Lark's "Rate limits" and its
official SDK.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.http_client import NoAnswerError, NotSentError, Reply
from larkbridge.lark.codes import ANSWER_TOO_LARGE, Meaning, meaning_of
from larkbridge.retry_after import wait_asked_for
from larkbridge.text import storable
from larkbridge.work.outcome import RATE_LIMITED, Outcome, Verdict

MAX_MESSAGE = 300
MAX_LOG_ID = 100
RESET_HEADERS = ("x-ogw-ratelimit-reset", "retry-after")
"""Lark's own header, then HTTP's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call; `document` is Lark's envelope, empty where there is none."""

    outcome: Outcome
    document: Mapping[str, Any] = field(default_factory=dict[str, Any])


def ask(exchange: Callable[[], Reply], clock: Clock, *, max_bytes: int | None = None) -> Answer:
    """Make one call, and tell what became of it whatever happens on the way.

    An answer of more than `max_bytes` is refused as too large, whatever it says.
    """
    try:
        reply = exchange()
    except (AwsUnavailableError, MissingSettingError) as error:
        return Answer(not_made("secrets_unavailable", error.message))
    except NotSentError as error:
        return Answer(not_made("not_connected", f"no connection to Lark: {error}"))
    except NoAnswerError as error:
        message = f"no answer from Lark: {error}"
        return Answer(Outcome(verdict=Verdict.UNKNOWN, reason="no_answer", message=message))
    if max_bytes is not None and len(reply.body) > max_bytes:
        too_large = Meaning(Verdict.REJECT, ANSWER_TOO_LARGE, f"more than {max_bytes} bytes")
        return Answer(_outcome(reply, too_large, {}, None, clock.now()))
    return _read(reply, clock.now())


def not_made(reason: str, message: str) -> Outcome:
    """Return the outcome of a call that never left, and may be made later."""
    return Outcome(verdict=Verdict.RETRY, reason=reason, message=message)


def refused(reason: str, message: str) -> Outcome:
    """Return the outcome of what can never succeed."""
    return Outcome(verdict=Verdict.REJECT, reason=reason, message=message)


def _read(reply: Reply, now: datetime) -> Answer:
    document = _object(reply.body)
    code = _code(document)
    meaning = meaning_of(reply.status, code)
    said = "" if code is None else str(document.get("msg") or meaning.words)
    return Answer(_outcome(reply, replace(meaning, words=said), document, code, now), document)


def _outcome(
    reply: Reply, meaning: Meaning, document: Mapping[str, Any], code: int | None, now: datetime
) -> Outcome:
    retry_after = wait_asked_for(reply.headers, *RESET_HEADERS, now=now)
    busy = meaning.reason == "http_503" and retry_after is not None
    return Outcome(
        verdict=meaning.verdict,
        reason=RATE_LIMITED if busy else meaning.reason,
        message=storable(meaning.words, MAX_MESSAGE),
        http_status=reply.status,
        lark_code=code,
        log_id=_log_id(reply, document),
        retry_after=retry_after,
    )


def _log_id(reply: Reply, document: Mapping[str, Any]) -> str | None:
    error = document.get("error")
    repeated = error.get("log_id") if isinstance(error, dict) else None
    return storable(reply.headers.get("x-tt-logid") or str(repeated or ""), MAX_LOG_ID) or None


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _no_number(_: str) -> None:
    """Read NaN and the infinities, which are no JSON, as nothing."""


def _code(document: Mapping[str, Any]) -> int | None:
    code = document.get("code")
    if not isinstance(code, int) or isinstance(code, bool) or code.bit_length() > 63:
        return None
    return code
