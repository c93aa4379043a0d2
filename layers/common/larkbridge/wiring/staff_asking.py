"""The staff's commands, wired when the first is given."""

from larkbridge.agent.pending.question_cards import Asking
from larkbridge.agent.responder import Accounts
from larkbridge.agent.speaker import LarkSpeaker
from larkbridge.agent.staff_changes import StaffChanges
from larkbridge.agent.staff_commands import StaffCommands
from larkbridge.clock import Clock
from larkbridge.settings import ChatAgentSettings
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.pending_actions import PendingActionStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.store.sync_progress import SyncStateStore
from larkbridge.sync.config.registered import Registered
from larkbridge.wiring.parts import Parts


def staff_changes(settings: ChatAgentSettings, clock: Clock) -> StaffChanges:
    """Return what is done once somebody has agreed."""
    centre = settings.centre
    return StaffChanges(
        SubmissionStore(centre.submissions_table),
        DeliveryStore(centre.deliveries_table),
        Registered(centre.places),
        SyncStateStore(centre.sync_state_table),
        AuditStore(settings.audit_table),
        clock,
    )


def staff_commands(
    settings: ChatAgentSettings, accounts: Accounts, speaker: LarkSpeaker, parts: Parts
) -> StaffCommands:
    """Return what asks first."""
    clock, staff_chats = parts.clock, (*settings.centre.staff_chats, settings.morning_chat_id)
    asking = Asking(PendingActionStore(settings.conversations_table), speaker, clock)
    vault = accounts.vault()
    return StaffCommands(
        asking,
        staff_changes(settings, clock),
        accounts.scopes_of,
        vault.access_token,
        staff_chats,
        clock,
    )
