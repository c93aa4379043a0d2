"""Commands of the staff that change something: each asks on a card first, as the model's tools do."""

from collections.abc import Callable, Collection
from functools import partial

from larkbridge.agent.chat_wording import Texts
from larkbridge.agent.commands import Command
from larkbridge.agent.pending.in_words import texts_of
from larkbridge.agent.pending.question_cards import Asking, Proposal
from larkbridge.agent.protocols import Answer
from larkbridge.agent.staff_changes import RETRY_ALL, RIGHTS, SYNC_ALL, StaffChanges
from larkbridge.agent.tools.tool import Asker
from larkbridge.clock import Clock
from larkbridge.routes import Scope
from larkbridge.staff_chat.morning_report import counted
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.store.pending_actions import Fact

_ASKED = {Command.RETRY: RETRY_ALL, Command.SYNC: SYNC_ALL}


class StaffCommands:
    """Asks before anything is done.

    Parameters
    ----------
    scopes_of
        What a person may do with the centre's own data.
    access_token
        As `TokenVault.access_token`.
    staff_chats
        AGENT_STAFF_CHATS and MORNING_CHAT_ID: elsewhere only who asked learns what there is to do.
    """

    def __init__(
        self,
        asking: Asking,
        changes: StaffChanges,
        scopes_of: Callable[[str], frozenset[Scope]],
        access_token: Callable[[Owner], str],
        staff_chats: Collection[str],
        clock: Clock,
    ) -> None:
        self._asking = asking
        self._changes = changes
        self._scopes_of = scopes_of
        self._access_token = access_token
        self._staff_chats = staff_chats
        self._clock = clock

    def ask(self, turn: ChatTurn, command: Command, texts: Texts) -> Answer | None:
        """Show a card with what would be done; return an answer where nothing can be, or not by this person.

        At most two dozen requests to count, one more for each hundred, and what `Asking.ask` costs.
        """
        tool, scopes = _ASKED[command], self._scopes_of(turn.open_id)
        if RIGHTS[tool] not in scopes:
            return Answer(texts.no_right)
        facts, personal = self._facts(turn, tool), turn.chat_id not in self._staff_chats
        if not facts:
            return Answer(texts.nothing_to_do[tool], private=personal)
        token = partial(self._access_token, Owner(LARK_USER, turn.open_id))
        asker = Asker(turn, scopes, self._clock.now(), token)
        warning = texts_of(turn).warnings.get(tool, "")
        self._asking.ask(asker, Proposal(tool, {}, facts, warning, personal=personal))
        return None

    def _facts(self, turn: ChatTurn, tool: str) -> list[Fact]:
        """Return what the person reads; nothing when there is nothing to do."""
        labels = texts_of(turn).labels
        if tool == SYNC_ALL:
            names = self._changes.connected_tables()
            return [Fact(label=labels["tables"], text=", ".join(names))] if names else []
        found = {
            "forms": counted(self._changes.failed_forms()),
            "deliveries": counted(self._changes.failed_deliveries()),
        }
        return [Fact(label=labels[name], text=one.words) for name, one in found.items() if one.number]
