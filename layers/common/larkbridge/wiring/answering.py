"""The bot's answers by a model, wired when the first question comes: imports are slow, and somebody waits."""

from functools import partial

from larkbridge.agent.model.loop import Loop, ModelOptions
from larkbridge.agent.model.model_answers import ModelAnswers, Surroundings
from larkbridge.agent.model.model_client import ModelClient
from larkbridge.agent.model_gate import KEY_SETTING
from larkbridge.agent.responder import SCOPES, Accounts
from larkbridge.agent.speaker import LarkSpeaker
from larkbridge.aws import Secrets
from larkbridge.lark.client import LarkClient
from larkbridge.lark.messages import Messages
from larkbridge.settings import ChatAgentSettings
from larkbridge.store.model_turns import ModelTurnStore
from larkbridge.wiring.agent_tools import agent_tools
from larkbridge.wiring.parts import Parts


def model_answers(
    settings: ChatAgentSettings,
    lark: LarkClient,
    accounts: Accounts,
    speaker: LarkSpeaker,
    secrets: Secrets,
    parts: Parts,
) -> ModelAnswers:
    """Return what answers words."""
    chosen, vault = settings.model, accounts.vault()
    client = ModelClient(partial(_key, secrets), chosen.base_url)
    around = Surroundings(
        vault=vault,
        scopes_of=accounts.scopes_of,
        staff_chats=settings.centre.staff_chats,
        ask_consent=accounts.connecting().ask,
        messages=Messages(lark),
        note=speaker.note,
        clock=parts.clock,
    )
    tools = agent_tools(settings, lark, vault, speaker, parts)
    loop = Loop(client, tools, ModelOptions(chosen.model, chosen.effort, chosen.max_tokens))
    turns = ModelTurnStore(settings.conversations_table, parts.clock.sleep)
    return ModelAnswers(turns, loop, around, chosen.daily_tokens, SCOPES)


def _key(secrets: Secrets) -> str:
    return secrets.all(KEY_SETTING, required=True)[0]
