"""Everything that is done in Lark for people and by the bot, and which scopes it needs.

The scopes stand beside the methods; here they are for whoever sets an app up, or asks a person to agree.
"""

from collections.abc import Mapping

from larkbridge.lark.base import BaseTable
from larkbridge.lark.bot import Bot
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.cards import Cards
from larkbridge.lark.contacts import Contacts
from larkbridge.lark.free_busy import FreeBusy
from larkbridge.lark.messages import Messages
from larkbridge.lark.reactions import Reactions
from larkbridge.lark.task_lists import TaskLists
from larkbridge.lark.tasks import Tasks

AREAS = {
    "calendar": Calendars,
    "free_busy": FreeBusy,
    "tasks": Tasks,
    "task_lists": TaskLists,
    "contacts": Contacts,
    "messages": Messages,
    "reactions": Reactions,
    "cards": Cards,
    "bot": Bot,
    "base": BaseTable,
}


def scopes_by_operation() -> Mapping[str, tuple[str, ...]]:
    """Return the scopes of each operation, by names such as ``calendar.create``; all of them are needed."""
    return {f"{area}.{name}": scopes for area, held in AREAS.items() for name, scopes in held.SCOPES.items()}
