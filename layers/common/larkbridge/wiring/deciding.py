"""What follows from presses on cards that ask, wired when the first press comes."""

from larkbridge.agent.memory import Memory
from larkbridge.agent.pending.decisions import Acting, Decisions
from larkbridge.agent.responder import Accounts
from larkbridge.agent.tools.all_tools import all_changes
from larkbridge.agent.tools.parent_cases import CaseChanges, Cases
from larkbridge.agent.tools.submission_changes import FormMoves
from larkbridge.forms.attachment import Attachments
from larkbridge.forms.corrections import Places
from larkbridge.forms.letting_go import LettingGo
from larkbridge.lark.cards import Cards
from larkbridge.lark.client import LarkClient
from larkbridge.settings import ChatAgentSettings
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.marketing_consent import MarketingConsentStore
from larkbridge.store.pending_actions import PendingActionStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.sync.config.registered import Registered
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.staff_asking import staff_changes


def decisions(
    settings: ChatAgentSettings,
    lark: LarkClient,
    accounts: Accounts,
    conversations: ConversationStore,
    parts: Parts,
) -> Decisions:
    """Return what carries out what people decide."""
    vault, clock = accounts.vault(), parts.clock
    ours, staffs = _form_moves(settings, parts), staff_changes(settings, clock)
    cases = _case_changes(settings, lark)
    changes = {**all_changes(lark, vault, ours, cases, clock), **staffs.changes()}
    acting = Acting(changes, vault.access_token, accounts.scopes_of)
    actions = PendingActionStore(settings.conversations_table)
    return Decisions(actions, acting, Cards(lark), Memory(conversations, clock), clock)


def _case_changes(settings: ChatAgentSettings, lark: LarkClient) -> CaseChanges:
    centre = settings.centre
    cases = Cases(lark, SourceRowStore(centre.source_rows_table), Registered(centre.places))
    return CaseChanges(cases, DeliveryStore(centre.deliveries_table), AuditStore(settings.audit_table))


def _form_moves(settings: ChatAgentSettings, parts: Parts) -> FormMoves:
    centre = settings.centre
    submissions = SubmissionStore(centre.submissions_table)
    consents = MarketingConsentStore(submissions, centre.traces_table)
    places = Places(submissions, consents, Attachments(DeliveryStore(centre.deliveries_table), ""))
    letting_go = LettingGo(places, centre.feeds, parts.clock)
    return FormMoves(submissions, AuditStore(settings.audit_table), letting_go, parts.clock)
