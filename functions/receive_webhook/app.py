"""Every webhook: Lark events and cards, Base buttons, and /webhooks/{provider}."""

from larkbridge.wiring.webhooks import receive_webhook

handler = receive_webhook()
