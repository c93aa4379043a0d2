"""What a kind of change does when somebody has agreed to it, and how it says what came of it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from larkbridge.agent.pending.pending_wording import PendingTexts
from larkbridge.agent.tools.tool import Asker
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.permissions import AppScopeMissingError, NotAgreedError, UserTokenInvalidError
from larkbridge.observability import logger
from larkbridge.routes import Scope
from larkbridge.store.pending_actions import PendingAction
from larkbridge.vault.refusals import NotConnectedError, ReconnectError, VaultKeyError
from larkbridge.work.outcome import Verdict


class NotDoneError(Exception):
    """It was not done, and nothing has changed; `reason` is one of `PendingTexts.reasons`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Step(NamedTuple):
    """What is to be done now, for whom.

    Attributes
    ----------
    note
        Stores what the next try or the undoing needs, beside what was noted before, ere it is relied on.
    """

    action: PendingAction
    asker: Asker
    texts: PendingTexts
    note: Callable[[Mapping[str, Any]], None]

    @property
    def arguments(self) -> Mapping[str, Any]:
        return self.action.arguments

    @property
    def progress(self) -> Mapping[str, Any]:
        return self.action.progress


class Change(NamedTuple):
    """One kind of change; doing it may be tried any number of times, in effect once.

    Attributes
    ----------
    do
        Does it; returns what is to be said beside the usual, empty for nothing. Raises NotDoneError,
        LarkApiError, AwsUnavailableError, and as `TokenVault.access_token` does.
    undo
        Takes it back and raises as `do` does; None where that cannot be.
    needs
        What the person must still be allowed to do with the centre's own data.
    """

    do: Callable[[Step], str]
    undo: Callable[[Step], None] | None = None
    needs: Scope | None = None


REFUSALS = (NotDoneError, LarkApiError, NotConnectedError, ReconnectError, VaultKeyError)
"""What `why` takes."""
PASSING = (AppScopeMissingError, NotAgreedError, NotConnectedError, ReconnectError, VaultKeyError)
"""What somebody can set right, after which it can be done."""


def why(error: Exception, texts: PendingTexts) -> str:
    """Return in words why something was not done; raises what may still be done when it is tried again."""
    match error:
        case NotDoneError():
            reason = error.reason
        case AppScopeMissingError():
            reason = "app_scope"
        case NotAgreedError():
            reason = "not_agreed"
        case LarkApiError() if not isinstance(error, UserTokenInvalidError):
            if error.outcome.verdict is not Verdict.REJECT:
                raise error
            reason = error.outcome.reason
        case VaultKeyError():
            reason = "vault"
        case _:
            reason = "not_connected"
    logger.warning("change refused", reason=reason)
    return texts.reasons.get(reason) or texts.other_reason.format(reason=reason)
