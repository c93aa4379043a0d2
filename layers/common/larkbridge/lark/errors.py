"""What an answer of Lark means, and the errors that it becomes.

Lark sends most of its error codes with HTTP 200, so the body decides before the status does.
"""

from larkbridge.errors import LarkbridgeError
from larkbridge.lark.codes import (
    ACCEPTED,
    HTTP_STATUSES,
    RECORD_NOT_FOUND,
    UNKNOWN_CODE,
    UNKNOWN_VALUE,
    VALUE_CODES,
    Meaning,
    known_codes,
)
from larkbridge.lark.hints import hint_of
from larkbridge.work.outcome import Outcome, Verdict


class LarkApiError(LarkbridgeError):
    """Lark did not do what it was asked; `outcome` says why, and whether it may later."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"Lark: {outcome.reason}")
        self.outcome = outcome

    @property
    def hint(self) -> str:
        """What a person can do about it."""
        outcome = self.outcome
        return hint_of(outcome.reason, outcome.lark_code, outcome.log_id)


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
    if code is None or (code == 0 and status != 200):
        return _meaning_of_status(status)
    if code == 0:
        return ACCEPTED
    return known_codes().get(code) or _meaning_of_unlisted(status, code)


def _meaning_of_unlisted(status: int, code: int) -> Meaning:
    """Return what a code means that no list has: what its HTTP status says, where that says anything.

    Lark sends 200 and 400 with codes of every kind, of what passes too.
    """
    if code in VALUE_CODES:
        return UNKNOWN_VALUE
    return UNKNOWN_CODE if status in (200, 400) else _meaning_of_status(status)


def _meaning_of_status(status: int) -> Meaning:
    if status in HTTP_STATUSES:
        return HTTP_STATUSES[status]
    if 300 <= status < 500:
        return Meaning(Verdict.RETRY, f"http_{status}")
    # 200 without a code, or a server that failed half-way: it may have been accepted.
    return Meaning(Verdict.UNKNOWN, f"http_{status}")
