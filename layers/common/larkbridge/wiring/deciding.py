"""What follows from presses on cards that ask, wired when the first press comes."""

from larkbridge.agent.memory import Memory
from larkbridge.agent.pending.decisions import Acting, Decisions
from larkbridge.agent.responder import Accounts
from larkbridge.agent.tools.all_tools import all_changes
from larkbridge.lark.cards import Cards
from larkbridge.lark.client import LarkClient
from larkbridge.settings import ChatAgentSettings
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.pending_actions import PendingActionStore
from larkbridge.wiring.parts import Parts


def decisions(
    settings: ChatAgentSettings,
    lark: LarkClient,
    accounts: Accounts,
    conversations: ConversationStore,
    parts: Parts,
) -> Decisions:
    """Return what carries out what people decide."""
    vault, clock = accounts.vault(), parts.clock
    acting = Acting(all_changes(lark, vault, clock), vault.access_token, accounts.scopes_of)
    actions = PendingActionStore(settings.conversations_table)
    return Decisions(actions, acting, Cards(lark), Memory(conversations, clock), clock)
