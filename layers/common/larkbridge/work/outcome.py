"""What became of one outbound call."""

from enum import StrEnum
from typing import NamedTuple

RATE_LIMITED = "rate_limited"
"""The reason of an answer that asks for fewer requests, whoever gives it."""

QUOTA_USED_UP = "quota_used_up"
"""The reason of an answer that says that this month's calls are used up."""


class Verdict(StrEnum):
    OK = "ok"
    RETRY = "retry"
    """The other side did not take it, and may later."""
    REJECT = "reject"
    """The other side said no for good."""
    IGNORED = "ignored"
    """There was nothing to do."""
    UNKNOWN = "unknown"
    """The request left and no answer says what happened: only the same idempotency token may follow."""


class Outcome(NamedTuple):
    """One attempt's result.

    `retry_after` is in seconds, as the other side asked for it. `refused` marks a no that may be due to the
    other side's own deploy: it is believed when it stays the same for an hour.
    """

    verdict: Verdict
    reason: str
    message: str = ""
    http_status: int | None = None
    lark_code: int | None = None
    log_id: str | None = None
    retry_after: float | None = None
    refused: bool = False

    @property
    def delivered(self) -> bool:
        """Whether the other side has accepted it."""
        return self.verdict is Verdict.OK

    @property
    def throttled(self) -> bool:
        """Whether the other side asked for fewer requests."""
        return self.reason == RATE_LIMITED

    @property
    def quota_used_up(self) -> bool:
        """Whether no call is left until the month ends."""
        return self.reason == QUOTA_USED_UP
