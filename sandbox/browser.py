"""A parent's browser: the Chromium of this machine, with a new empty profile and nobody to call."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from sandbox.processes import StackError

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Without these Chromium looks for its maker's servers, which closed networks refuse many times a second."""

BACK_FORWARD_CACHE_IS_OFF = "--disable-back-forward-cache"
"""What Playwright adds by itself; parents' browsers keep the page that one goes back to."""

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
}
"""A cheap phone in Vietnam: what most parents hold."""

DESKTOP: dict[str, Any] = {
    "viewport": {"width": 1280, "height": 800},
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
}

ROOT = Path(__file__).parent.parent
AXE = ROOT / ".local" / "npm" / "node_modules" / "axe-core" / "axe.min.js"


def chromium() -> str:
    """Return Chromium's path; StackError says how to get it."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise StackError("Chromium is missing: sudo apt-get install --no-install-recommends chromium")


@contextmanager
def launched(environment: Mapping[str, str] | None = None) -> Iterator[Browser]:
    """Run a browser while the block runs; `environment` is added to this process's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=list(QUIET),
            ignore_default_args=[BACK_FORWARD_CACHE_IS_OFF],
            env={**os.environ, **(environment or {})},
        )
        try:
            yield browser
        finally:
            browser.close()
