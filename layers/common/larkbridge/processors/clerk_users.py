"""Clerk: users as they are now.

Protocol (clerk.com/docs, "Sync Clerk data to your app with webhooks"): `data` is the whole user with
`updated_at` in milliseconds. Events come in any order, so the newest state wins, and nothing comes after
a deletion, whose `data` has no more than the id.
"""

from collections.abc import Sequence

from larkbridge.processors.payload_fields import Fields, moment, time_of_receipt
from larkbridge.processors.processor import Incoming
from larkbridge.processors.projection import Projection, Report
from larkbridge.store.deliveries import Delivery
from larkbridge.store.entities import version
from larkbridge.store.events import EventStore
from larkbridge.store.users import User, UserStore

CHANGED_TYPES = ("user.created", "user.updated")
"""In the order of a life."""
DELETED_TYPE = "user.deleted"


class ClerkProcessor:
    """Keeps users as Clerk reported them last; of one who was deleted it keeps no more than that."""

    def __init__(self, users: UserStore, events: EventStore) -> None:
        self._users = Projection(users, events, _user)

    def user(self, incoming: Incoming) -> Sequence[Delivery]:
        """Store a user, or forget one and remember that."""
        self._users.apply(incoming)
        return []


def _user(incoming: Incoming) -> Report[User]:
    user, event = Fields(incoming.document).object("data"), incoming.event
    if event.type == DELETED_TYPE:
        gone: User = {"userId": user.name("id"), "deleted": True, "deletedAt": event.received_at}
        return Report(gone, version(0, 0, final=True))
    at = user.milliseconds("updated_at", time_of_receipt(incoming))
    known: User = {
        "userId": user.name("id"),
        "name": _name(user),
        "email": _email(user),
        "createdAt": moment(user.milliseconds("created_at", at)),
        "updatedAt": moment(at),
    }
    return Report(known, version(at, CHANGED_TYPES.index(event.type)))


def _name(user: Fields) -> str | None:
    parts = [user.optional_text("first_name"), user.optional_text("last_name")]
    return " ".join(filter(None, parts)) or user.optional_text("username")


def _email(user: Fields) -> str | None:
    """Return the primary address, else the first one."""
    primary = user.optional_name("primary_email_address_id")
    addresses = user.objects("email_addresses")
    chosen = [one for one in addresses if primary and one.optional_name("id") == primary] or addresses
    return chosen[0].optional_text("email_address") if chosen else None
