"""How tokens are encrypted: AES-256-GCM, with the owner and the field as associated data.

What is sealed is a random nonce of 12 bytes, GCM's tag of 16 and the ciphertext. So a token that is moved to
another owner, or to another field, cannot be opened. A key is known by the beginning of its SHA-256.
"""

import binascii
import hashlib
import json
import re
import secrets
from base64 import b64decode
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from larkbridge.errors import MissingSettingError
from larkbridge.store.grants import Owner, SealedPair
from larkbridge.token_pair import TokenPair
from larkbridge.vault.refusals import VaultKeyError

KEY_SETTING = "TOKEN_VAULT_KEY"
ACCESS_TOKEN, REFRESH_TOKEN = "access_token", "refresh_token"
_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16
_HEX = re.compile(rf"[0-9A-Fa-f]{{{2 * _KEY_BYTES}}}")


class VaultKeys:
    """The keys in use: the first seals, each of them opens.

    Parameters
    ----------
    texts
        Each 32 bytes in base64 or hex; raises VaultKeyError when there is none, or one is something else.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        if not texts:
            raise VaultKeyError(f"{KEY_SETTING} is not configured")
        self._keys = {key_id(key): key for key in map(_key, texts)}

    @property
    def ids(self) -> list[str]:
        """The keys' ids; the first one's seals."""
        return list(self._keys)

    def seal(self, owner: Owner, pair: TokenPair) -> SealedPair:
        """Return a pair's tokens, sealed for their owner."""
        return self._sealed(owner, pair.access_token, pair.refresh_token)

    def seal_again(self, owner: Owner, sealed: SealedPair) -> SealedPair:
        """Return the same tokens sealed with the first key; raises as `open`."""
        access_token, refresh_token = self.open(owner, sealed)
        return self._sealed(owner, access_token, refresh_token)

    def open(self, owner: Owner, sealed: SealedPair) -> tuple[str, str]:
        """Return an access token and a refresh token, empty when there is none.

        Raises
        ------
        VaultKeyError
            When the key is not in use any more, or they are not this owner's or not as they were sealed.
        """
        refresh_token = sealed.refresh_token and self._open(
            sealed.key_id, owner, REFRESH_TOKEN, sealed.refresh_token
        )
        return self._open(sealed.key_id, owner, ACCESS_TOKEN, sealed.access_token), refresh_token or ""

    def _sealed(self, owner: Owner, access_token: str, refresh_token: str) -> SealedPair:
        first = self.ids[0]
        return SealedPair(
            first,
            self._seal(first, owner, ACCESS_TOKEN, access_token),
            self._seal(first, owner, REFRESH_TOKEN, refresh_token) if refresh_token else b"",
        )

    def _seal(self, sealing: str, owner: Owner, field: str, token: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text, tag = self._cipher(sealing, nonce, owner, field).encrypt_and_digest(token.encode())
        return nonce + tag + text

    def _open(self, sealing: str, owner: Owner, field: str, sealed: bytes) -> str:
        if sealing not in self._keys:
            raise VaultKeyError(f"a token is sealed with key {sealing}, which {KEY_SETTING} does not have")
        nonce, tag = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES : _NONCE_BYTES + _TAG_BYTES]
        try:
            cipher = self._cipher(sealing, nonce, owner, field)
            return cipher.decrypt_and_verify(sealed[_NONCE_BYTES + _TAG_BYTES :], tag).decode()
        except ValueError:
            raise VaultKeyError(f"a token cannot be opened with key {sealing}") from None

    def _cipher(self, sealing: str, nonce: bytes, owner: Owner, field: str) -> Any:
        cipher = self._aes.new(self._keys[sealing], self._aes.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
        return cipher.update(json.dumps([*owner, field]).encode())

    @cached_property
    def _aes(self) -> Any:
        from Crypto.Cipher import AES  # loaded when a token is first needed

        return AES


def vault_keys(values: Callable[[], Sequence[str]]) -> VaultKeys:
    """Return the keys that a secret has.

    Raises
    ------
    VaultKeyError
        When it has none, or something else in their place.
    AwsUnavailableError
        When the secret cannot be read.
    """
    try:
        return VaultKeys(values())
    except MissingSettingError as error:
        raise VaultKeyError(error.message) from None


def key_id(key: bytes) -> str:
    """Return what a key is known by; it says nothing of a key of 256 random bits."""
    return hashlib.sha256(key).hexdigest()[:12]


def _key(text: str) -> bytes:
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        key = b64decode(
            text + "=" * (-len(text) % 4), altchars=b"-_" if {*text} & {*"-_"} else None, validate=True
        )
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise VaultKeyError(f"a value of {KEY_SETTING} is not 32 bytes in base64 or hex")
    return key
