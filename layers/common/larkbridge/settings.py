"""Plain settings from the environment."""

import os
from collections.abc import Mapping

from larkbridge.errors import MissingSettingError


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
