"""Files, for admins and for whoever has a link."""

from collections.abc import Callable
from functools import partial
from typing import Any

from larkbridge.admin.file_routes import OPEN, ROUTES, Files
from larkbridge.admin.keyed_api import KeyedApi
from larkbridge.apigateway import RouteTable, Served
from larkbridge.pages.signed_links import KEY_SETTING
from larkbridge.settings import ServeFilesSettings
from larkbridge.store.api_keys import ApiKeyStore
from larkbridge.wiring.parts import Parts


def serve_files(
    settings: ServeFilesSettings | None = None, parts: Parts | None = None
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler of every route of files."""
    settings, parts = settings or ServeFilesSettings(), parts or Parts()
    files = Files(settings, parts.clock, partial(parts.secrets(settings.secrets_id).all, KEY_SETTING))
    table = RouteTable(Served(route, files) for route in ROUTES)
    keys = ApiKeyStore(settings.api_keys_table)
    return KeyedApi(table, keys, parts.clock, {OPEN.key: files.proven}).handler()
