"""What a call to somebody's own HTTP endpoint came to, by its status alone."""

import json
from collections.abc import Callable
from datetime import datetime

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.http_client import NoAnswerError, NotSentError, Reply
from larkbridge.public_http_client import ForbiddenAddressError
from larkbridge.retry_after import wait_asked_for
from larkbridge.text import storable
from larkbridge.work.outcome import RATE_LIMITED, Outcome, Verdict

MAX_MESSAGE = 300
_FINAL = frozenset({400, 413, 415})
_REFUSALS = frozenset({404, 410, 422})
"""What a receiver also answers in the middle of its own deploy."""


def outcome_of_call(call: Callable[[], Reply], clock: Clock, *, forbidden: str) -> Outcome:
    """Make a call and tell what became of it.

    Parameters
    ----------
    forbidden
        The reason to give when the address may not be called.
    """
    try:
        return outcome_of(call(), clock.now())
    except (AwsUnavailableError, MissingSettingError) as error:
        return Outcome(verdict=Verdict.RETRY, reason="secrets_unavailable", message=error.message)
    except ForbiddenAddressError as error:
        return Outcome(verdict=Verdict.REJECT, reason=forbidden, message=f"the address {error}")
    except NotSentError as error:
        return Outcome(verdict=Verdict.RETRY, reason="not_connected", message=f"no connection: {error}")
    except NoAnswerError as error:
        return Outcome(verdict=Verdict.UNKNOWN, reason="no_answer", message=f"no answer: {error}")


def outcome_of(reply: Reply, now: datetime) -> Outcome:
    """Return what an answer means; its `message` is the one in a JSON answer."""
    retry_after = wait_asked_for(reply.headers, "retry-after", now=now)
    verdict, reason = _meaning(reply.status, asked_to_wait=retry_after is not None)
    return Outcome(
        verdict=verdict,
        reason=reason,
        message=_message(reply.body),
        http_status=reply.status,
        retry_after=retry_after,
        refused=reply.status in _REFUSALS,
    )


def _meaning(status: int, *, asked_to_wait: bool) -> tuple[Verdict, str]:
    if 200 <= status < 300:
        return Verdict.OK, "accepted"
    if status == 429 or (status == 503 and asked_to_wait):
        return Verdict.RETRY, RATE_LIMITED
    return Verdict.REJECT if status in _FINAL else Verdict.RETRY, f"http_{status}"


def _message(body: bytes) -> str:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = document.get("message") if isinstance(document, dict) else None
    return storable(message, MAX_MESSAGE) if isinstance(message, str) else ""
