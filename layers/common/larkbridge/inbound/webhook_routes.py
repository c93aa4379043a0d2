"""The routes of the webhooks."""

from functools import partial
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from larkbridge.errors import (
    BadRequestError,
    InvalidCredentialError,
    LarkbridgeError,
    NotConfiguredError,
    NotFoundError,
    UnverifiedRequestError,
)
from larkbridge.inbound.all_providers import BY_NAME, BY_PATH
from larkbridge.inbound.feishu_button import refusal_code, refuse_click
from larkbridge.inbound.lark_webhook import refuse_alike
from larkbridge.inbound.receive import Receive
from larkbridge.routes import (
    HTML_FORM,
    JSON,
    Answer,
    Call,
    Parameter,
    Refusal,
    Route,
    raw_body,
)
from larkbridge.shapes import JsonObject, Note

_Challenge = Annotated[str, Note("What was sent as `challenge`.")]


class WebhookHealth(TypedDict):
    ok: Literal[True]


class Stored(TypedDict):
    ok: Literal[True]


class LarkAnswer(TypedDict):
    challenge: NotRequired[_Challenge]


class LarkToast(TypedDict):
    type: Literal["info"]
    content: str


class LarkCardAnswer(TypedDict):
    challenge: NotRequired[_Challenge]
    toast: NotRequired[LarkToast]
    card: NotRequired[JsonObject]


class ButtonClick(TypedDict):
    app_token: str
    table_id: str
    record_id: str
    user_id: str
    button_id: NotRequired[str]
    timestamp: NotRequired[
        Annotated[
            str | float,
            Note(
                "Unix seconds or milliseconds, at most 5 minutes from now; required with a "
                "signature and without X-Lark-Request-Id."
            ),
        ]
    ]


class ButtonClicked(TypedDict):
    record_id: str
    status: Literal["processing"]


class ButtonAccepted(TypedDict):
    success: Literal[True]
    message: str
    data: ButtonClicked


class ButtonRefused(TypedDict):
    success: Literal[False]
    message: Annotated[str, Note("For whoever clicked, in Vietnamese.")]
    error: Literal[
        "INVALID_REQUEST", "INVALID_SIGNATURE", "UNAUTHORIZED", "RATE_LIMIT_EXCEEDED", "API_CALL_FAILED"
    ]
    fields: NotRequired[dict[str, str]]


_RAISES = (UnverifiedRequestError, NotFoundError, NotConfiguredError, LarkbridgeError)
_BUTTON = "/v1/webhooks/feishu/button"
_BUTTON_PROOFS: dict[str, dict[str, str]] = {
    "buttonSecret": {"type": "http", "scheme": "bearer", "description": "FEISHU_BUTTON_SECRET."},
    "buttonSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Lark-Signature",
        "description": "The base64 HMAC-SHA256 of the raw body with FEISHU_BUTTON_SECRET.",
    },
}
_PROVIDER = Parameter("provider", "Who sends.", shape=Annotated[str, Note(enum=[*BY_NAME])])


def _health(_: Receive, __: Call) -> WebhookHealth:
    return {"ok": True}


def _lark(path: str, name: str, summary: str, shape: Any) -> Route[Receive]:
    return Route(
        "POST",
        path,
        None,
        name=name,
        summary=summary,
        tag="webhooks",
        description="Proven by X-Lark-Signature or the Verification Token; a challenge by what is in it.",
        body=raw_body(JsonObject, JSON),
        answer=Answer(shape, "Stored, or a challenge answered."),
        raises=_RAISES,
        refusal=Refusal(refuse_alike),
        handle=partial(Receive.take, provider=BY_PATH[path]),
    )


ROUTES: tuple[Route[Receive, None, Any], ...] = (
    Route(
        "GET",
        "/webhook/health",
        None,
        name="getWebhookHealth",
        summary="Whether the webhooks answer",
        tag="health",
        answer=Answer(WebhookHealth, "They do."),
        handle=_health,
    ),
    _lark("/webhook/event", "receiveLarkEvent", "An event of Lark", LarkAnswer),
    _lark("/webhook/lark", "receiveLarkEventToo", "The same as /webhook/event", LarkAnswer),
    _lark("/webhook/card", "receiveLarkCard", "What somebody did on a card of Lark", LarkCardAnswer),
    Route(
        "POST",
        _BUTTON,
        None,
        name="clickButton",
        summary="A click on a button in Lark Base",
        tag="webhooks",
        proofs=_BUTTON_PROOFS,
        parameters=(
            Parameter("X-Lark-Request-Id", "The click's id: the same one is stored once.", "header"),
        ),
        body=raw_body(ButtonClick, JSON),
        answer=Answer(ButtonAccepted, "Stored; it will be forwarded."),
        raises=(*_RAISES, InvalidCredentialError),
        refusal=Refusal(refuse_click, ButtonRefused, refusal_code),
        handle=partial(Receive.take, provider=BY_PATH[_BUTTON]),
    ),
    Route(
        "POST",
        "/webhooks/{provider}",
        None,
        name="receiveWebhook",
        summary="Events of a vendor",
        tag="webhooks",
        description="Proven by the vendor's own signature; docs/webhooks.md says how for each.",
        parameters=(_PROVIDER,),
        body=raw_body(JsonObject, JSON, HTML_FORM),
        answer=Answer(Stored, "Stored, or known already."),
        raises=_RAISES,
        handle=Receive.take,
    ),
    Route(
        "GET",
        "/webhooks/{provider}",
        None,
        name="verifyWebhook",
        summary="Meta's way to try out an address",
        tag="webhooks",
        parameters=(
            _PROVIDER,
            *(Parameter(f"hub.{name}", place="query") for name in ("mode", "verify_token", "challenge")),
        ),
        answer=Answer(str, "`hub.challenge`.", media_type="text/plain"),
        raises=(BadRequestError, InvalidCredentialError, NotConfiguredError, LarkbridgeError),
        handle=Receive.shake_hands,
    ),
)
