"""Files, for admins and for whoever has a link."""

from collections.abc import Callable
from functools import partial
from typing import Any

from larkbridge import aws
from larkbridge.admin.file_routes import OPEN, ROUTES, Files
from larkbridge.admin.keyed_api import KeyedApi
from larkbridge.apigateway import RouteTable, Served
from larkbridge.clock import Clock, SystemClock
from larkbridge.pages.signed_links import KEY_SETTING
from larkbridge.settings import ServeFilesSettings
from larkbridge.store.api_keys import ApiKeyStore


def serve_files(
    settings: ServeFilesSettings | None = None, clock: Clock | None = None
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler of every route of files."""
    settings, clock = settings or ServeFilesSettings(), clock or SystemClock()
    aws.client("dynamodb")
    secrets = aws.Secrets(partial(aws.read_secret, settings.secrets_id), clock)
    files = Files(settings, clock, partial(secrets.all, KEY_SETTING))
    table = RouteTable(Served(route, files) for route in ROUTES)
    keys = ApiKeyStore(settings.api_keys_table)
    return KeyedApi(table, keys, clock, {OPEN.key: files.proven}).handler()
