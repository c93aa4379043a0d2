"""The users that Clerk tells of."""

from typing import Any

from larkbridge.admin.call import Call, Routes
from larkbridge.clock import Clock
from larkbridge.errors import NotFoundError
from larkbridge.settings import Settings
from larkbridge.store.users import UserStore


def user_routes(settings: Settings, _: Clock) -> Routes:
    """Return the routes under /v1/users."""
    store = UserStore(settings.required("USERS_TABLE"))

    def get(call: Call) -> dict[str, Any]:
        user = store.get(call.path("userId"))
        if user is None or user.get("deleted"):
            raise NotFoundError("there is no such user")
        names = ("userId", "name", "email", "createdAt", "updatedAt")
        return {name: user.get(name) for name in names}

    return {"GET /v1/users/{userId}": get}
