"""GET /health and the admin API under /v1."""

from larkbridge.admin.api import AdminApi

handler = AdminApi().handler()
