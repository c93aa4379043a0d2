"""Logs and metrics. Nothing personal and no secret goes through here: ids, codes, counts and times only.

What an id or a word may show of a person is nothing.
"""

import hashlib
import logging
import re
import traceback
from collections.abc import Callable
from functools import lru_cache, wraps
from threading import Lock

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from larkbridge.errors import LarkbridgeError

logger = Logger()
_metrics = Metrics(namespace="Larkbridge")
_metrics_lock = Lock()
"""Powertools' own are not made for threads that count side by side."""

_CALLER = 3
"""So far up the stack is the caller of a function here that logs."""

MAX_PLAIN_ID = 200
"""Characters."""

_PLAIN_ID = re.compile(rf"[A-Za-z0-9._:=+-]{{1,{MAX_PLAIN_ID}}}")
_PLAIN_WORD = re.compile(r"[a-z0-9._/-]{1,80}")
_PHONE_NUMBER = re.compile(r"[0-9](?<![0-9]{2})(?:[._:=+-]?[0-9]){8,14}(?![0-9])")
_RANDOM_OR_LONG = re.compile(
    r"(?<![0-9A-Za-z])(?:(?i:[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12,})(?![0-9A-Za-z])|leadgen:[0-9]+)"
    r"|[0-9]{16,}"
)

# At INFO httpx logs URLs, and a Lark webhook's URL is a credential; at DEBUG the others log whole requests.
for _library in ("anthropic", "botocore", "urllib3", "httpx", "httpcore", "httpx2", "httpcore2"):
    logging.getLogger(_library).setLevel(logging.WARNING)


def count(name: str, value: int = 1) -> None:
    """Add `value` to the counter `name`."""
    with _metrics_lock:
        _metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def gauge_seconds(name: str, value: float) -> None:
    """Report a length of time, in seconds."""
    with _metrics_lock:
        _metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)


def log_crash(message: str, error: BaseException, **details: str) -> None:
    """Log an unexpected error by its type and place, as its caller.

    The text of an error of ours is composed here and says why; any other's may quote input and stays out.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    reason = {"reason": error.message} if isinstance(error, LarkbridgeError) else {}
    extra = {"error": type(error).__name__, **reason, "place": place, **details}
    logger.error(message, extra=extra, stacklevel=_CALLER)


def instrumented[**P, R](handler: Callable[P, R]) -> Callable[P, R]:
    """Wrap a Lambda handler: its log lines carry the request id, its metrics are written when it ends."""
    with_context = logger.inject_lambda_context(clear_state=True)(handler)

    @wraps(handler)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return with_context(*args, **kwargs)
        finally:
            flush_metrics()

    return run


def flush_metrics() -> None:
    """Write what has been counted; otherwise that happens when the handler ends."""
    with _metrics_lock:
        if _metrics.metric_set:
            _metrics.flush_metrics()


def plain_id(*parts: str) -> str:
    """Return an id that may stand in a key, a URL and a log: its parts joined by #, each itself or its hash.

    Hashed is what has other characters or more of them, and what may show who is meant: an e-mail address, a
    phone number (9 to 15 digits), WhatsApp's message ids (`wamid.` and a base64 with the phone number in it).
    """
    return "#".join(
        [
            part
            if _PLAIN_ID.fullmatch(part) and not _is_personal(part)
            else f"sha256:{hashlib.sha256(part.encode('utf-8', 'surrogatepass')).hexdigest()}"
            for part in parts
        ]
    )


@lru_cache(maxsize=256)
def plain_word(text: str) -> str:
    """Return a word that a log may show; "other" for whatever is not a short one of small ASCII letters."""
    return text if _PLAIN_WORD.fullmatch(text) and not _is_personal(text) else "other"


def _is_personal(text: str) -> bool:
    """Return whether it is WhatsApp's or may have a phone number in it; what is random or longer is none.

    What is found without those was there with them: they end where no digit goes on.
    """
    if "wamid." in text.lower():
        return True
    return bool(_PHONE_NUMBER.search(text) and _PHONE_NUMBER.search(_RANDOM_OR_LONG.sub(" ", text)))
