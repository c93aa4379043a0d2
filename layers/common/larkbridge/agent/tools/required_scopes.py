"""Whether a person has agreed to what a tool will need once they have pressed."""

from collections.abc import Collection

from larkbridge.agent.tools.as_person import Vault, owner_of
from larkbridge.agent.tools.tool import Asker
from larkbridge.lark.answers import refused
from larkbridge.lark.permissions import NotAgreedError
from larkbridge.vault.refusals import NotConnectedError


def require_consent(asker: Asker, vault: Vault, scopes: Collection[str]) -> None:
    """Raise before anything is asked that could not be done then; one request.

    Raises
    ------
    NotConnectedError
        When the person has granted nothing.
    NotAgreedError
        When they have not granted all of the scopes.
    """
    grant = vault.grant(owner_of(asker))
    if grant is None:
        raise NotConnectedError
    if missing := [scope for scope in scopes if scope not in grant.scopes]:
        raise NotAgreedError(refused("scope_not_granted", "the person has not agreed to it"), missing)
