"""The client of Lark."""

from functools import partial

from larkbridge.aws import Secrets
from larkbridge.lark.client import LarkClient
from larkbridge.settings import Settings
from larkbridge.wiring.parts import Parts


def lark_client(settings: Settings, parts: Parts, secrets: Secrets) -> LarkClient:
    """Return the client of the app that LARK_DOMAIN, LARK_APP_ID and LARK_APP_SECRET name."""
    domain = settings.text("LARK_DOMAIN", "https://open.larksuite.com")
    app_id = settings.text("LARK_APP_ID") or None
    return LarkClient(domain, app_id, partial(secrets.first, "LARK_APP_SECRET"), parts.http, parts.clock)
