"""A handler that reads a page that was built, fills it in and compresses it."""

import base64
import html
import os
import time
import uuid
import zlib
from typing import Any

import larkbridge

BUILT = os.path.join(os.path.dirname(larkbridge.__file__), "pages", "built")


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    name = event["routeKey"].rpartition("/")[2]
    with open(os.path.join(BUILT, f"{name}.vi.html"), encoding="utf-8") as file:
        page = file.read()
    with open(os.path.join(BUILT, "content-security-policy.txt"), encoding="utf-8") as file:
        policy = file.read()
    page = page.replace("<=key>", str(uuid.uuid4())).replace(
        "<=started_at>", str(time.time_ns() // 1_000_000)
    )
    page = page.replace("<=centre_name>", html.escape(os.environ["CENTRE_NAME"]))
    body = zlib.compress(page.encode(), wbits=31)
    return {
        "statusCode": 200,
        "headers": {
            "content-type": "text/html; charset=utf-8",
            "content-encoding": "gzip",
            "content-security-policy": policy,
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
