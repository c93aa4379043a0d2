"""The pages of the public forms."""

from collections.abc import Callable
from typing import Any

from larkbridge.pages.serving import page_handler
from larkbridge.settings import ServePagesSettings


def serve_pages(settings: ServePagesSettings | None = None) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler that serves the pages."""
    return page_handler((settings or ServePagesSettings()).pages)
