"""Larkbridge's client of Lark behind the names that the contract suite has for it and for Lark's own SDK."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import httpx

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.calendar_values import NewCalendarEvent
from larkbridge.lark.cards import Cards
from larkbridge.lark.contacts import Contacts
from larkbridge.lark.files import Files
from larkbridge.lark.messages import Message, Messages
from larkbridge.lark.task_values import NewTask
from larkbridge.lark.tasks import Tasks
from sandbox.lark.tasks import PERSON
from tests.support.clock import SimulatedClock
from tests.support.lark import lark_client
from tests.support.lark_sdk_apis import APP_ID, APP_SECRET, Card, SdkRefusedError, Time


class LarkApis(Protocol):
    """What the suite asks of a client; moments are aware, whole days are dates."""

    def send_card(self, open_id: str, card: Card, uuid: str) -> str: ...
    def reply(self, message_id: str, words: str, uuid: str, *, in_thread: bool = False) -> str: ...
    def update_card(self, token: str, card: Card) -> None: ...
    def patch_card(self, message_id: str, card: Card) -> None: ...
    def primary_calendar(self) -> str: ...
    def create_event(self, calendar_id: str, summary: str, start: Time, end: Time, key: str) -> str: ...
    def events(self, calendar_id: str, start: datetime, end: datetime) -> list[tuple[str, Time, Time]]: ...
    def create_task(self, summary: str, due: Time | None, assignee: str, token: str) -> str: ...
    def task(self, guid: str) -> tuple[str, Time | None, bool]: ...
    def my_tasks(self, *, completed: bool | None = None) -> list[str]: ...
    def complete_task(self, guid: str) -> None: ...
    def reopen_task(self, guid: str) -> None: ...
    def person(self, user_id: str, id_type: str) -> tuple[str | None, str | None]: ...
    def ids_of(self, emails: Sequence[str], mobiles: Sequence[str]) -> dict[str, str]: ...
    def subscribe(self, app_token: str) -> None: ...
    def is_subscribed(self, app_token: str) -> bool: ...
    def unsubscribe(self, app_token: str) -> None: ...


def code_of(call: Callable[[], object]) -> int | None:
    """Return the code with which Lark refuses a call of either client."""
    try:
        call()
    except LarkApiError as error:
        return error.outcome.lark_code
    except SdkRefusedError as error:
        return error.code
    return None


class OurApis:
    """Larkbridge's own modules."""

    def __init__(self, network: httpx.BaseTransport, clock: SimulatedClock, user_token: str) -> None:
        client = lark_client(network, clock, app_id=APP_ID, app_secret=lambda: APP_SECRET)
        self._messages, self._cards, self._files = Messages(client), Cards(client), Files(client)
        self._calendars, self._contacts = Calendars(client), Contacts(client)
        self._tasks, self._my_tasks = Tasks(client, clock), Tasks(client, clock, user_token, PERSON)
        self.update_card, self.patch_card = self._cards.update, self._cards.patch
        self.primary_calendar = self._calendars.primary
        self.complete_task, self.reopen_task = self._tasks.complete, self._tasks.reopen
        self.subscribe, self.unsubscribe = self._files.subscribe, self._files.unsubscribe
        self.is_subscribed = self._files.is_subscribed

    def send_card(self, open_id: str, card: Card, uuid: str) -> str:
        return self._messages.send_card(open_id, "open_id", card, uuid)

    def reply(self, message_id: str, words: str, uuid: str, *, in_thread: bool = False) -> str:
        return self._messages.reply(message_id, Message("text", {"text": words}), uuid, in_thread=in_thread)

    def create_event(self, calendar_id: str, summary: str, start: Time, end: Time, key: str) -> str:
        event = NewCalendarEvent(summary=summary, start=start, end=end)
        return self._calendars.create(calendar_id, event, key).event_id

    def events(self, calendar_id: str, start: datetime, end: datetime) -> list[tuple[str, Time, Time]]:
        found = self._calendars.events(calendar_id, start, end)
        return [(event.summary, event.start, event.end) for event in found]

    def create_task(self, summary: str, due: Time | None, assignee: str, token: str) -> str:
        return self._tasks.create(NewTask(summary=summary, due=due, assignees=[assignee]), token).guid

    def task(self, guid: str) -> tuple[str, Time | None, bool]:
        task = self._tasks.get(guid)
        return task.summary, task.due, task.completed_at is not None

    def my_tasks(self, *, completed: bool | None = None) -> list[str]:
        return [task.summary for task in self._my_tasks.mine(completed=completed)]

    def person(self, user_id: str, id_type: str) -> tuple[str | None, str | None]:
        person = self._contacts.get(user_id, id_type)
        return person.name, person.mobile

    def ids_of(self, emails: Sequence[str], mobiles: Sequence[str]) -> dict[str, str]:
        return self._contacts.ids_of(emails=emails, mobiles=mobiles)
