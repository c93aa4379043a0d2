"""Webhook requests as each vendor would send them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed request: the headers that prove it, and the body as it travels."""

    headers: dict[str, str]
    body: bytes
