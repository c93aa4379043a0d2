"""Lark's open platform as one app sees it, and the control routes where tests look."""

from collections.abc import Callable, Collection

from sandbox.faults import FaultSwitch, fault_routes
from sandbox.lark.accounts import Accounts
from sandbox.lark.accounts_control import accounts_control_routes
from sandbox.lark.attendees import Attendees
from sandbox.lark.base_control import CONTROL, base_control_routes, event_control_routes
from sandbox.lark.base_events import BaseEvents
from sandbox.lark.bases import Bases
from sandbox.lark.bot import Bot
from sandbox.lark.calendar import EventBook
from sandbox.lark.cards import CardUpdates
from sandbox.lark.chat_control import chat_control_routes
from sandbox.lark.chat_view import ChatView
from sandbox.lark.chats import Chats
from sandbox.lark.contacts import Directory
from sandbox.lark.event_push import EventPush
from sandbox.lark.files import FileSubscriptions
from sandbox.lark.free_busy import FreeBusy
from sandbox.lark.message_control import message_control_routes
from sandbox.lark.messages import MessageBox
from sandbox.lark.platform import Platform
from sandbox.lark.reactions import Reactions
from sandbox.lark.tasks import TaskBoard
from sandbox.lark.tenant_tokens import TenantTokens
from sandbox.lark.user_control import user_control_routes
from sandbox.routing import Route

TOKEN_PATH = "/open-apis/auth/v3/tenant_access_token/internal"  # noqa: S105


class OpenApi:
    """The APIs that Larkbridge calls.

    Parameters
    ----------
    now
        The time in unix seconds.
    app_id, app_secrets
        The credential that is accepted; without a secret, none.

    Attributes
    ----------
    faults
        What goes wrong, by area.
    """

    def __init__(self, now: Callable[[], float], app_id: str, app_secrets: Collection[str]) -> None:
        self.tokens = TenantTokens(now, app_id, app_secrets)
        self.events = EventPush(now, app_id)
        self.files = FileSubscriptions(
            lambda app_token: self.bases.has_base(app_token),
            lambda app_token: app_token in self.bases.closed,
        )
        self.bases = Bases(now, BaseEvents(self.events, self.files.subscribed))
        self.messages = MessageBox(now, app_id)
        self.reactions = Reactions(now, self.messages, app_id, self.tokens.owner)
        self.bot = Bot()
        self.cards = CardUpdates(now, self.messages)
        self.contacts = Directory(self.tokens.scopes)
        self.calendar = EventBook(now, self.tokens.owner)
        self.attendees = Attendees(self.calendar, self.contacts)
        self.free_busy = FreeBusy(self.calendar, self.contacts)
        self.tasks = TaskBoard(now, app_id, self.tokens.owner)
        self.accounts = Accounts(now, app_id, app_secrets, self.contacts, self.tokens.user_tokens)
        self.chats = Chats(now, self.messages, self.cards, self.bot, self.contacts, self.events)
        self.chat_view = ChatView(self.messages, self.reactions, self.contacts)
        self._areas = {
            "base": self.bases,
            "messages": self.messages,
            "cards": self.cards,
            "reactions": self.reactions,
            "bot": self.bot,
            "calendar": self.calendar,
            "tasks": self.tasks,
            "contacts": self.contacts,
            "files": self.files,
        }
        self.faults: dict[str, FaultSwitch] = {
            "token": FaultSwitch(),
            "base/reads": self.bases.read_faults,
            "base/writes": self.bases.write_faults,
            **{name: area.faults for name, area in self._areas.items()},
            **{f"accounts/{name}": switch for name, switch in self.accounts.faults.items()},
        }
        self._platform = Platform(now, self.tokens)

    def accept(self, app_secrets: Collection[str]) -> None:
        """Take these secrets of the app from now on."""
        self.tokens.accept(app_secrets)
        self.accounts.accept(app_secrets)

    def routes(self) -> list[Route]:
        """Return the APIs and their control routes."""
        return [
            self._platform.open_route(TOKEN_PATH, self.faults["token"], self.tokens.issue),
            *(route for area in self._areas.values() for route in area.routes(self._platform)),
            *self.attendees.routes(self._platform),
            *self.free_busy.routes(self._platform),
            *self.accounts.routes(self._platform),
            *(
                route
                for area, switch in self.faults.items()
                for route in fault_routes(f"{CONTROL}/{area}", lambda _, switch=switch: switch)
            ),
            *message_control_routes(self.messages, self.reactions, self._platform),
            *chat_control_routes(self.chats, self.chat_view),
            *event_control_routes(self.events, self.files.subscribed),
            *base_control_routes(self.bases, self._platform),
            *accounts_control_routes(self.accounts),
            *user_control_routes(self.tokens.user_tokens, self.contacts, self._platform),
        ]
