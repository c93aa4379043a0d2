"""Where people connect their Lark account."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from larkbridge.apigateway import RouteTable, Served
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.client import LarkClient
from larkbridge.lark.contacts import Contacts
from larkbridge.lark.messages import Messages
from larkbridge.observability import logger
from larkbridge.people.authorising import Authorising
from larkbridge.people.oauth_pages import OAuthPages
from larkbridge.people.oauth_routes import ROUTES, AuthorizeUser
from larkbridge.people.oauth_state import KEY_SETTING
from larkbridge.people.telling import Telling
from larkbridge.settings import AuthorizeUserSettings
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.chat_queue import ChatQueue
from larkbridge.store.connect_requests import ConnectRequestStore
from larkbridge.wiring.lark import lark_client
from larkbridge.wiring.parts import Parts


def authorize_user(
    settings: AuthorizeUserSettings | None = None, parts: Parts | None = None
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler of the routes on which people connect."""
    settings, parts = settings or AuthorizeUserSettings(), parts or Parts()
    vault, secrets = settings.vault, parts.secrets(settings.vault.private_secrets_id)
    requests = ConnectRequestStore(settings.connect_requests_table)
    pages = OAuthPages(settings.pages, vault.lark, vault.accounts_domain)
    app_secret = partial(secrets.first, "LARK_APP_SECRET")

    @cache
    def contacts() -> Contacts:
        app = vault.lark
        return Contacts(
            LarkClient(app.domain, app.app_id or None, app_secret, parts.impatient_http, parts.clock)
        )

    def name_of(open_id: str) -> str:
        try:
            return contacts().get(open_id).name or ""
        except LarkApiError as error:
            logger.info("name not found", reason=error.outcome.reason)
            return ""

    @cache
    def authorising() -> Authorising:
        from larkbridge.wiring.vault import lark_oauth, token_vault  # whoever only looks needs no vault

        telling = Telling(
            Messages(lark_client(vault.lark, parts, secrets)),
            ChatQueue(settings.chat_queue_url),
            AuditStore(settings.audit_table),
        )
        return Authorising(
            requests,
            lark_oauth(vault, parts, secrets),
            token_vault(vault, parts),
            telling,
            settings.redirect_uri,
            partial(secrets.all, KEY_SETTING, required=True),
            parts.clock,
        )

    server = AuthorizeUser(requests, pages, authorising, name_of, parts.clock)
    return RouteTable(Served(route, server) for route in ROUTES).handler()
