"""Each operation says which scopes it needs: those are enough, and without any of them it is refused."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from larkbridge.lark.base import Base, BaseTable
from larkbridge.lark.bot import Bot
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.calendar_values import EventChange, NewCalendarEvent
from larkbridge.lark.cards import Cards
from larkbridge.lark.contacts import Contacts
from larkbridge.lark.free_busy import FreeBusy
from larkbridge.lark.messages import Message, Messages
from larkbridge.lark.operations import AREAS, scopes_by_operation
from larkbridge.lark.permissions import AppScopeMissingError, NotAgreedError
from larkbridge.lark.reactions import Reactions
from larkbridge.lark.task_lists import TaskLists
from larkbridge.lark.task_values import NewTask, TaskChange
from larkbridge.lark.tasks import Tasks
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.scopes import EVERY_SCOPE
from tests.support.lark import Platform
from tests.support.template import ROOT

AN, _, HUONG = (person.open_id for person in PEOPLE)
NINE = datetime(2026, 9, 1, 2, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
EVENT = NewCalendarEvent(summary="Họp", start=NINE, end=TEN)
CARD = {"config": {"update_multi": True}, "elements": []}
HELLO = Message("text", {"text": "Chào"})
TABLE = ("app1", "tbl1")
DOCUMENT = ROOT / "docs" / "lark-scopes.md"


class World:
    """A platform with one of everything, and a person's token for some scopes."""

    def __init__(self) -> None:
        self.lark = Platform()
        self.client = self.lark.client
        api = self.lark.api
        self.question = api.messages.receive("oc_1", "?")
        self.own = api.calendar.primary_of(AN)
        everything = api.tokens.user_tokens.issue(AN, EVERY_SCOPE)
        self.event = Calendars(self.client, everything).create(self.own, EVENT, "key").event_id
        self.task = Tasks(self.client, self.lark.clock, everything, AN).create(NewTask(summary="x"), "k").guid
        self.list = api.tasks.lists.put("Lớp 3A", AN)
        (self.section,) = api.tasks.lists.all[self.list].sections
        self.card = Messages(self.client).send_card("ou_1", "open_id", CARD, "uuid")
        self.press = api.cards.press(self.card)
        self.reaction = Reactions(self.client).add(self.question, "OK")
        api.bases.put(*TABLE, "rec1", {"Tên": "An"})
        self.token = ""

    def agree(self, *scopes: str) -> None:
        self.token = self.lark.api.tokens.user_tokens.issue(AN, scopes)

    @property
    def calendars(self) -> Calendars:
        return Calendars(self.client, self.token)

    @property
    def free_busy(self) -> FreeBusy:
        return FreeBusy(self.client, self.token)

    @property
    def tasks(self) -> Tasks:
        return Tasks(self.client, self.lark.clock, self.token, AN)

    @property
    def lists(self) -> TaskLists:
        return TaskLists(self.client, self.token)

    @property
    def contacts(self) -> Contacts:
        return Contacts(self.client, self.token)

    @property
    def table(self) -> BaseTable:
        return Base(self.client, self.token).table(*TABLE)


UUID = "fe599b60-450f-46ff-b2ef-9f6675625b97"
AS_PERSON: dict[str, Callable[[World], Any]] = {
    "calendar.all": lambda world: list(world.calendars.all()),
    "calendar.primary": lambda world: world.calendars.primary(),
    "calendar.events": lambda world: world.calendars.events(world.own, NINE, TEN),
    "calendar.instances": lambda world: world.calendars.instances(world.own, NINE, TEN),
    "calendar.get": lambda world: world.calendars.get(world.own, world.event),
    "calendar.create": lambda world: world.calendars.create(world.own, EVENT, "key-2"),
    "calendar.change": lambda world: world.calendars.change(world.own, world.event, EventChange(summary="x")),
    "calendar.delete": lambda world: world.calendars.delete(world.own, world.event),
    "calendar.invite": lambda world: world.calendars.invite(world.own, world.event, [HUONG]),
    "free_busy.of": lambda world: world.free_busy.of(HUONG, NINE, TEN),
    "free_busy.of_many": lambda world: world.free_busy.of_many([HUONG], NINE, TEN),
    "tasks.mine": lambda world: list(world.tasks.mine()),
    "tasks.get": lambda world: world.tasks.get(world.task),
    "tasks.create": lambda world: world.tasks.create(NewTask(summary="y"), "key-2"),
    "tasks.change": lambda world: world.tasks.change(world.task, TaskChange(summary="y")),
    "tasks.complete": lambda world: [world.tasks.complete(world.task) for _ in range(2)],
    "tasks.reopen": lambda world: world.tasks.reopen(world.task),
    "tasks.delete": lambda world: world.tasks.delete(world.task),
    "task_lists.all": lambda world: list(world.lists.all()),
    "task_lists.tasks": lambda world: list(world.lists.tasks(world.list)),
    "task_lists.sections": lambda world: list(world.lists.sections(world.list)),
    "task_lists.own_sections": lambda world: list(world.lists.own_sections()),
    "task_lists.tasks_of_section": lambda world: list(world.lists.tasks_of_section(world.section)),
    "contacts.get": lambda world: world.contacts.get(HUONG),
    "contacts.search": lambda world: world.contacts.search("Hương"),
    "contacts.department": lambda world: world.contacts.department("od_office"),
    "base.columns": lambda world: world.table.columns(),
    "base.search": lambda world: world.table.search(),
    "base.get": lambda world: world.table.get(["rec1"]),
    "base.get_one": lambda world: world.table.get_one("rec1"),
    "base.create": lambda world: world.table.create({"Tên": "x"}, UUID),
    "base.update": lambda world: world.table.update("rec1", {"Tên": "x"}),
    "base.delete": lambda world: world.table.delete("rec1"),
    "base.create_many": lambda world: world.table.create_many([{"Tên": "x"}], UUID),
    "base.update_many": lambda world: world.table.update_many({"rec1": {"Tên": "x"}}),
    "base.delete_many": lambda world: world.table.delete_many(["rec1"]),
}
AS_APP: dict[str, Callable[[World], Any]] = {
    "contacts.ids_of": lambda world: Contacts(world.client).ids_of(emails=["an@school.test"]),
    "messages.send": lambda world: Messages(world.client).send("ou_1", "open_id", HELLO, "u1"),
    "messages.send_card": lambda world: Messages(world.client).send_card("ou_1", "open_id", CARD, "u1"),
    "messages.reply": lambda world: Messages(world.client).reply(world.question, HELLO, "u1"),
    "messages.get": lambda world: Messages(world.client).get(world.question),
    "messages.recall": lambda world: Messages(world.client).recall(world.card),
    "reactions.add": lambda world: Reactions(world.client).add(world.question, "DONE"),
    "reactions.remove": lambda world: Reactions(world.client).remove(world.question, world.reaction),
    "cards.update": lambda world: Cards(world.client).update(world.press, CARD),
    "cards.patch": lambda world: Cards(world.client).patch(world.card, CARD),
    "bot.open_id": lambda world: Bot(world.client).open_id(),
}


def test_every_operation_says_what_it_needs() -> None:
    for held in AREAS.values():
        methods = {name for name, _ in inspect.getmembers(held, inspect.isfunction) if name[0] != "_"}
        assert held.SCOPES.keys() == methods
    assert scopes_by_operation().keys() == AS_PERSON.keys() | AS_APP.keys()


@pytest.mark.parametrize("name", AS_PERSON)
def test_a_person_who_has_agreed_to_the_least_is_not_asked_again(name: str) -> None:
    world, needed = World(), scopes_by_operation()[name]
    world.agree("offline_access")
    with pytest.raises(NotAgreedError) as caught:
        AS_PERSON[name](world)
    assert caught.value.scopes[0] in needed
    world.agree(*needed)
    AS_PERSON[name](world)


@pytest.mark.parametrize("name", [*AS_PERSON, *(name for name in AS_APP if scopes_by_operation()[name])])
def test_an_administrator_who_has_switched_the_least_on_is_not_asked_again(name: str) -> None:
    world, needed = World(), scopes_by_operation()[name]
    world.agree(*EVERY_SCOPE)
    call = {**AS_PERSON, **AS_APP}[name]
    world.lark.api.tokens.user_tokens.app_scopes = set()
    with pytest.raises(AppScopeMissingError) as caught:
        call(world)
    assert caught.value.scopes[0] in needed
    world.lark.api.tokens.user_tokens.app_scopes = set(needed)
    call(world)


@pytest.mark.parametrize("name", [name for name in AS_APP if not scopes_by_operation()[name]])
def test_what_needs_no_scope_needs_none(name: str) -> None:
    world = World()
    world.lark.api.tokens.user_tokens.app_scopes = set()
    AS_APP[name](world)


def test_the_document_has_every_operation_and_its_scopes() -> None:
    rows = [line.split("|")[1:-1] for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]
    documented = {
        name.strip().strip("`"): tuple(part for part in scopes.replace("`", " ").replace(",", " ").split())
        for name, _, scopes in rows
    }
    assert documented == {name: scopes or ("–",) for name, scopes in scopes_by_operation().items()}
