"""What a call to Lark that did not succeed is raised as."""

from larkbridge.errors import LarkbridgeError
from larkbridge.lark.error_codes import RECORD_NOT_FOUND, REFRESH_DISABLED, REFRESH_TOKEN_INVALID
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


class GrantEndedError(LarkApiError):
    """The other side gives no more tokens for this grant: whoever gave it has to give it again.

    Its verdict is reject.
    """


class RecordNotFoundError(LarkApiError):
    """The Base has no such record."""


_TYPED = {
    RECORD_NOT_FOUND: RecordNotFoundError,
    REFRESH_TOKEN_INVALID: GrantEndedError,
    REFRESH_DISABLED: GrantEndedError,
}


def error_of(outcome: Outcome) -> LarkApiError:
    """Return the error that an outcome other than ok becomes."""
    return _TYPED.get(outcome.reason, LarkApiError)(outcome)


def incomplete(message: str, verdict: Verdict = Verdict.RETRY) -> LarkApiError:
    """Return the error of an answer that lacks what it must have; its verdict is unknown after a write."""
    return error_of(Outcome(verdict=verdict, reason="incomplete_answer", message=message))
