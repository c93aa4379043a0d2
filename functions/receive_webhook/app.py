"""Every webhook: Lark events and cards, Base buttons, and /webhooks/{provider}."""

from larkbridge.inbound.receive import Receive

handler = Receive().handler()
