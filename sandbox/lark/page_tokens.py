"""Page tokens: opaque, and good for the request that they continue alone."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from sandbox.lark.base_codes import ErrorCode, refused

_PROOF_BYTES = 12


class PageTokens:
    """Makes tokens of places in a list, and reads them."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, request: object, *place: int) -> str:
        """Return the token of a place in the answer to `request`, which is anything that JSON can say."""
        text = json.dumps(place).encode()
        return urlsafe_b64encode(self._proof(request, text) + text).decode()

    def place(self, request: object, token: str) -> list[int]:
        """Return the place that a token of `request` stands for; raises `RefusedError`."""
        try:
            content = urlsafe_b64decode(token.encode())
        except ValueError:
            raise refused(ErrorCode.Fail) from None
        proof, text = content[:_PROOF_BYTES], content[_PROOF_BYTES:]
        if proof != self._proof(request, text):
            raise refused(ErrorCode.Fail)
        return json.loads(text)

    def _proof(self, request: object, text: bytes) -> bytes:
        content = json.dumps(request, sort_keys=True).encode() + text
        return hashlib.blake2b(content, key=self._key, digest_size=_PROOF_BYTES).digest()
