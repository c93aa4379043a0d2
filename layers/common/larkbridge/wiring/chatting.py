"""The answering of chat turns."""

from functools import cache
from typing import TYPE_CHECKING

from larkbridge.agent.handed_over import HandedOver
from larkbridge.agent.model_gate import KEY_SETTING, ModelGate
from larkbridge.agent.responder import Accounts, CommandResponder
from larkbridge.agent.speaker import LarkSpeaker
from larkbridge.agent.turns import Turns
from larkbridge.lark.bot import Bot
from larkbridge.lark.client import LarkClient
from larkbridge.lark.contacts import Contacts
from larkbridge.lark.messages import Messages
from larkbridge.lark.reactions import Reactions
from larkbridge.people.staff import Staff
from larkbridge.settings import ChatAgentSettings
from larkbridge.store.conversations import ConversationStore
from larkbridge.wiring.lark import lark_client
from larkbridge.wiring.parts import Parts

if TYPE_CHECKING:
    from larkbridge.agent.model.model_answers import ModelAnswers
    from larkbridge.agent.pending.decisions import Decisions
    from larkbridge.agent.staff_commands import StaffCommands
    from larkbridge.people.connecting import Connecting
    from larkbridge.people.disconnecting import Disconnecting
    from larkbridge.vault.token_vault import TokenVault


def chatting(settings: ChatAgentSettings | None = None, parts: Parts | None = None) -> HandedOver:
    """Return what takes turns from the queues."""
    settings, parts = settings or ChatAgentSettings(), parts or Parts()
    conversations = ConversationStore(settings.conversations_table)
    secrets = parts.secrets(settings.vault.private_secrets_id)
    client = lark_client(settings.vault.lark, parts, secrets)
    accounts = _accounts(settings, client, parts)
    speaker = LarkSpeaker(
        Messages(client), Reactions(client), reply_in_thread=settings.reply_in_thread == "on"
    )

    def answering() -> "ModelAnswers":
        from larkbridge.wiring.answering import model_answers

        return model_answers(settings, client, accounts, speaker, secrets, parts)

    @cache
    def deciding() -> "Decisions":
        from larkbridge.wiring.deciding import decisions

        return decisions(settings, client, accounts, conversations, parts)

    def staff_asking() -> "StaffCommands":
        from larkbridge.wiring.staff_asking import staff_commands

        return staff_commands(settings, accounts, speaker, parts)

    model = ModelGate(settings.model.model, lambda: bool(secrets.first(KEY_SETTING)), answering)
    responder = CommandResponder(
        Bot(client), accounts, conversations, model, deciding, staff_asking, parts.clock
    )
    return HandedOver(Turns(conversations, responder, speaker, parts.clock), settings.given_up_arn)


def _accounts(settings: ChatAgentSettings, client: LarkClient, parts: Parts) -> Accounts:
    """Return people's connections; most turns need none, so none is imported for them."""

    @cache
    def vault() -> "TokenVault":
        from larkbridge.wiring.vault import token_vault

        return token_vault(settings.vault, parts)

    @cache
    def connecting() -> "Connecting":
        from larkbridge.people.connecting import Connecting
        from larkbridge.store.connect_requests import ConnectRequestStore

        requests = ConnectRequestStore(settings.connect_requests_table)
        return Connecting(requests, settings.redirect_uri, parts.clock)

    @cache
    def disconnecting() -> "Disconnecting":
        from larkbridge.people.disconnecting import Disconnecting
        from larkbridge.store.audit_entries import AuditStore

        return Disconnecting(vault(), AuditStore(settings.audit_table))

    staff = Staff(settings.staff.staff, Contacts(client), parts.clock)
    return Accounts(vault, connecting, disconnecting, staff.scopes_of)
