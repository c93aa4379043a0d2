"""What an answer of Lark means, and the errors that it becomes.

Lark sends most of its error codes with HTTP 200, so the body decides before the status does.
"""

from larkbridge.errors import LarkbridgeError
from larkbridge.lark.codes import (
    CODES,
    HTTP_STATUSES,
    RECORD_NOT_FOUND,
    UNKNOWN_CODE,
    UNKNOWN_VALUE,
    VALUE_CODES,
    Meaning,
)
from larkbridge.lark.hints import HINTS
from larkbridge.outcome import Outcome, Verdict


class LarkApiError(LarkbridgeError):
    """Lark did not do what it was asked; `outcome` says why, and whether it may later."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"Lark: {outcome.reason}")
        self.outcome = outcome

    @property
    def hint(self) -> str:
        """What a person can do about it, empty when there is nothing."""
        return HINTS.get(self.outcome.reason, "")


class RecordNotFoundError(LarkApiError):
    """The Base has no such record."""


def error_of(outcome: Outcome) -> LarkApiError:
    """Return the error that an outcome other than ok becomes."""
    return (RecordNotFoundError if outcome.reason == RECORD_NOT_FOUND else LarkApiError)(outcome)


def meaning_of(status: int, code: int | None) -> Meaning:
    """Return what an answer means.

    Parameters
    ----------
    status
        The HTTP status.
    code
        The body's `code`, None when the body has none.
    """
    if code is not None and (code != 0 or status == 200):
        return CODES.get(code, UNKNOWN_VALUE if code in VALUE_CODES else UNKNOWN_CODE)
    if status in HTTP_STATUSES:
        return HTTP_STATUSES[status]
    if 300 <= status < 500:
        return Meaning(Verdict.RETRY, f"http_{status}")
    # 200 without a code, or a server that failed half-way: it may have been accepted.
    return Meaning(Verdict.UNKNOWN, f"http_{status}")
