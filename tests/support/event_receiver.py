"""Takes what Lark sends, and opens it."""

import json
from collections.abc import Mapping
from typing import Any

from larkbridge.lark.crypto import decrypt
from sandbox.lark.event_push import EventPush

KEY, TOKEN = "encrypt-key-1", "verification-token-1"


class Receiver:
    """Takes events and callbacks, and answers with `status`; `documents` are those it was sent, opened."""

    def __init__(self, push: EventPush) -> None:
        self.status = 200
        self.requests: list[tuple[Mapping[str, str], bytes]] = []
        self._push = push
        push.post = push.post_callback = self.post
        push.secrets = {"LARK_ENCRYPT_KEY": KEY, "LARK_VERIFICATION_TOKEN": TOKEN}

    def post(self, headers: Mapping[str, str], body: bytes) -> int:
        self.requests.append((headers, body))
        return self.status

    @property
    def documents(self) -> list[Any]:
        return [json.loads(decrypt(json.loads(body)["encrypt"], KEY)) for _, body in self.requests]

    def told(self) -> list[Any]:
        """Have delivered what is due and return the documents of that delivery."""
        before = len(self.requests)
        self._push.deliver_due()
        return self.documents[before:]
