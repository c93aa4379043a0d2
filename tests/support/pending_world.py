"""Somebody in simulated Lark who is asked on cards, and what their presses do there."""

import itertools
from collections.abc import Collection
from typing import Any

from larkbridge.agent.memory import Memory
from larkbridge.agent.pending.decisions import Acting, Decisions
from larkbridge.agent.pending.question_cards import Asking
from larkbridge.agent.speaker import LarkSpeaker
from larkbridge.agent.tools.all_tools import all_changes, writing_tools
from larkbridge.agent.tools.parent_cases import CaseChanges, Cases
from larkbridge.agent.tools.submission_changes import FormMoves
from larkbridge.agent.tools.tool import Asker
from larkbridge.clock import to_text
from larkbridge.forms.attachment import Attachments
from larkbridge.forms.corrections import Places
from larkbridge.forms.letting_go import LettingGo
from larkbridge.lark.cards import Cards
from larkbridge.lark.messages import Messages
from larkbridge.lark.reactions import Reactions
from larkbridge.lark.tasks import Tasks
from larkbridge.routes import Scope
from larkbridge.settings import FeedSettings
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.chat_queue import PLACE_CHAT, PLACE_IN_GROUP, PLACE_THREAD, ChatTurn, TurnKind
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.marketing_consent import MarketingConsentStore
from larkbridge.store.pending_actions import PendingAction, PendingActionStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.store.table import Table
from larkbridge.sync.config.registered import Registered
from sandbox.lark.chat_view import Line
from sandbox.lark.chats import BOT_NAME, P2P, Group, buttons
from sandbox.lark.scopes import EVERY_SCOPE
from tests.support.agent_tools import asker
from tests.support.centre import STAFF_CHAT
from tests.support.chat_turns import said
from tests.support.person_tools import AN, HUONG, PersonWorld

OWN, GROUP = P2P + AN, "oc_teachers"


class PendingWorld(PersonWorld):
    """A person with a calendar and tasks, whom the tools ask, in their own chat or in a group.

    Parameters
    ----------
    tables
        The synced tables; none is connected unless they are given.
    """

    def __init__(
        self,
        environ: dict[str, str],
        scopes: Collection[str] = EVERY_SCOPE,
        tables: Registered | None = None,
    ) -> None:
        super().__init__(scopes)
        lark, clock = self.lark.client, self.lark.clock
        self.lark.api.chats.groups[GROUP] = Group(GROUP, "Giáo viên", [AN, HUONG])
        self.chat = OWN
        self.scopes: frozenset[Scope] = frozenset()
        self.actions = PendingActionStore(environ["CONVERSATIONS_TABLE"])
        self.memory = Memory(ConversationStore(environ["CONVERSATIONS_TABLE"]), clock)
        speaker = LarkSpeaker(Messages(lark), Reactions(lark), reply_in_thread=True)
        self.asking = Asking(self.actions, speaker, clock)
        self.submissions = SubmissionStore(environ["SUBMISSIONS_TABLE"])
        rows = SourceRowStore(environ["SOURCE_ROWS_TABLE"])
        cases = Cases(lark, rows, tables or Registered(()))
        self.tools = (
            *self.tools,
            *writing_tools(lark, self.vault, self.submissions, cases, self.asking, (STAFF_CHAT,), clock),
        )
        self.deliveries = deliveries = DeliveryStore(environ["DELIVERIES_TABLE"])
        consents = MarketingConsentStore(self.submissions, environ["FORM_TRACES_TABLE"])
        places = Places(self.submissions, consents, Attachments(deliveries, ""))
        self._audit = Table(environ["AUDIT_TABLE"])
        audit = AuditStore(environ["AUDIT_TABLE"])
        letting_go = LettingGo(places, FeedSettings(environ), clock)
        moves = FormMoves(self.submissions, audit, letting_go, clock)
        case_changes = CaseChanges(cases, deliveries, audit)
        self.changes = all_changes(lark, self.vault, moves, case_changes, clock)
        self.decisions = Decisions(
            self.actions,
            Acting(self.changes, lambda owner: self.vault.access_token(owner.id), lambda _: self.scopes),
            Cards(lark),
            self.memory,
            clock,
        )
        self._presses = itertools.count(1)

    def asker(self, words: str = "?", open_id: str = AN) -> Asker:
        """Return who asks in a message that stands in the chat."""
        is_group = self.chat != OWN
        text = f"@bot {words}" if is_group else words
        chat_id = self.chat if is_group else P2P + open_id
        message_id = self.lark.api.chats.say(chat_id, open_id, text)
        turn = said(words, message_id=message_id, open_id=open_id, chat_id=chat_id, is_group=is_group)
        token, now = self.vault.access_token, self.lark.clock.now()
        return asker(turn, *self.scopes, now=now, user_token=lambda: token(open_id))

    def card(self, chat: str = OWN) -> Line:
        """Return the newest card in a chat as people see it."""
        lines = self.lark.api.chat_view.lines(chat)
        return next(line for line in reversed(lines) if line.sender == BOT_NAME)

    def press(self, label: str, *, who: str = AN, chat: str = OWN) -> ChatTurn:
        """Let somebody press a button of the newest card, and what follows happen; return the turn."""
        turn = self.pressed(label, who=who, chat=chat)
        self.decisions.press(turn)
        return turn

    def pressed(self, label: str, *, who: str = AN, chat: str = OWN) -> ChatTurn:
        """Return the turn of a press, of which nothing has followed."""
        message = self.lark.api.messages.find(self.card(chat).message_id)
        (button,) = [
            one for one in buttons(self.lark.api.messages.shown(message)) if one["text"]["content"] == label
        ]
        value: dict[str, Any] = button["value"]
        self.lark.clock.advance(seconds=1)
        return ChatTurn(
            kind=TurnKind.PRESS,
            event_id=f"press {next(self._presses)}",
            open_id=who,
            sent_at=to_text(self.lark.clock.now()),
            chat_id=value[PLACE_CHAT],
            is_group=value[PLACE_IN_GROUP],
            thread_id=value[PLACE_THREAD],
            message_id=message.message_id,
            action={name: part for name, part in value.items() if name != "card"},
        )

    def stored(self, turn: ChatTurn) -> PendingAction:
        found = self.actions.get(turn.decides)
        assert found is not None
        return found

    def audited(self) -> list[dict[str, Any]]:
        """Return what the Audit table has of this month."""
        month = ("month", to_text(self.lark.clock.now())[:7])
        return list(self._audit.query(None, month, None, newest_first=False))

    def events(self, day: str = "2026-12-04", who: str = AN) -> list[str]:
        """Return the titles and times of what stands in a person's calendar on a day."""
        found = self.ask("my_events", who=who, start=day, end=day)["events"]
        return [f"{one['title']} {one['inWords']}" for one in found]

    def tasks(self, *, completed: bool | None = None) -> list[str]:
        """Return the titles of the person's tasks."""
        tasks = Tasks(self.lark.client, self.lark.clock, self.vault.access_token(AN), AN)
        return [task.summary for task in tasks.mine(completed=completed)]
