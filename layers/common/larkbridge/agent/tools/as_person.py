"""Calls of Lark as the person who asks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from larkbridge.agent.tools.tool import Asker
from larkbridge.lark.permissions import UserTokenInvalidError
from larkbridge.store.grants import LARK_USER, Owner

if TYPE_CHECKING:
    from larkbridge.vault.known import Grant


class Vault(Protocol):
    """What is needed of `larkbridge.vault.token_vault.TokenVault`."""

    def renewed(self, owner: Owner, refused_token: str) -> str: ...

    def grant(self, owner: Owner) -> "Grant | None": ...

    def note_calendar(self, owner: Owner, calendar_id: str) -> None: ...


def as_person[T](asker: Asker, vault: Vault, act: Callable[[str], T]) -> T:
    """Do something with the access token of the person who asks; if Lark refuses it, once more with another.

    Raises
    ------
    NotConnectedError, ReconnectError, VaultKeyError
        As `TokenVault.access_token` does.
    UserTokenInvalidError
        When Lark refuses the other one too; whatever else `act` raises passes.
    """
    token = asker.user_token()
    try:
        return act(token)
    except UserTokenInvalidError:
        return act(vault.renewed(owner_of(asker), token))


def owner_of(asker: Asker) -> Owner:
    """Return whose grant the asker's is."""
    return Owner(LARK_USER, asker.turn.open_id)
