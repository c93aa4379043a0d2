"""Plain settings from the environment, secrets from one Secrets Manager secret."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from larkbridge.clock import Clock
from larkbridge.errors import AwsMissingError, AwsUnavailableError, MissingSettingError
from larkbridge.observability import count, logger

SECRETS_TTL = timedelta(minutes=5)
KEPT_FOR = timedelta(hours=1)
"""So long secrets serve that cannot be read anew."""
RETRY_EVERY = timedelta(seconds=30)


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


@dataclass(frozen=True, slots=True)
class _Secret:
    """One secret's values, None when they are malformed, and until when they serve at most."""

    values: tuple[str, ...] | None
    serves_until: datetime


class Secrets:
    """The secrets by setting name, read anew every five minutes; safe to share between threads.

    A value may be a list while the secret rotates: the first signs, all of them verify.

    What cannot be read anew, or has become unreadable, serves for an hour after it was last read well: each
    such reading is logged and counted, and the next one follows in 30 seconds. After that hour, and at once
    when AWS says that there is no such secret, nothing serves.

    Parameters
    ----------
    fetch
        Returns the secret's text, a JSON object; its errors pass through.
    """

    def __init__(self, fetch: Callable[[], str], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: dict[str, _Secret] = {}
        self._serves_until = self._next_read = datetime.min.replace(tzinfo=UTC)

    def all(self, name: str) -> tuple[str, ...]:
        """Return every current value of `name`, the signing one first; empty when it is not configured.

        Raises
        ------
        AwsUnavailableError
            When the secret cannot be read.
        MissingSettingError
            When the secret, or its `name`, is malformed.
        """
        now = self._clock.now()
        if now >= self._next_read:
            self._read(now)
        secret = self._known.get(name)
        if secret is None:
            return ()
        if secret.values is None:
            raise MissingSettingError(f"the secret's {name} is neither a string nor a list of strings")
        return secret.values

    def first(self, name: str) -> str | None:
        """Return the value that signs, None when `name` is not configured."""
        return next(iter(self.all(name)), None)

    def _read(self, now: datetime) -> None:
        try:
            document = _parse(self._fetch())
        except (AwsUnavailableError, MissingSettingError) as error:
            if isinstance(error, AwsMissingError):
                self._serves_until = now
            logger.error("secrets not readable", reason=error.message)
            if now >= self._serves_until:
                raise
            self._keep(now, self._serves_until)
            return
        self._serves_until = now + KEPT_FOR
        before, known = self._known, {name: self._judged(name, one, now) for name, one in document.items()}
        # In this order: threads that look meanwhile, or read it too, find what was known or all that is.
        self._known = known
        self._next_read = now + SECRETS_TTL
        for name, secret in known.items():
            if secret is before.get(name):
                self._keep(now, secret.serves_until)

    def _judged(self, name: str, value: object, now: datetime) -> _Secret:
        """Return a secret as it is now, or as it was last if it has become malformed."""
        values = _values(value)
        before = self._known.get(name)
        if values is None and before and before.values is not None and now < before.serves_until:
            logger.error("secret not readable", setting=name)
            return before
        return _Secret(values, self._serves_until)

    def _keep(self, now: datetime, until: datetime) -> None:
        count("SecretsStale")
        self._next_read = min(now + RETRY_EVERY, until)


def _parse(text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MissingSettingError("the secret is not JSON") from None
    if not isinstance(document, dict):
        raise MissingSettingError("the secret is not a JSON object")
    return document


def _values(value: object) -> tuple[str, ...] | None:
    """Return the values of one secret, blank ones left out; None unless it is a text or a list of texts."""
    values = value if isinstance(value, list) else [value]
    strings = tuple(one.strip() for one in values if isinstance(one, str))
    return tuple(filter(None, strings)) if len(strings) == len(values) else None
