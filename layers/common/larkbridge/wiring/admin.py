"""The admin API."""

from collections.abc import Callable
from typing import Any

from larkbridge import aws
from larkbridge.admin.api import AdminApi
from larkbridge.clock import Clock, SystemClock
from larkbridge.settings import AdminApiSettings


def admin_api(
    settings: AdminApiSettings | None = None, clock: Clock | None = None
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler of the admin API and of `GET /health`."""
    aws.client("dynamodb")
    return AdminApi(settings or AdminApiSettings(), clock or SystemClock()).handler()
