"""What became of one outbound call."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    RETRY = "retry"
    """The other side did not take it, and may later."""
    REJECT = "reject"
    """The other side said no for good."""
    UNKNOWN = "unknown"
    """The request left and no answer says what happened: only the same idempotency token may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One attempt's result; `retry_after` is in seconds, as the other side asked for it."""

    verdict: Verdict
    reason: str
    message: str = ""
    http_status: int | None = None
    lark_code: int | None = None
    log_id: str | None = None
    retry_after: float | None = None
