"""A person takes back what they let the app do."""

from datetime import datetime
from functools import partial

from larkbridge.clock import from_text
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.grants import LARK_USER, Owner, StoredGrant
from larkbridge.store.table import Action
from larkbridge.vault.known import Disconnected
from larkbridge.vault.token_vault import TokenVault

NOT_CONNECTED = "not_connected"
"""Why an entry says that nothing was done."""


class Disconnecting:
    """Does what a person asks for, and records it."""

    def __init__(self, vault: TokenVault, audit: AuditStore) -> None:
        self._vault, self._audit = vault, audit

    def disconnect(self, turn: ChatTurn) -> Disconnected:
        """Have the grant of the person whose turn it is revoked, and forget it; two requests.

        The record is written together with the deletion. So a repeated turn goes on, finds by it that it is
        done, and there is one of them.

        Raises
        ------
        AwsUnavailableError
            When the grant is not deleted, or may not be.
        """
        owner, at = Owner(LARK_USER, turn.open_id), from_text(turn.sent_at)
        done = self._vault.disconnect(owner, at, partial(self._record, owner))
        if done.was_connected:
            return done
        before = self._audit.add(_entry(owner, at, NOT_CONNECTED))
        if before is None or before.failure == NOT_CONNECTED:
            return done
        return Disconnected(was_connected=True, revoked=not before.failure, failure=before.failure)

    def finish(self, grant: StoredGrant) -> None:
        """Go on with a disconnection that stopped on the way; raises as `disconnect`."""
        self._vault.finish_disconnecting(grant, partial(self._record, grant.owner))

    def _record(self, owner: Owner, at: datetime, failure: str) -> Action:
        return self._audit.add_action(_entry(owner, at, failure))


def _entry(owner: Owner, at: datetime, failure: str) -> AuditEntry:
    return AuditEntry(at=at, who=owner.id, what="disconnect", subject=owner.key, failure=failure)
