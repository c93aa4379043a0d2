"""Why the vault gives no token."""

from larkbridge.errors import LarkbridgeError

ANSWER_LOST = "answer_lost"
"""The refresh token left and no answer came: the new pair, if there is one, is not with us."""
NO_REFRESH_TOKEN = "no_refresh_token"  # noqa: S105
REFRESH_TOKEN_EXPIRED = "refresh_token_expired"  # noqa: S105


class VaultKeyError(LarkbridgeError):
    """The vault's keys are missing or wrong, or are not those that a token was sealed with."""


class NotConnectedError(LarkbridgeError):
    """The owner has granted nothing, or has taken it back."""

    def __init__(self) -> None:
        super().__init__("not connected")


class ReconnectError(LarkbridgeError):
    """The owner has to consent again; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"to be connected again: {reason}")
        self.reason = reason
