"""A button in Lark Base whose automation sends an HTTP request.

Protocol: body, answers and error codes are this project's own. An automation cannot sign and has no event id
(Lark help centre, "Send HTTP request"): it shows a shared secret as a bearer token. Whoever can sign sends
`X-Lark-Signature`, the base64 HMAC-SHA256 of the raw body.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, override

from larkbridge.errors import (
    InvalidCredentialError,
    InvalidFieldsError,
    UnverifiedRequestError,
)
from larkbridge.http_exchange import Request, Response, respond_error
from larkbridge.inbound.provider import (
    TOLERANCE,
    Context,
    NewEvent,
    Provider,
    Received,
    hmac_base64,
    require_match,
    required_header,
    text_of,
)
from larkbridge.settings import ButtonSettings, ProviderSettings
from larkbridge.store.rate_limits import Limit

_SIGNATURE = "x-lark-signature"
_IDS = ("app_token", "table_id", "record_id")
_FIRST_MILLISECONDS = 10**11
"""As milliseconds that is in 1973, as seconds in 5138."""

_ACCEPTED = "Đã nhận, đang xử lý"
_WRONG_FIELD = "Thiếu hoặc không hợp lệ"
_REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("INVALID_SIGNATURE", "Chữ ký hoặc mã xác thực không hợp lệ"),
    403: ("UNAUTHORIZED", "Địa chỉ này không được phép gọi"),
    429: ("RATE_LIMIT_EXCEEDED", "Thao tác quá nhanh, vui lòng thử lại sau"),
}
_BAD_REQUEST = ("INVALID_REQUEST", "Yêu cầu không hợp lệ")
_OUR_FAULT = ("API_CALL_FAILED", "Hệ thống đang bận, vui lòng thử lại sau")


class FeishuButton(Provider):
    """Button clicks.

    A click is known by its `X-Lark-Request-Id`, else by who clicked what at which `timestamp`. No signature
    covers that header: a captured request can be sent again under another one, until its timestamp is stale.
    """

    source: ClassVar[str] = "feishu-button"
    paths: ClassVar[Sequence[str]] = ("/v1/webhooks/feishu/button",)
    own_secrets: ClassVar[Sequence[str]] = ("FEISHU_BUTTON_SECRET",)

    @override
    def verify(self, request: Request, context: Context) -> bytes:
        _require_allowed(request.source_ip, context.settings.button)
        secrets = context.secrets.all("FEISHU_BUTTON_SECRET", required=True)
        if _SIGNATURE in request.headers:
            expected = [hmac_base64(secret.encode(), request.body) for secret in secrets]
            require_match(expected, [required_header(request, _SIGNATURE)])
        else:
            require_match(secrets, [_bearer_token(request)])
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        request_id = request.headers.get("x-lark-request-id", "").strip()
        must_be_timed = _SIGNATURE in request.headers or not request_id
        if wrong := list(_wrong_fields(document, must_be_timed)):
            raise InvalidFieldsError("fields are wrong", fields=dict.fromkeys(wrong, _WRONG_FIELD))
        _require_recent(document.get("timestamp"), context.now)
        event = NewEvent(
            delivery_id=request_id or _click_id(document),
            type="button.clicked",
            subject=":".join(document[name] for name in _IDS),
        )
        data = {"record_id": document["record_id"], "status": "processing"}
        return Received(
            events=[event],
            answer=Response.json({"success": True, "message": _ACCEPTED, "data": data}),
            limits=_limits(document["user_id"], request.source_ip, context.settings.button),
        )

    @override
    def has_settings(self, settings: ProviderSettings) -> bool:
        return bool(settings.button.allowed_networks)


def refuse_click(error: Exception, request_id: str) -> Response:
    """Return the answer to whatever was raised, in words for who clicked."""
    response = respond_error(error, request_id)
    code, message = _refusal(response.status)
    body = {"success": False, "message": message, "error": code}
    if fields := json.loads(response.body).get("fields"):
        body["fields"] = fields
    return Response.json(body, response.status, response.headers)


def refusal_code(status: int) -> str:
    """Return the error code that a refusal with this HTTP status has."""
    return _refusal(status)[0]


def _refusal(status: int) -> tuple[str, str]:
    return _OUR_FAULT if status >= 500 else _REFUSALS.get(status, _BAD_REQUEST)


def _require_allowed(source_ip: str, settings: ButtonSettings) -> None:
    """Raise InvalidCredentialError for an address that is not on the list; an empty list has them all."""
    if not settings.allowed_networks:
        return
    from ipaddress import ip_address  # here since it is for the minority that keeps a list

    try:
        address = ip_address(source_ip)
    except ValueError:
        raise InvalidCredentialError("the address is unknown") from None
    if not any(address in network for network in settings.allowed_networks):
        raise InvalidCredentialError("the address is not allowed")


def _bearer_token(request: Request) -> str:
    scheme, _, token = required_header(request, "authorization").partition(" ")
    if scheme.lower() != "bearer":
        raise UnverifiedRequestError("the header authorization has no bearer token")
    return token.strip()


def _wrong_fields(document: Mapping[str, Any], must_be_timed: bool) -> Iterator[str]:
    """Yield the names of fields that are missing or of no shape for a key.

    `user_id` may be any short text: an automation may put a person's name there.
    """
    for name in _IDS:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", text_of(document, name, "")):
            yield name
    if not text_of(document, "user_id", None):
        yield "user_id"
    if document.get("button_id") is not None and not text_of(document, "button_id", None):
        yield "button_id"
    timestamp = document.get("timestamp")
    if _seconds(timestamp) is None and (must_be_timed or timestamp is not None):
        yield "timestamp"


def _require_recent(timestamp: object, now: datetime) -> None:
    seconds = _seconds(timestamp)
    if seconds is not None and abs(now.timestamp() - seconds) > TOLERANCE.total_seconds():
        raise UnverifiedRequestError("the timestamp is too far from now")


def _seconds(timestamp: object) -> float | None:
    """Return unix seconds from seconds or milliseconds, a number or a text; None for anything else."""
    text = str(timestamp) if isinstance(timestamp, str | int | float) else ""
    if not re.fullmatch(r"\d{1,16}(\.\d{1,9})?", text, re.ASCII):
        return None
    value = float(text)
    return value / 1000 if value >= _FIRST_MILLISECONDS else value


def _limits(user_id: str, source_ip: str, settings: ButtonSettings) -> list[Limit]:
    return [
        Limit(name=f"button-user:{user_id}", hits=settings.user_limit),
        Limit(name=f"button-ip:{source_ip}", hits=settings.ip_limit),
    ]


def _click_id(document: Mapping[str, Any]) -> str:
    """Return what a click is known by that has no id of its own."""
    names = (*_IDS, "button_id", "user_id", "timestamp")
    parts = json.dumps([document.get(name) for name in names], separators=(",", ":"))
    return hashlib.sha256(parts.encode()).hexdigest()
