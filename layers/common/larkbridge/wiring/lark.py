"""The client of Lark."""

from functools import partial

from larkbridge.aws import Secrets
from larkbridge.lark.client import LarkClient
from larkbridge.settings import LarkAppSettings
from larkbridge.wiring.parts import Parts


def lark_client(app: LarkAppSettings, parts: Parts, secrets: Secrets) -> LarkClient:
    """Return the client of an app."""
    secret = partial(secrets.first, "LARK_APP_SECRET")
    return LarkClient(app.domain, app.app_id or None, secret, parts.http, parts.clock)
