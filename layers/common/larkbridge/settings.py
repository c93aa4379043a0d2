"""Plain settings from the environment, secrets from one Secrets Manager secret."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from larkbridge.clock import Clock
from larkbridge.errors import MissingSettingError

SECRETS_TTL = timedelta(minutes=5)


class Settings:
    """The plain settings, read when they are used.

    Raises
    ------
    MissingSettingError
        When a required one is absent or empty.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    @property
    def submissions_table(self) -> str:
        return self.required("SUBMISSIONS_TABLE")

    @property
    def destinations_table(self) -> str:
        return self.required("DESTINATIONS_TABLE")

    @property
    def api_keys_table(self) -> str:
        return self.required("API_KEYS_TABLE")

    @property
    def secrets_id(self) -> str:
        return self.required("SECRETS_ID")

    @property
    def lark_form_webhook_url(self) -> str | None:
        return self._environ.get("LARK_FORM_WEBHOOK_URL") or None

    def required(self, name: str) -> str:
        """Return a setting that the deployment must have."""
        value = self._environ.get(name)
        if not value:
            raise MissingSettingError(f"{name} is not set")
        return value

    def text(self, name: str, default: str = "") -> str:
        """Return a setting, `default` when it is absent or empty."""
        return self._environ.get(name) or default

    def words(self, name: str) -> tuple[str, ...]:
        """Return the parts of a setting that is a list separated by commas."""
        return tuple(filter(None, (part.strip() for part in self._environ.get(name, "").split(","))))


class Secrets:
    """The secrets by setting name, cached for five minutes.

    A value may be a list while the secret rotates: the first signs, all of them verify.

    Parameters
    ----------
    fetch
        Returns the secret's text, a JSON object; its errors pass through.
    """

    def __init__(self, fetch: Callable[[], str], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._document: dict[str, object] = {}
        self._known: dict[str, tuple[str, ...]] = {}
        self._expires: datetime | None = None

    def all(self, name: str) -> tuple[str, ...]:
        """Return every current value of `name`, the signing one first; empty when it is not configured."""
        now = self._clock.now()
        if self._expires is None or now >= self._expires:
            self._document, self._known = _parse(self._fetch()), {}
            self._expires = now + SECRETS_TTL
        if name not in self._known:
            self._known[name] = _values(name, self._document.get(name, []))
        return self._known[name]

    def first(self, name: str) -> str | None:
        """Return the value that signs, None when `name` is not configured."""
        return next(iter(self.all(name)), None)


def _parse(text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except ValueError:
        raise MissingSettingError("the secret is not JSON") from None
    if not isinstance(document, dict):
        raise MissingSettingError("the secret is not a JSON object")
    return document


def _values(name: str, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    strings = tuple(one.strip() for one in values if isinstance(one, str))
    if len(strings) < len(values):
        raise MissingSettingError(f"the secret's {name} is neither a string nor a list of strings")
    return tuple(filter(None, strings))
