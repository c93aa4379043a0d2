"""Control routes of the accounts site: what is set in Lark's consoles, and what a person does elsewhere."""

from sandbox.lark.accounts import Accounts
from sandbox.lark.base_control import CONTROL
from sandbox.records import record_routes
from sandbox.routing import FieldError, Reply, Request, Route, json_reply

ACCOUNTS = f"{CONTROL}/accounts"
REDIRECT_URIS = f"{ACCOUNTS}/redirect-uris"


def accounts_control_routes(accounts: Accounts) -> list[Route]:
    """Return the control routes."""

    def register(request: Request) -> Reply:
        accounts.redirect_uris = set(_texts(request, "redirectUris"))
        return Reply(204)

    def switch(request: Request) -> Reply:
        allowed = request.json_object().get("allowed")
        if not isinstance(allowed, bool):
            raise FieldError("allowed", "must be true or false")
        accounts.grants.refresh_allowed = allowed
        return Reply(204)

    def hide(request: Request) -> Reply:
        accounts.grants.unavailable = set(_texts(request, "openIds"))
        return Reply(204)

    def forget(request: Request) -> Reply:
        accounts.grants.forget(request.params["open_id"])
        return Reply(204)

    return [
        Route("PUT", REDIRECT_URIS, register),
        Route("GET", REDIRECT_URIS, lambda _: json_reply(200, {"items": sorted(accounts.redirect_uris)})),
        Route("PUT", f"{ACCOUNTS}/refresh", switch),
        Route("PUT", f"{ACCOUNTS}/unavailable", hide),
        Route("DELETE", f"{ACCOUNTS}/consents/{{open_id}}", forget),
        *record_routes(f"{ACCOUNTS}/calls", lambda _: accounts.calls),
    ]


def _texts(request: Request, name: str) -> list[str]:
    value = request.json_object().get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise FieldError(name, "must be a list of texts")
    return value
