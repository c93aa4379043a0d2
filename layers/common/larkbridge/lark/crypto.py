"""How Lark encrypts what it sends to a webhook.

Protocol (Lark docs, "Send notifications to developer's server"): base64 of a 16-byte IV and AES-256-CBC with
PKCS7 padding; the AES key is SHA-256 of the Encrypt Key.
"""

import binascii
import hashlib
from functools import lru_cache
from threading import Lock
from typing import Any

from larkbridge.errors import UnverifiedRequestError


class DecryptionError(UnverifiedRequestError):
    """The text is not encrypted with this key."""


def decrypt(text: str, key: str) -> bytearray:
    """Return the plain bytes.

    About one in 256 texts under another key decrypts to garbage instead of failing: there is no checksum.

    Raises
    ------
    DecryptionError
        When the text is not strict base64, or its length or padding is wrong.
    """
    try:
        return _decryption(key).decrypt(binascii.a2b_base64(text, strict_mode=True))
    except ValueError:
        raise DecryptionError("the body cannot be decrypted") from None


class _Decryption:
    """AES under one key, whose schedule is made once; safe to share between threads.

    CBC goes on from the block before. So a text is decrypted from its IV on, in the IV's own place comes
    what nobody needs, and nothing of an earlier text is in what follows it.
    """

    def __init__(self, key: str) -> None:
        # Loaded when it is first needed: most requests to this process are not encrypted.
        from Crypto.Cipher import AES
        from Crypto.Util.Padding import unpad

        self._block = AES.block_size
        self._unpad: Any = unpad  # takes any buffer, which its types do not say
        self._cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, iv=bytes(self._block))
        self._lock = Lock()

    def decrypt(self, data: bytes) -> bytearray:
        """Return the plain bytes of an IV and a ciphertext; raises ValueError for what is none."""
        if len(data) < 2 * self._block:
            raise ValueError("an IV and at least one block")
        plain = bytearray(len(data))
        with self._lock:
            self._cipher.decrypt(data, output=plain)
        # Cut where they are: each copy of a large text costs a tenth of its decryption.
        padding_at = len(self._unpad(memoryview(plain), self._block))
        del plain[padding_at:], plain[: self._block]
        return plain


_decryption = lru_cache(maxsize=8)(_Decryption)
"""Of the keys in use: one, and another while it is replaced."""
