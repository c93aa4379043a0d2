"""What a grant gives: an access token and, to renew it, a refresh token."""

from datetime import datetime
from typing import NamedTuple


class TokenPair(NamedTuple):
    """Tokens as they were just issued; neither is ever shown or logged.

    `refresh_token` is empty where the other side gave none, and then the grant ends with the access token.
    """

    access_token: str
    expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime | None
    scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"TokenPair(expires_at={self.expires_at}, scopes={self.scopes})"
