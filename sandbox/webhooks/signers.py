"""Completes sample events: what only the stack knows, and what only the vendor could sign."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from sandbox import webhooks
from sandbox.webhooks import Signed

type Signer = Callable[[bytes, Mapping[str, str], float], Signed]

SIGN_AS = "sign-as"
"""A header of sample events: whose signature they must carry."""

VENDORS = {
    module.name: import_module(f"{webhooks.__name__}.{module.name}")
    for module in iter_modules(webhooks.__path__)
    if module.name != __name__.rpartition(".")[2]
}
"""The module of each vendor: its `SIGNERS`, and a `DOCUMENT` where `/webhooks/{provider}` takes it."""
SIGNERS: dict[str, Signer] = {
    name: sign for vendor in VENDORS.values() for name, sign in vendor.SIGNERS.items()
}

_NOW = json.dumps('"YOUR-NOW"')[1:-1]
_PLACEHOLDER = re.compile(r"YOUR-([A-Z0-9_]+(?:-[A-Z]+)*)")


def completed(event: Mapping[str, Any], secrets: Mapping[str, str], now: float) -> dict[str, Any]:
    """Return a sample event with its placeholders filled in, signed if its `sign-as` header asks for it.

    Parameters
    ----------
    secrets
        What each `YOUR-<name>` stands for; a name without a value stays as it is.
    now
        Unix seconds, `"YOUR-NOW"` as a number; `YOUR-NOW-MS` is the same in milliseconds.
    """
    values = {**secrets, "NOW-MS": str(int(now * 1000))}
    text = json.dumps(event).replace(_NOW, str(int(now)))
    text = _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
    filled: dict[str, Any] = json.loads(text)
    signer = filled.get("headers", {}).pop(SIGN_AS, None)
    if signer is None:
        return filled
    body = base64.b64decode(filled["body"]) if filled["isBase64Encoded"] else filled["body"].encode()
    return _signed(filled, SIGNERS[signer](body, secrets, now))


def _signed(event: dict[str, Any], signed: Signed) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in signed.headers.items()}
    binary = event["isBase64Encoded"]
    return event | {
        "headers": event["headers"] | headers | {"content-length": str(len(signed.body))},
        "body": base64.b64encode(signed.body).decode() if binary else signed.body.decode(),
    }
