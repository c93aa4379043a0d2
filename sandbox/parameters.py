"""The template's parameters for a local deployment, each overridable by the setting of the same name."""

import os
import platform
import re
from collections.abc import Iterable, Mapping

LAMBDA_NAMES = {"x86_64": "x86_64", "aarch64": "arm64"}


def setting_name(parameter: str) -> str:
    """Return the setting that a parameter carries.

    Examples
    --------
    >>> setting_name("LarkFormWebhookUrl")
    'LARK_FORM_WEBHOOK_URL'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", parameter).upper()


def parameter_values(
    declared: Iterable[str],
    *,
    fixed: Mapping[str, str],
    defaults: Mapping[str, str],
    environ: Mapping[str, str],
) -> dict[str, str]:
    """Return a value for every declared parameter that is fixed, set in `environ`, or has a local default."""
    settings = {name: environ.get(setting_name(name), defaults.get(name)) for name in declared}
    return {name: value for name, value in settings.items() if value is not None} | dict(fixed)


def parameter_overrides(values: Mapping[str, str]) -> str:
    r"""Return the values as ``sam`` reads them after ``--parameter-overrides``.

    Examples
    --------
    >>> parameter_overrides({"Stage": "local", "Name": 'a "b"'})
    'Stage="local" Name="a \\"b\\""'
    """
    return " ".join(f'{name}="{_escaped(value)}"' for name, value in values.items())


def architecture(environ: Mapping[str, str] = os.environ) -> str:
    """Return what the build was made for, which is this machine unless LAMBDA_ARCHITECTURE says otherwise."""
    return environ.get("LAMBDA_ARCHITECTURE") or LAMBDA_NAMES[platform.machine()]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
