"""What every call to Lark has in common: its envelope and headers, read into an `Outcome`.

Envelope: ``{"code": int, "msg": str, "data": {...}, "error": {"log_id": str}}``. Headers: ``X-Tt-Logid``
(what Lark's support asks for) and ``x-ogw-ratelimit-reset`` (seconds), as in Lark's "Rate limits" and its
official SDK.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from larkbridge.http_client import NoAnswerError, NotSentError, Reply
from larkbridge.lark.error_codes import ACCEPTED, ANSWER_TOO_LARGE, Meaning, meaning_of
from larkbridge.retry_after import wait_asked_for
from larkbridge.text import storable
from larkbridge.work.outcome import RATE_LIMITED, Outcome, Verdict

MAX_MESSAGE = 300
MAX_LOG_ID = 100
RESET_HEADERS = ("x-ogw-ratelimit-reset", "retry-after")
"""Lark's own header, then HTTP's."""
_RESET_HEADERS = frozenset(RESET_HEADERS)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call; `document` is Lark's envelope, empty where there is none."""

    outcome: Outcome
    document: Mapping[str, Any] = field(default_factory=dict[str, Any])


def unanswered(error: NotSentError | NoAnswerError) -> Outcome:
    """Return the outcome of a call that was not answered."""
    if isinstance(error, NotSentError):
        return not_made("not_connected", f"no connection to Lark: {error}")
    return Outcome(verdict=Verdict.UNKNOWN, reason="no_answer", message=f"no answer from Lark: {error}")


def not_made(reason: str, message: str) -> Outcome:
    """Return the outcome of a call that never left, and may be made later."""
    return Outcome(verdict=Verdict.RETRY, reason=reason, message=message)


def refused(reason: str, message: str) -> Outcome:
    """Return the outcome of what can never succeed."""
    return Outcome(verdict=Verdict.REJECT, reason=reason, message=message)


def read(reply: Reply, now: datetime, *, max_bytes: int | None = None, code_as_text: bool = False) -> Answer:
    """Return what an answer says.

    Parameters
    ----------
    max_bytes
        An answer of more is refused as too large, whatever it says.
    code_as_text
        Whether the `code` may be a text too, as the token API has it.
    """
    if max_bytes is not None and len(reply.body) > max_bytes:
        too_large = Meaning(Verdict.REJECT, ANSWER_TOO_LARGE, f"more than {max_bytes} bytes")
        return Answer(_outcome(reply, too_large, {}, None, now))
    try:
        document = json.loads(reply.body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        document = {}
    code = _code(document.get("code"), code_as_text)
    meaning = ACCEPTED if code == 0 and reply.status == 200 else meaning_of(reply.status, code)
    if code is not None and (said := str(document.get("msg") or "")):
        meaning = meaning._replace(words=said)
    return Answer(_outcome(reply, meaning, document, code, now), document)


def _code(value: object, as_text: bool) -> int | None:
    if as_text and isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 18:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value.bit_length() > 63:
        return None
    return value


def _outcome(
    reply: Reply, meaning: Meaning, document: Mapping[str, Any], code: int | None, now: datetime
) -> Outcome:
    retry_after = None
    if not _RESET_HEADERS.isdisjoint(reply.headers):
        retry_after = wait_asked_for(reply.headers, *RESET_HEADERS, now=now)
    busy = meaning.reason == "http_503" and retry_after is not None
    error = document.get("error")
    repeated = error.get("log_id") if isinstance(error, dict) else None
    log_id = (reply.headers.get("x-tt-logid") or str(repeated or ""))[:MAX_LOG_ID]
    message = meaning.words[:MAX_MESSAGE]
    if not (message.isascii() and log_id.isascii()):
        message, log_id = storable(message), storable(log_id)
    return Outcome(
        verdict=meaning.verdict,
        reason=RATE_LIMITED if busy else meaning.reason,
        message=message,
        http_status=reply.status,
        lark_code=code,
        log_id=log_id or None,
        retry_after=retry_after,
    )


def _no_number(_: str) -> None:
    """Read NaN and the infinities, which are no JSON, as nothing."""
