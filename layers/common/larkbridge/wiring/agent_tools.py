"""The tools of the bot's model; they and what they need are imported when a question comes."""

from larkbridge.agent.pending.question_cards import Asking
from larkbridge.agent.speaker import LarkSpeaker
from larkbridge.agent.tools.all_tools import CentreData, reading_tools, writing_tools
from larkbridge.agent.tools.as_person import Vault
from larkbridge.agent.tools.parent_cases import Cases
from larkbridge.agent.tools.tool import Tool
from larkbridge.lark.client import LarkClient
from larkbridge.settings import ChatAgentSettings
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.pending_actions import PendingActionStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.store.sync_progress import SyncStateStore
from larkbridge.sync.config.registered import Registered
from larkbridge.wiring.parts import Parts


def agent_tools(
    settings: ChatAgentSettings, lark: LarkClient, vault: Vault, speaker: LarkSpeaker, parts: Parts
) -> tuple[Tool, ...]:
    """Return every tool, always in the same order."""
    centre = settings.centre
    data = CentreData(
        submissions=SubmissionStore(centre.submissions_table),
        deliveries=DeliveryStore(centre.deliveries_table),
        tables=Registered(centre.places),
        mirror_rows=MirrorRowStore(centre.mirror_rows_table),
        source_rows=SourceRowStore(centre.source_rows_table),
        sync_states=SyncStateStore(centre.sync_state_table),
        audit=AuditStore(settings.audit_table),
    )
    asking = Asking(PendingActionStore(settings.conversations_table), speaker, parts.clock)
    cases = Cases(lark, data.source_rows, data.tables)
    return (
        *reading_tools(lark, vault, data, centre.staff_chats, parts.clock),
        *writing_tools(lark, vault, data.submissions, cases, asking, centre.staff_chats, parts.clock),
    )
