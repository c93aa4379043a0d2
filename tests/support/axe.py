"""Deque's axe: what keeps people from using a page, found by its rules."""

from functools import cache
from typing import Any

from playwright.sync_api import Page

from sandbox.browser import AXE

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@cache
def _source() -> str:
    assert AXE.exists(), f"{AXE} is missing: make setup"
    return AXE.read_text()


def barriers(page: Page) -> list[str]:
    """Return what the rules find on the page as it is now, a line each; scripts must be allowed there."""
    page.evaluate(_source())
    options = {"runOnly": {"type": "tag", "values": RULES}, "rules": {"target-size": {"enabled": True}}}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [_line(violation) for violation in found["violations"]]


def _line(violation: dict[str, Any]) -> str:
    places = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
    return f"{violation['impact']}: {violation['id']}, {violation['help']}: {places}"
