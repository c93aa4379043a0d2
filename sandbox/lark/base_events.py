"""The events of a Base: records and fields that changed.

Source: open platform documentation, "Base app record changed" and "Base app field changed", the SDK's
models of both, and integrations for what they leave open: an added record has no value before, a deleted one
none after. Assumed here: a call that changes many records is one event, and what Lark computes is in none.
"""

import json
from collections.abc import Collection
from typing import Any

from sandbox.lark.event_push import EventPush
from sandbox.lark.table_store import TableChange
from sandbox.lark.tables import Field, FieldChange, Row, RowChange, Table

RECORD_CHANGED = "drive.file.bitable_record_changed_v1"
FIELD_CHANGED = "drive.file.bitable_field_changed_v1"


class BaseEvents:
    """Tells `push` of changes in the Bases that are subscribed, by app token."""

    def __init__(self, push: EventPush, subscribed: Collection[str]) -> None:
        self._push = push
        self._subscribed = subscribed

    def __call__(self, change: TableChange) -> None:
        """Have the events of one write sent."""
        if change.app_token not in self._subscribed:
            return
        records = [action for one in change.rows if (action := _record_action(change.table, one))]
        if records:
            self._push.add(RECORD_CHANGED, _event(change, records))
        if change.fields:
            self._push.add(FIELD_CHANGED, _event(change, [_field_action(one) for one in change.fields]))


def _event(change: TableChange, actions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "file_type": "bitable",
        "file_token": change.app_token,
        "table_id": change.table_id,
        "revision": change.table.revision,
        "operator_id": _user(change.operator),
        "action_list": actions,
        "subscriber_id_list": [_user("ou_subscriber")],
        "update_time": int(change.time),
    }


def _record_action(table: Table, change: RowChange) -> dict[str, Any] | None:
    """Return what became of a record; None when nothing did that an event would tell."""
    before, after = change.before, change.after
    row = after or before
    if row is None:
        return None
    ids = _changed_ids(table, before, after)
    if not ids and before is not None and after is not None:
        return None
    action = {"record_id": row.record_id, "action": _verb("record", before, after)}
    sides = {"before_value": before, "after_value": after}
    return action | {name: _values(one, ids) for name, one in sides.items() if one is not None}


def _changed_ids(table: Table, before: Row | None, after: Row | None) -> list[str]:
    old, new = (one.cells if one else {} for one in (before, after))
    columns = [one for one in table.fields.values() if not one.is_computed]
    return [one.field_id for one in columns if old.get(one.field_id) != new.get(one.field_id)]


def _field_action(change: FieldChange) -> dict[str, Any]:
    column = change.after or change.before
    sides = {"before_value": change.before, "after_value": change.after}
    return {
        "action": _verb("field", change.before, change.after),
        "field_id": column.field_id if column else "",
        **{name: _described(one) for name, one in sides.items() if one is not None},
    }


def _verb(noun: str, before: object, after: object) -> str:
    if before is None:
        return f"{noun}_added"
    return f"{noun}_deleted" if after is None else f"{noun}_edited"


def _described(column: Field) -> dict[str, Any]:
    return {
        "id": column.field_id,
        "name": column.name,
        "type": column.type,
        "description": "",
        "property": {},
    }


def _values(row: Row, field_ids: list[str]) -> list[dict[str, Any]]:
    return [_value(field_id, row.cells.get(field_id)) for field_id in field_ids]


def _value(field_id: str, value: Any) -> dict[str, Any]:
    text = "" if value is None else json.dumps(value, ensure_ascii=False)
    shown: dict[str, Any] = {"field_id": field_id, "field_value": text}
    if isinstance(value, list) and value and isinstance(value[0], dict) and "en_name" in value[0]:
        shown["field_identity_value"] = {"users": [_identity(one) for one in value]}
    return shown


def _identity(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "user_id": _user(one.get("id", "")),
        "name": one.get("name"),
        "en_name": one["en_name"],
        "avatar_url": one.get("avatar_url"),
    }


def _user(open_id: str) -> dict[str, str]:
    name = open_id.removeprefix("ou_")
    return {"open_id": open_id, "union_id": f"on_{name}", "user_id": name}
