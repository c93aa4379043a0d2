"""Clerk: users as they are now.

Protocol (clerk.com/docs, "Sync Clerk data to your app with webhooks"): `data` is the whole user with
`updated_at` in milliseconds. Events come in any order, so the newest state wins, and nothing comes after
a deletion, whose `data` has no more than the id.
"""

from collections.abc import Sequence

from larkbridge.processors.payload_fields import MILLISECONDS, NAME, TEXT, Fields
from larkbridge.processors.stored_reports import reports_of
from larkbridge.processors.subscriber import Handles, Incoming, Resources
from larkbridge.store.deliveries import Delivery
from larkbridge.store.entities import Report, version
from larkbridge.store.events import EventStore
from larkbridge.store.users import User, UserStore

CHANGED_TYPES = ("user.created", "user.updated")
"""In the order of a life."""
DELETED_TYPE = "user.deleted"


class ClerkProcessor:
    """Keeps users as Clerk reported them last; of one who was deleted it keeps no more than that."""

    def __init__(self, users: UserStore, events: EventStore) -> None:
        self._users, self._stored_user = users, reports_of(events, _user)

    def user(self, incoming: Incoming) -> Sequence[Delivery]:
        """Store a user, or forget one and remember that."""
        self._users.take_in(_user(incoming), incoming.event, self._stored_user)
        return []


def subscribers(resources: Resources) -> Sequence[Handles]:
    clerk = ClerkProcessor(resources.users, resources.events)
    return [Handles("clerk", (*CHANGED_TYPES, DELETED_TYPE), clerk.user)]


def _user(incoming: Incoming) -> Report[User]:
    user, event = Fields(incoming.document).object("data"), incoming.event
    if event.type == DELETED_TYPE:
        gone: User = {"userId": user.text("id", NAME), "deleted": True, "deletedAt": event.received_at}
        return Report(gone, version("", 0, final=True))
    at = user.optional_moment("updated_at", MILLISECONDS) or event.received_at
    known: User = {
        "userId": user.text("id", NAME),
        "name": _name(user),
        "email": _email(user),
        "createdAt": user.optional_moment("created_at", MILLISECONDS) or at,
        "updatedAt": at,
    }
    return Report(known, version(at, CHANGED_TYPES.index(event.type)))


def _name(user: Fields) -> str | None:
    parts = [user.text("first_name", TEXT, None), user.text("last_name", TEXT, None)]
    return " ".join(filter(None, parts)) or user.text("username", TEXT, None)


def _email(user: Fields) -> str | None:
    """Return the primary address, else the first one."""
    primary = user.text("primary_email_address_id", NAME, None)
    addresses = user.objects("email_addresses")
    chosen = [
        address for address in addresses if primary and address.text("id", NAME, None) == primary
    ] or addresses
    return chosen[0].text("email_address", TEXT, None) if chosen else None
