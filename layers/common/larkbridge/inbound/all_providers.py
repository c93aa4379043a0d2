"""Every webhook provider, and what follows from the list."""

from larkbridge.errors import NotFoundError
from larkbridge.inbound.clerk import Clerk
from larkbridge.inbound.feishu_button import FeishuButton
from larkbridge.inbound.github import GitHub
from larkbridge.inbound.lark_card_actions import LarkCards
from larkbridge.inbound.lark_events import LarkEvents
from larkbridge.inbound.meta import Meta
from larkbridge.inbound.modelriver import ModelRiver
from larkbridge.inbound.provider import NO_SUCH_WEBHOOK, Provider
from larkbridge.inbound.shopify import Shopify
from larkbridge.inbound.stripe import Stripe
from larkbridge.inbound.zalo import Zalo

PROVIDERS: tuple[Provider, ...] = (
    Clerk(),
    FeishuButton(),
    GitHub(),
    LarkCards(),
    LarkEvents(),
    Meta(),
    ModelRiver(),
    Shopify(),
    Stripe(),
    Zalo(),
)


class _ByName(dict[str, Provider]):
    def __missing__(self, name: str) -> Provider:
        raise NotFoundError(NO_SUCH_WEBHOOK)


BY_NAME = _ByName({provider.source: provider for provider in PROVIDERS if not provider.paths})
"""Those that `/webhooks/{provider}` names."""
BY_PATH = {path: provider for provider in PROVIDERS for path in provider.paths}
"""Those that have routes of their own."""
SOURCES = tuple(sorted(provider.source for provider in PROVIDERS))
"""What the event log can be asked for."""
