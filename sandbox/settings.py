"""What the simulators are told: the credentials that they accept."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

LOCAL_APP_ID = "cli_local"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """The credentials by simulator; each of several is accepted."""

    anthropic_api_keys: Collection[str] = ()
    form_webhook_tokens: Collection[str] = ()
    lark_app_id: str = LOCAL_APP_ID
    lark_app_secrets: Collection[str] = ()
    modelriver_api_keys: Collection[str] = ()
    turnstile_secrets: Collection[str] = ()

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read each setting from the variable that has its name after ``SANDBOX_``; raises ValueError."""
        return cls(
            anthropic_api_keys=_values(environ, "ANTHROPIC_API_KEY"),
            form_webhook_tokens=_values(environ, "LARK_FORM_WEBHOOK_TOKEN"),
            lark_app_id=environ.get("SANDBOX_LARK_APP_ID") or LOCAL_APP_ID,
            lark_app_secrets=_values(environ, "LARK_APP_SECRET"),
            modelriver_api_keys=_values(environ, "MODELRIVER_API_KEY"),
            turnstile_secrets=_values(environ, "TURNSTILE_SECRET"),
        )


def _values(environ: Mapping[str, str], name: str) -> list[str]:
    """Return the values of a setting that is a JSON list of strings, one plain string, or empty."""
    variable = f"SANDBOX_{name}"
    text = environ.get(variable, "")
    if not text.startswith("["):
        return [text] if text else []
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise ValueError(f"{variable} must be a JSON list of non-empty strings, or one plain string")
    return values
