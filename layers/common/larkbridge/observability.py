"""Logs and metrics. Nothing personal and no secret goes through here: ids, codes, counts and times only."""

import logging
import traceback
from collections.abc import Callable
from functools import wraps
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

# At INFO httpx logs URLs, and a Lark webhook's URL is a credential; at DEBUG the others log whole requests.
for _library in ("botocore", "urllib3", "httpx", "httpcore"):
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
