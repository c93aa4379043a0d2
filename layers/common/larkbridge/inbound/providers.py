"""Every webhook provider: by its name in `POST /webhooks/{provider}`, or by a route of its own."""

from larkbridge.inbound.clerk import Clerk
from larkbridge.inbound.feishu_button import FeishuButton
from larkbridge.inbound.github import GitHub
from larkbridge.inbound.lark_cards import LarkCards
from larkbridge.inbound.lark_events import LarkEvents
from larkbridge.inbound.meta import Meta
from larkbridge.inbound.modelriver import ModelRiver
from larkbridge.inbound.provider import Provider
from larkbridge.inbound.shopify import Shopify
from larkbridge.inbound.stripe import Stripe
from larkbridge.inbound.zalo import Zalo

_LARK_EVENTS = LarkEvents()

BY_NAME: dict[str, Provider] = {
    one.source: one for one in (Clerk(), GitHub(), Meta(), ModelRiver(), Shopify(), Stripe(), Zalo())
}
BY_ROUTE: dict[str, Provider] = {
    "/webhook/event": _LARK_EVENTS,
    "/webhook/lark": _LARK_EVENTS,
    "/webhook/card": LarkCards(),
    "/v1/webhooks/feishu/button": FeishuButton(),
}
SOURCES = tuple(sorted({one.source for one in [*BY_NAME.values(), *BY_ROUTE.values()]}))
"""What the event log can be asked for."""
