"""The button in Lark Base: a click is forwarded, with its record, to whoever configured the table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from larkbridge.clock import from_text
from larkbridge.lark.api_error import LarkApiError, RecordNotFoundError
from larkbridge.lark.base import Base, BaseRecord
from larkbridge.processors.payload_fields import NAME, Fields, compact_json
from larkbridge.processors.subscriber import (
    Handles,
    Incoming,
    Resources,
    ToldFailureError,
    UnprocessableEventError,
)
from larkbridge.store.button_configs import ButtonConfigStore
from larkbridge.store.deliveries import Delivery
from larkbridge.store.events import Event
from larkbridge.targets.button_forward import NOT_DONE_COLOUR, NOT_DONE_TITLE, Click, new_forward
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.target import Origin
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import EVENT
from larkbridge.work.states import tries

CLICKED_TYPE = "button.clicked"
_OWN_FIELDS = frozenset(
    {"timestamp", "token", "app_token", "table_id", "record_id", "button_id", "user_id", "view_id"}
)

_NOT_SET_UP = (
    "Hệ thống chưa đọc được bản ghi này nên yêu cầu của bạn chưa được thực hiện. Người quản trị cần kiểm tra "
    "cài đặt; vui lòng báo cho họ."
)
_RECORD_GONE = "Bản ghi này không còn trong bảng nên yêu cầu của bạn không thực hiện được."


class ButtonProcessor:
    """Forwards clicks; one delivery for each owner, however often it runs."""

    def __init__(self, configs: ButtonConfigStore, base: Base) -> None:
        self._configs = configs
        self._base = base

    def clicked(self, incoming: Incoming) -> Sequence[Delivery]:
        """Read the record once and return what must be forwarded; whoever clicked hears of a refusal."""
        fields = Fields(incoming.document)
        names = ("app_token", "table_id", "record_id", "user_id")
        app_token, table_id, record_id, user_id = (fields.text(name, NAME) for name in names)
        try:
            return self._forwards(incoming, Click(app_token, table_id, record_id, user_id))
        except UnprocessableEventError as error:
            cards = _cards(incoming, user_id, _NOT_SET_UP)
            raise UnprocessableEventError(error.reason, error.message, cards) from error

    def _forwards(self, incoming: Incoming, click: Click) -> Sequence[Delivery]:
        configs = self._configs.for_table(click.app_token, click.table_id)
        if not configs:
            raise UnprocessableEventError("unauthorized", "nobody has configured this table")
        record = self._read(incoming, click)
        body = compact_json(_message(incoming, record), "the record")
        event = incoming.event
        return [
            new_forward(
                replace(click, result_field=config.result_field, owner=config.owner),
                config.webhook_url,
                body,
                Origin((event.event_id, config.owner), event.event_id, from_text(event.received_at)),
            )
            for config in configs
        ]

    def _read(self, incoming: Incoming, click: Click) -> BaseRecord:
        """Return the record; whoever clicked hears of it when that needs a person, or is given up."""
        try:
            return self._base.table(click.app_token, click.table_id).get_one(click.record_id)
        except RecordNotFoundError as error:
            raise ToldFailureError(error.outcome, _cards(incoming, click.user_id, _RECORD_GONE)) from error
        except LarkApiError as error:
            if not (_needs_a_person(error.outcome) or _is_last_attempt(incoming.event)):
                raise
            raise ToldFailureError(error.outcome, _cards(incoming, click.user_id, _NOT_SET_UP)) from error


def subscribers(resources: Resources) -> Sequence[Handles]:
    button = ButtonProcessor(resources.button_configs, resources.base)
    return [Handles("feishu-button", (CLICKED_TYPE,), button.clicked)]


def _needs_a_person(outcome: Outcome) -> bool:
    """Tell what only a person mends from what passes; what stops the whole app stops its cards too."""
    return outcome.verdict is Verdict.REJECT or outcome.reason in ("http_403", "http_404")


def _is_last_attempt(event: Event) -> bool:
    return tries(event) >= EVENT.attempts


def _cards(incoming: Incoming, user_id: str, text: str) -> Sequence[Delivery]:
    """Return the card that tells whoever clicked: one for each click, however often it is tried."""
    event = incoming.event
    origin = Origin((event.event_id, "not-done"), event.event_id, from_text(event.received_at))
    return cards_to(user_id, NOT_DONE_TITLE, text, NOT_DONE_COLOUR, origin)


def _message(incoming: Incoming, record: BaseRecord) -> Mapping[str, Any]:
    """Return what a receiver gets; `custom` is whatever else the automation sent."""
    fields = Fields(incoming.document)
    names = ("app_token", "table_id", "view_id", "button_id", "user_id")
    return {
        "event_id": incoming.event.event_id,
        "type": CLICKED_TYPE,
        "clicked_at": incoming.event.received_at,
        **{name: fields.text(name, NAME, None) for name in names},
        "record": {"record_id": record.record_id, "fields": record.fields},
        "custom": {name: value for name, value in fields.values.items() if name not in _OWN_FIELDS},
    }
