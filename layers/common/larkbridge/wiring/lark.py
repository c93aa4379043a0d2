"""Puts the client together from the environment."""

from larkbridge.aws import Secrets
from larkbridge.clock import Clock
from larkbridge.http_client import HttpClient
from larkbridge.lark.client import LarkClient
from larkbridge.settings import Settings


def lark_client(settings: Settings, secrets: Secrets, http: HttpClient, clock: Clock) -> LarkClient:
    """Return the client of the app that LARK_DOMAIN, LARK_APP_ID and LARK_APP_SECRET name."""
    domain = settings.text("LARK_DOMAIN", "https://open.larksuite.com")
    app_id = settings.text("LARK_APP_ID") or None
    return LarkClient(domain, app_id, lambda: secrets.first("LARK_APP_SECRET"), http, clock)
