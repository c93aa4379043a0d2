"""The button in Lark Base: a click is forwarded, with its record, to whoever configured the table."""

from collections.abc import Mapping, Sequence
from typing import Any

from larkbridge.clock import from_text
from larkbridge.lark.base import Base, Record
from larkbridge.outbox.targets.button_forward import Click, new_forward
from larkbridge.outbox.targets.origin import Origin
from larkbridge.processors.processor import Incoming, UnprocessableEventError
from larkbridge.processors.reading import Fields, compact_json
from larkbridge.store.button_configs import ButtonConfigStore
from larkbridge.store.deliveries import Delivery

CLICKED_TYPE = "button.clicked"
_OWN_FIELDS = frozenset(
    {"timestamp", "token", "app_token", "table_id", "record_id", "button_id", "user_id", "view_id"}
)


class ButtonProcessor:
    """Forwards clicks; one delivery for each owner, however often it runs."""

    def __init__(self, configs: ButtonConfigStore, base: Base) -> None:
        self._configs = configs
        self._base = base

    def clicked(self, incoming: Incoming) -> Sequence[Delivery]:
        """Read the record once and return what must be forwarded."""
        fields = Fields(incoming.document)
        table = fields.name("app_token"), fields.name("table_id")
        record_id, user_id = fields.name("record_id"), fields.name("user_id")
        configs = self._configs.for_table(*table)
        if not configs:
            raise UnprocessableEventError("unauthorized", "nobody has configured this table")
        record = self._base.table(*table).get_one(record_id)
        body = compact_json(_message(incoming, fields, record), "the record")
        event = incoming.event
        return [
            new_forward(
                Click(*table, record_id, user_id, config.result_field),
                config.webhook_url,
                body,
                Origin((event.event_id, config.owner), event.event_id, from_text(event.received_at)),
            )
            for config in configs
        ]


def _message(incoming: Incoming, fields: Fields, record: Record) -> Mapping[str, Any]:
    """Return what a receiver gets; `custom` is whatever else the automation sent."""
    names = ("app_token", "table_id", "view_id", "button_id", "user_id")
    return {
        "event_id": incoming.event.event_id,
        "type": CLICKED_TYPE,
        "clicked_at": incoming.event.received_at,
        **{name: fields.optional_name(name) for name in names},
        "record": {"record_id": record.record_id, "fields": record.fields},
        "custom": {name: value for name, value in fields.values.items() if name not in _OWN_FIELDS},
    }
