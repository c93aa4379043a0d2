"""How Lark encrypts what it sends to a webhook.

Protocol (Lark docs, "Send notifications to developer's server"): base64 of a 16-byte IV and AES-256-CBC with
PKCS7 padding; the AES key is SHA-256 of the Encrypt Key.
"""

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

from larkbridge.errors import UnverifiedRequestError


class DecryptionError(UnverifiedRequestError):
    """The text is not encrypted with this key."""


def decrypt(text: str, key: str) -> bytes:
    """Return the plain bytes.

    About one in 256 texts under another key decrypts to garbage instead of failing: there is no checksum.

    Raises
    ------
    DecryptionError
        When the text is not strict base64, or its length or padding is wrong.
    """
    aes, unpad = _library()
    try:
        data = base64.b64decode(text, validate=True)
        iv, ciphertext = data[: aes.block_size], data[aes.block_size :]
        cipher = aes.new(hashlib.sha256(key.encode()).digest(), aes.MODE_CBC, iv)
        return unpad(cipher.decrypt(ciphertext), aes.block_size)
    except ValueError:
        raise DecryptionError("the body cannot be decrypted") from None


@cache
def _library() -> tuple[Any, Callable[[bytes, int], bytes]]:
    """Load pycryptodome when it is first needed: most requests to this process are not encrypted."""
    from Crypto.Cipher import AES
    from Crypto.Util.Padding import unpad

    return AES, unpad
