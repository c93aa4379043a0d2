"""The Users table: one item per Clerk user, as Clerk reported it last.

Key: `userId`. Of a user who was deleted only that is kept, for good, so that no late report brings them back.
"""

from typing import NotRequired, TypedDict

from larkbridge.store.entities import EntityStore


class User(TypedDict):
    """One user; one who was deleted has nothing but `deleted` and `deletedAt`."""

    userId: str
    name: NotRequired[str | None]
    email: NotRequired[str | None]
    createdAt: NotRequired[str]
    updatedAt: NotRequired[str]
    deleted: NotRequired[bool]
    deletedAt: NotRequired[str]


class UserStore(EntityStore[User]):
    """Every access to the Users table."""

    def __init__(self, table_name: str) -> None:
        super().__init__(table_name, "userId")
