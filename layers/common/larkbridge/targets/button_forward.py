"""Forwards button clicks, and brings the result back to the record and to whoever clicked.

Protocol (the Standard Webhooks specification): `webhook-id` is the same in every attempt, and
`webhook-signature` is "v1," and the base64 HMAC-SHA256 of "<id>.<timestamp>.<body>" under the key that
"whsec_" and base64 stand for.
"""

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from larkbridge.clock import Clock, from_text
from larkbridge.errors import MissingSettingError
from larkbridge.http_client import Reply
from larkbridge.public_http_client import PublicHttpClient
from larkbridge.store.button_results import Place, Result, result_version
from larkbridge.store.deliveries import Delivery
from larkbridge.store.work import FINAL, Status
from larkbridge.targets.http_outcome import outcome_of_call
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.lark_record import new_record_update
from larkbridge.targets.policies import DELIVERY
from larkbridge.targets.target import Origin
from larkbridge.webhook_secrets import standard_webhooks_key
from larkbridge.work.attempts import Attempted
from larkbridge.work.outcome import Outcome
from larkbridge.work.policy import Policy


@dataclass(frozen=True, slots=True)
class Click:
    """Whose click on which record a forward is about.

    `result_field` takes the result, if any does; `owner` is whose configuration the forward follows.
    """

    app_token: str
    table_id: str
    record_id: str
    user_id: str
    result_field: str | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    text: str
    colour: str


NOT_DONE_TITLE, NOT_DONE_COLOUR = "Chưa thực hiện được", "orange"
_DONE = _Words("Đã xong", "Yêu cầu của bạn đã được thực hiện.", "green")
_NOT_DONE = _Words(
    NOT_DONE_TITLE,
    "Yêu cầu của bạn chưa được thực hiện. Vui lòng thử lại sau hoặc báo cho người quản trị.",
    NOT_DONE_COLOUR,
)


class ButtonForward:
    """Posts clicks to public https addresses; at least once, with the delivery's id to tell repeats by.

    Parameters
    ----------
    http
        May call any public host.
    signing_secret
        Returns the secret to sign with, None to send unsigned.
    """

    name: ClassVar[str] = "button-forward"
    policy: ClassVar[Policy] = DELIVERY
    configured: bool = True

    def __init__(
        self, http: PublicHttpClient, signing_secret: Callable[[], str | None], clock: Clock
    ) -> None:
        self._http = http
        self._signing_secret = signing_secret
        self._clock = clock

    def requests_per_second(self) -> int:
        return 10

    def send(self, delivery: Delivery) -> Outcome:
        return outcome_of_call(lambda: self._post(delivery), self._clock, forbidden="address_not_allowed")

    def follow_ups(self, delivery: Delivery, attempted: Attempted) -> Sequence[Delivery]:
        """Tell the record and the person, once it is done or given up."""
        if attempted.status not in FINAL:
            return []
        words = _DONE if attempted.status == Status.SENT else _NOT_DONE
        origin = Origin(
            about=(delivery.delivery_id, str(delivery.attempt_count)),
            subject=delivery.subject,
            moment=from_text(delivery.attempted_at or delivery.created_at),
        )
        click = Click(**delivery.content["click"])
        version = result_version(delivery.created_at, delivery.subject, delivery.attempt_count)
        return _results(click, version, words, _said(attempted.outcome), origin)

    def _post(self, delivery: Delivery) -> Reply:
        body = delivery.content["body"].encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "webhook-id": delivery.delivery_id}
        headers |= self._proof(delivery.delivery_id, body)
        return self._http.post(delivery.content["url"], body=body, headers=headers)

    def _proof(self, message_id: str, body: bytes) -> Mapping[str, str]:
        """Return the headers that say when this was sent and, with a secret to sign with, by whom."""
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {"webhook-timestamp": timestamp}
        if secret := self._signing_secret():
            content = f"{message_id}.{timestamp}.".encode() + body
            digest = hmac.digest(_key(secret), content, "sha256")
            headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        return headers


def new_forward(click: Click, url: str, body: str, origin: Origin) -> Delivery:
    """Return the delivery of a click; `body` is the JSON text to send."""
    content = {"url": url, "body": body, "click": asdict(click)}
    return origin.delivery(ButtonForward, f"hook:{_host(url)}", content)


def _results(click: Click, version: str, words: _Words, said: str, origin: Origin) -> list[Delivery]:
    text = f"{words.text}\n{said}" if said else words.text
    cards = cards_to(click.user_id, words.title, text, words.colour, origin)
    if click.result_field is None:
        return cards
    place = Place(
        app_token=click.app_token,
        table_id=click.table_id,
        record_id=click.record_id,
        field=click.result_field,
    )
    told = f"{words.title}: {said}" if said else words.title
    return [new_record_update(place, Result(owner=click.owner, version=version, text=told), origin), *cards]


def _said(outcome: Outcome) -> str:
    """Return the receiver's own words; ours about a call that failed are not for whoever clicked."""
    return outcome.message if outcome.http_status else ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _key(secret: str) -> bytes:
    key = standard_webhooks_key(secret)
    if key is None:
        raise MissingSettingError("FORWARD_SIGNING_SECRET is not base64")
    return key
