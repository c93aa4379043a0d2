"""Which texts the agent has; `larkbridge.agent.chat_texts` has them in both languages."""

from collections.abc import Mapping
from typing import NamedTuple

from larkbridge.processors.incoming_text import Kind
from larkbridge.routes import Scope


class Texts(NamedTuple):
    """One language's texts; a language that lacks one cannot be made."""

    welcome_title: str
    welcome: str
    prompts: tuple[str, str, str]
    connect_button: str
    connect_command: str
    help: str
    no_such_command: str
    no_model: str
    connect: str
    connect_unavailable: str
    disconnected: str
    disconnected_here_only: str
    was_not_connected: str
    new: str
    stopped: str
    no_right: str
    nothing_to_do: Mapping[str, str]
    connected: str
    renews: str
    renews_not: str
    may: str
    may_nothing: str
    reconnect: str
    lost_before: str
    lost_title: str
    lost: str
    not_connected: str
    staff_may: str
    staff_may_nothing: str
    staff_scopes: Mapping[Scope, str]
    model_status: str
    model_ready: str
    version: str
    reasons: Mapping[str, str]
    other_reason: str
    scopes: Mapping[str, str]
    kinds: Mapping[Kind, str]
    late: str
    given_up: str
    answered_privately: str
    not_answered_privately: str
