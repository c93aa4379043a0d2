"""Somebody in simulated Lark who asks, their grant, and the tools that act for them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from larkbridge.agent.tools.all_tools import person_tools
from larkbridge.agent.tools.tool import Asker, Result
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.calendar_values import CalendarEvent, NewCalendarEvent
from larkbridge.lark.task_values import NewTask, Task
from larkbridge.lark.tasks import Tasks
from larkbridge.store.grants import Owner
from larkbridge.vault.known import Grant
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.scopes import EVERY_SCOPE
from tests.support.agent_tools import asker, named, run
from tests.support.chat_turns import said
from tests.support.lark import Platform

AN, NAMESAKE, HUONG = (person.open_id for person in PEOPLE)


class MemoryVault:
    """A vault whose tokens simulated Lark gives out, and what was asked of it."""

    def __init__(self, lark: Platform, scopes: Collection[str]) -> None:
        self._lark = lark
        self._scopes = scopes
        self.tokens: dict[str, str] = {}
        self.calendars: dict[str, str] = {}
        self.renewals: list[str] = []

    def access_token(self, open_id: str) -> str:
        return self.tokens.setdefault(open_id, self._issued(open_id))

    def renewed(self, owner: Owner, refused_token: str) -> str:
        assert self.tokens[owner.id] == refused_token
        self.renewals.append(owner.id)
        self.tokens[owner.id] = self._issued(owner.id)
        return self.tokens[owner.id]

    def grant(self, owner: Owner) -> Grant | None:
        now = self._lark.clock.now()
        return Grant(
            scopes=tuple(self._scopes),
            user_id="",
            primary_calendar_id=self.calendars.get(owner.id, ""),
            expires_at=now + timedelta(hours=2),
            refresh_expires_at=None,
            granted_at=now,
            used_at=None,
            reason="",
            log_id=None,
            key_id="",
        )

    def note_calendar(self, owner: Owner, calendar_id: str) -> None:
        self.calendars[owner.id] = calendar_id

    def _issued(self, open_id: str) -> str:
        return self._lark.api.tokens.user_tokens.issue(open_id, self._scopes)


class PersonWorld:
    """Simulated Lark, and people who ask there."""

    def __init__(self, scopes: Collection[str] = EVERY_SCOPE) -> None:
        self.lark = Platform()
        self.vault = MemoryVault(self.lark, scopes)
        self.tools = person_tools(self.lark.client, self.vault, self.lark.clock)

    def asker(self, words: str = "?", open_id: str = AN) -> Asker:
        return asker(
            said(words, open_id=open_id),
            now=self.lark.clock.now(),
            user_token=lambda: self.vault.access_token(open_id),
        )

    def ask(self, tool: str, words: str = "?", /, *, who: str = AN, **arguments: Any) -> Any:
        """Return what a tool tells the model."""
        return self.result(tool, words, who=who, **arguments).content

    def result(self, tool: str, words: str = "?", /, *, who: str = AN, **arguments: Any) -> Result:
        return run(named(self.tools, tool), self.asker(words, who), **arguments)

    def event(
        self, start: str, end: str, summary: str = "Buổi học thử", *, who: str = AN, **more: Any
    ) -> CalendarEvent:
        """Put an event into a person's own calendar."""
        calendars = Calendars(self.lark.client, self.vault.access_token(who))
        times: dict[str, Any] = {"start": datetime.fromisoformat(start), "end": datetime.fromisoformat(end)}
        event = NewCalendarEvent(summary=summary, **times | more)
        return calendars.create(calendars.primary(), event, f"{who}{start}{summary}")

    def task(self, summary: str, due: Any = None, *, who: str = AN) -> Task:
        """Give a person a task."""
        tasks = Tasks(self.lark.client, self.lark.clock, self.vault.access_token(who), who)
        return tasks.create(NewTask(summary=summary, due=due), f"{who}{summary}{due}")
