"""What the contract suite asks of a client that acts for a person, and Larkbridge's modules behind it."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol

import httpx

from larkbridge.lark.bot import Bot
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.calendar_values import EventChange, NewCalendarEvent
from larkbridge.lark.contacts import Contacts
from larkbridge.lark.free_busy import FreeBusy
from larkbridge.lark.messages import Messages
from larkbridge.lark.reactions import Reactions
from larkbridge.lark.task_lists import TaskLists
from larkbridge.lark.task_values import NewTask, TaskChange
from larkbridge.lark.tasks import Tasks
from sandbox.lark.tasks import PERSON
from tests.support.clock import SimulatedClock
from tests.support.lark import lark_client
from tests.support.lark_sdk_apis import APP_ID, APP_SECRET

type Times = list[tuple[datetime, datetime]]


class LarkPeople(Protocol):
    """A person's calendars, and the bot's messages and reactions; moments are aware."""

    def bot(self) -> str: ...
    def search(self, query: str) -> list[tuple[str, str]]: ...
    def department(self, department_id: str) -> str: ...
    def react(self, message_id: str, emoji: str) -> str: ...
    def unreact(self, message_id: str, reaction_id: str) -> None: ...
    def message(self, message_id: str) -> tuple[str, str, dict[str, Any], bool]: ...
    def recall(self, message_id: str) -> None: ...
    def calendars(self) -> list[tuple[str, str]]: ...
    def primary(self) -> str: ...
    def create(self, calendar_id: str, summary: str, start: datetime, end: datetime, place: str) -> str: ...
    def rename(self, calendar_id: str, event_id: str, summary: str) -> str: ...
    def cancel(self, calendar_id: str, event_id: str) -> None: ...
    def instances(self, calendar_id: str, start: datetime, end: datetime) -> list[tuple[str, datetime]]: ...
    def invite(self, calendar_id: str, event_id: str, open_ids: Collection[str]) -> list[tuple[str, str]]: ...
    def busy(self, open_id: str, start: datetime, end: datetime) -> Times: ...
    def all_busy(self, open_ids: Collection[str], start: datetime, end: datetime) -> dict[str, Times]: ...
    def make_task(self, summary: str, description: str, assignee: str, follower: str) -> str: ...
    def change_task(self, guid: str, summary: str, *, cleared: str) -> tuple[str, str]: ...
    def delete_task(self, guid: str) -> None: ...
    def task_lists(self) -> list[tuple[str, str]]: ...
    def tasks_of_list(self, guid: str) -> list[str]: ...
    def sections(self, list_guid: str) -> list[tuple[str, str, bool]]: ...
    def tasks_of_section(self, guid: str) -> list[str]: ...


class OurPeople:
    """Larkbridge's own modules."""

    def __init__(self, network: httpx.BaseTransport, clock: SimulatedClock, user_token: str) -> None:
        client = lark_client(network, clock, app_id=APP_ID, app_secret=lambda: APP_SECRET)
        self._messages, self._reactions = Messages(client), Reactions(client)
        self._calendars, self._free_busy = Calendars(client, user_token), FreeBusy(client, user_token)
        self._tasks, self._lists = Tasks(client, clock, user_token, PERSON), TaskLists(client, user_token)
        self._people, self.delete_task = Contacts(client, user_token), self._tasks.delete
        self.bot, self.recall, self.primary = (
            Bot(client).open_id,
            self._messages.recall,
            self._calendars.primary,
        )
        self.react, self.unreact, self.cancel = (
            self._reactions.add,
            self._reactions.remove,
            self._calendars.delete,
        )

    def search(self, query: str) -> list[tuple[str, str]]:
        return [(one.open_id, one.name or "") for one in self._people.search(query)]

    def department(self, department_id: str) -> str:
        return self._people.department(department_id)

    def message(self, message_id: str) -> tuple[str, str, dict[str, Any], bool]:
        found = self._messages.get(message_id)
        return found.sender_id, found.chat_id, json.loads(found.content), found.is_deleted

    def calendars(self) -> list[tuple[str, str]]:
        return [(one.calendar_id, one.kind) for one in self._calendars.all()]

    def create(self, calendar_id: str, summary: str, start: datetime, end: datetime, place: str) -> str:
        event = NewCalendarEvent(summary=summary, start=start, end=end, location=place)
        return self._calendars.create(calendar_id, event, f"{summary} {start}").event_id

    def rename(self, calendar_id: str, event_id: str, summary: str) -> str:
        return self._calendars.change(calendar_id, event_id, EventChange(summary=summary)).summary

    def instances(self, calendar_id: str, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
        found = self._calendars.instances(calendar_id, start, end)
        return [(event.summary, event.start) for event in found if isinstance(event.start, datetime)]

    def invite(self, calendar_id: str, event_id: str, open_ids: Collection[str]) -> list[tuple[str, str]]:
        return [(one.open_id, one.name) for one in self._calendars.invite(calendar_id, event_id, open_ids)]

    def busy(self, open_id: str, start: datetime, end: datetime) -> Times:
        return [(one.start, one.end) for one in self._free_busy.of(open_id, start, end)]

    def all_busy(self, open_ids: Collection[str], start: datetime, end: datetime) -> dict[str, Times]:
        found = self._free_busy.of_many(open_ids, start, end)
        return {open_id: [(one.start, one.end) for one in busy] for open_id, busy in found.items()}

    def make_task(self, summary: str, description: str, assignee: str, follower: str) -> str:
        task = NewTask(summary=summary, description=description, assignees=[assignee], followers=[follower])
        return self._tasks.create(task, summary).guid

    def change_task(self, guid: str, summary: str, *, cleared: str) -> tuple[str, str]:
        assert cleared == "description"
        changed = self._tasks.change(guid, TaskChange(summary=summary, cleared=frozenset({"description"})))
        return changed.summary, changed.description

    def task_lists(self) -> list[tuple[str, str]]:
        return [(one.guid, one.name) for one in self._lists.all()]

    def tasks_of_list(self, guid: str) -> list[str]:
        return [task.summary for task in self._lists.tasks(guid)]

    def sections(self, list_guid: str) -> list[tuple[str, str, bool]]:
        return [(one.guid, one.name, one.is_default) for one in self._lists.sections(list_guid)]

    def tasks_of_section(self, guid: str) -> list[str]:
        return [task.summary for task in self._lists.tasks_of_section(guid)]
