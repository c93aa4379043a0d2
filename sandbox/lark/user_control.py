"""Control routes of the people: where tests hand out their tokens, and say what the app may ask them for."""

from functools import partial

from sandbox.lark.base_control import CONTROL
from sandbox.lark.contacts import Directory, Person
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.lark.user_tokens import USER_TOKEN_SECONDS, UserTokens
from sandbox.records import items_reply
from sandbox.routing import FieldError, Reply, Request, Route, json_reply

USER_TOKENS = f"{CONTROL}/user-tokens"
APP_SCOPES = f"{CONTROL}/app-scopes"
PEOPLE = f"{CONTROL}/people"


def user_control_routes(tokens: UserTokens, directory: Directory, platform: Platform) -> list[Route]:
    """Return the control routes of people's tokens, the app's scopes, and the people themselves."""

    def issue(request: Request) -> Reply:
        document = request.json_object()
        open_id, seconds = document.get("openId"), document.get("seconds", USER_TOKEN_SECONDS)
        if not isinstance(open_id, str) or not open_id:
            raise FieldError("openId", "must be a text")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise FieldError("seconds", "must be a number")
        token = tokens.issue(open_id, _scopes(document.get("scopes", sorted(EVERY_SCOPE))), seconds)
        return json_reply(200, {"accessToken": token})

    def revoke(request: Request) -> Reply:
        tokens.revoke_all(request.params["open_id"])
        return Reply(204)

    def switch(request: Request) -> Reply:
        tokens.app_scopes = set(_scopes(request.json_object().get("scopes")))
        return Reply(204)

    def switch_everything_on(_: Request) -> Reply:
        tokens.app_scopes = set(EVERY_SCOPE)
        return Reply(204)

    return [
        platform.control("PUT", f"{PEOPLE}/{{open_id}}", partial(_arrive, directory)),
        platform.control("PUT", USER_TOKENS, issue),
        platform.control("DELETE", f"{USER_TOKENS}/{{open_id}}", revoke),
        Route("GET", APP_SCOPES, lambda _: json_reply(200, {"items": sorted(tokens.app_scopes)})),
        platform.control("PUT", APP_SCOPES, switch),
        platform.control("DELETE", APP_SCOPES, switch_everything_on),
        Route("GET", PEOPLE, lambda _: items_reply(list(directory.people))),
    ]


def _arrive(directory: Directory, request: Request) -> Reply:
    document, open_id = request.json_object(), request.params["open_id"]
    for field in ("name", "email"):
        if not isinstance(document.get(field), str):
            raise FieldError(field, "must be a text")
    others = [one for one in directory.people if one.open_id != open_id]
    person = Person(
        open_id=open_id,
        union_id=f"on_{open_id}",
        user_id=f"u_{open_id}",
        name=document["name"],
        email=document["email"],
        mobile="",
    )
    directory.people[:] = [*others, person]
    return Reply(204)


def _scopes(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(scope, str) for scope in value):
        raise FieldError("scopes", "must be a list of texts")
    return value
