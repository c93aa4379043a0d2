"""Completes sample events: what only the stack knows, and what only the vendor could sign."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sandbox.webhooks import (
    Signed,
    clerk,
    feishu_button,
    github,
    lark,
    meta,
    modelriver,
    shopify,
    stripe,
    zalo,
)

type Signer = Callable[[bytes, Mapping[str, str], float], Signed]

SIGN_AS = "sign-as"
"""A header of sample events: whose signature they must carry."""

SIGNERS: dict[str, Signer] = {
    "clerk": clerk.sign,
    "feishu-automation": feishu_button.automation,
    "feishu-button": feishu_button.sign,
    "github-form": partial(github.sign, event="issues", as_form=True),
    "github-ping": partial(github.sign, event="ping"),
    "github-push": github.sign,
    "lark": lark.sign,
    "lark-challenge": lark.challenge,
    "lark-old-card": lark.sign_old_card,
    "meta": meta.sign,
    "modelriver": modelriver.sign,
    "shopify": shopify.sign,
    "stripe": stripe.sign,
    "zalo": zalo.sign,
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
