"""Lark's own SDK as the judge of what Lark would send; its import takes seconds, so only users of it pay."""

import warnings
from collections.abc import Mapping
from typing import Any

from sandbox.webhooks import Signed


class LarkSdk:
    """lark-oapi's handlers, with one Encrypt Key or none and one Verification Token."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import lark_oapi
            from lark_oapi.core.model import RawRequest
            from lark_oapi.core.utils import AESCipher
        self._raw_request = RawRequest
        self._cipher = AESCipher
        key, token = secrets.get("LARK_ENCRYPT_KEY", ""), secrets["LARK_VERIFICATION_TOKEN"]
        self._events = (
            lark_oapi.EventDispatcherHandler.builder(key, token)
            .register_p2_im_message_receive_v1(lambda _: None)
            .register_p1_customized_event("leave_approvalV2", lambda _: None)
            .register_p2_card_action_trigger(_no_change)
            .build()
        )
        self._old_cards = lark_oapi.CardActionHandler.builder(key, token).register(_no_change).build()

    def event(self, request: Signed) -> tuple[int, bytes]:
        """Return the status and body with which its event dispatcher answers."""
        return self._answer(self._events, request)

    def old_card(self, request: Signed) -> tuple[int, bytes]:
        """Return the status and body with which its handler of old cards answers."""
        return self._answer(self._old_cards, request)

    def decrypt(self, data: bytes, key: str) -> bytes:
        """Return the plain bytes; raises ValueError."""
        return self._cipher(key).decrypt(data)

    def _answer(self, handler: Any, request: Signed) -> tuple[int, bytes]:
        raw = self._raw_request()
        raw.uri, raw.headers, raw.body = "/", request.headers, request.body
        response = handler.do(raw)
        return response.status_code, response.content


def _no_change(_: Any) -> Any:
    return {}
