"""Lark: events, new cards and challenges, which may be encrypted, and old cards.

Source: Lark docs, "Receive events" and "Send notifications to developer's server"; for old cards the SDK's
`card/action_handler.py`.
"""

import base64
import hashlib
import json
import os
import uuid
from collections.abc import Mapping

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from sandbox.webhooks import Signed


def sign(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    """Encrypt and sign an event; without an Encrypt Key it travels as it is."""
    key = secrets.get("LARK_ENCRYPT_KEY")
    if key is None:
        return Signed({"Content-Type": "application/json"}, body)
    sent = encrypt(body, key)
    return Signed(_headers("sha256", sent, key, now), sent)


def sign_old_card(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    """Sign an old card's action, which is never encrypted."""
    return Signed(_headers("sha1", body, secrets["LARK_VERIFICATION_TOKEN"], now), body)


def challenge(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    """Send a challenge, which is never signed."""
    key = secrets.get("LARK_ENCRYPT_KEY")
    return Signed({"Content-Type": "application/json"}, body if key is None else encrypt(body, key))


def encrypt(body: bytes, key: str) -> bytes:
    """Return {"encrypt": …} with a random IV."""
    iv = os.urandom(AES.block_size)
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, iv)
    text = base64.b64encode(iv + cipher.encrypt(pad(body, AES.block_size)))
    return json.dumps({"encrypt": text.decode()}).encode()


def _headers(algorithm: str, sent: bytes, secret: str, now: float) -> dict[str, str]:
    timestamp, nonce = str(int(now)), uuid.uuid4().hex
    content = f"{timestamp}{nonce}{secret}".encode() + sent
    return {
        "Content-Type": "application/json",
        "X-Lark-Request-Timestamp": timestamp,
        "X-Lark-Request-Nonce": nonce,
        "X-Lark-Signature": hashlib.new(algorithm, content).hexdigest(),
    }


SIGNERS = {"lark": sign, "lark-challenge": challenge, "lark-old-card": sign_old_card}
