"""The users that Clerk tells of."""

from typing import Annotated, TypedDict

from larkbridge.clock import Clock
from larkbridge.errors import NotFoundError
from larkbridge.routes import Answer, Call, Parameter, Route, Scope
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import Moment, Note
from larkbridge.store.users import UserStore


class ShownUser(TypedDict):
    userId: Annotated[str, Note("Clerk's id of the user.")]
    name: str | None
    email: str | None
    createdAt: Moment | None
    updatedAt: Moment | None


class Users:
    """Serves the route under /v1/users."""

    def __init__(self, settings: AdminApiSettings, _: Clock) -> None:
        self._store = UserStore(settings.users_table)

    def get(self, call: Call) -> ShownUser:
        user = self._store.get(call.ids["userId"])
        if user is None or user.get("deleted"):
            raise NotFoundError("there is no such user")
        return {
            "userId": user["userId"],
            "name": user.get("name"),
            "email": user.get("email"),
            "createdAt": user.get("createdAt"),
            "updatedAt": user.get("updatedAt"),
        }


ROUTES = (
    Route(
        "GET",
        "/v1/users/{userId}",
        Scope.READ,
        name="getUser",
        summary="One user, as Clerk reported it last; a deleted one is a 404",
        tag="users",
        parameters=(Parameter("userId", "Clerk's id of the user."),),
        answer=Answer(ShownUser, "The user."),
        handle=Users.get,
    ),
)
