"""A person takes back what they let the app do."""

from larkbridge.clock import from_text
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.vault.token_vault import Disconnected, TokenVault


class Disconnecting:
    """Records what a person asks for, and does it."""

    def __init__(self, vault: TokenVault, audit: AuditStore) -> None:
        self._vault, self._audit = vault, audit

    def disconnect(self, turn: ChatTurn) -> Disconnected:
        """Forget the grant of the person whose turn it is, and have it revoked.

        The record comes first, so that nothing is forgotten without one; a repeated turn has one of them.

        Raises
        ------
        AwsUnavailableError
            When the grant is not deleted, or may not be.
        """
        owner = Owner(LARK_USER, turn.open_id)
        at = from_text(turn.sent_at)
        self._audit.add(AuditEntry(at=at, who=turn.open_id, what="disconnect", subject=owner.key))
        return self._vault.disconnect(owner)
