"""Events of a Base: what they tell, how they are sealed, and how often they are sent."""

import hashlib
import json
from typing import Any

import pytest

from sandbox.lark.cells import FieldType
from sandbox.lark.tables import Field
from tests.support.event_receiver import KEY, TOKEN, Receiver
from tests.support.lark_calls import TABLE, CalledLark

RECORDS = f"{TABLE}/records"


@pytest.fixture
def lark() -> CalledLark:
    lark = CalledLark()
    columns = [
        Field("fldA", "Tên"),
        Field("fldB", "Số", FieldType.NUMBER),
        Field("fldC", "Ai", FieldType.USER),
    ]
    lark.api.bases.create_table("app1", "tbl1", [*columns, Field("fldD", "Tổng", FieldType.FORMULA)])
    lark.api.files.subscribed.add("app1")
    return lark


@pytest.fixture
def receiver(lark: CalledLark) -> Receiver:
    return Receiver(lark.api.events)


def told(receiver: Receiver) -> list[Any]:
    """Deliver what is due and return the events of that delivery."""
    return [one["event"] for one in receiver.told()]


def test_an_event_is_encrypted_and_signed_and_says_what_it_is(lark: CalledLark, receiver: Receiver) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"Số": 3})
    lark.api.events.deliver_due()
    [(headers, body)], [document] = receiver.requests, receiver.documents
    sealed = headers["X-Lark-Request-Timestamp"] + headers["X-Lark-Request-Nonce"] + KEY
    assert headers["X-Lark-Signature"] == hashlib.sha256(sealed.encode() + body).hexdigest()
    header = document["header"]
    assert document["schema"] == "2.0"
    assert (header["event_type"], header["token"]) == ("drive.file.bitable_record_changed_v1", TOKEN)
    assert (header["app_id"], header["create_time"]) == ("cli_a", str(int(lark.clock.timestamp() * 1000)))
    assert document["event"] == {
        "file_type": "bitable",
        "file_token": "app1",
        "table_id": "tbl1",
        "revision": 1,
        "operator_id": {"open_id": "ou_person", "union_id": "on_person", "user_id": "person"},
        "action_list": [
            {
                "record_id": "rec1",
                "action": "record_added",
                "after_value": [{"field_id": "fldB", "field_value": "3"}],
            }
        ],
        "subscriber_id_list": [
            {"open_id": "ou_subscriber", "union_id": "on_subscriber", "user_id": "subscriber"}
        ],
        "update_time": int(lark.clock.timestamp()),
    }


def test_an_edit_tells_what_changed_by_field_id_and_a_deletion_what_was(
    lark: CalledLark, receiver: Receiver
) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"Tên": "An", "Số": 3})
    told(receiver)
    lark.data("PUT", f"{RECORDS}/rec1", {"fields": {"Tên": "Bình", "Số": 3}})
    lark.api.bases.delete("app1", "tbl1", "rec1")
    edit, deletion = told(receiver)

    [action] = edit["action_list"]
    assert (action["action"], edit["operator_id"]["open_id"]) == ("record_edited", "ou_app")
    [before], [after] = action["before_value"], action["after_value"]
    assert (before["field_id"], json.loads(before["field_value"])[0]["text"]) == ("fldA", "An")
    assert (after["field_id"], json.loads(after["field_value"])[0]["text"]) == ("fldA", "Bình")
    [action] = deletion["action_list"]
    assert action.keys() == {"record_id", "action", "before_value"}
    assert (action["action"], [one["field_id"] for one in action["before_value"]]) == (
        "record_deleted",
        ["fldA", "fldB"],
    )
    assert deletion["revision"] == edit["revision"] + 1


def test_a_person_in_a_cell_is_told_with_their_ids(lark: CalledLark, receiver: Receiver) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"Ai": [{"id": "ou_1"}]})
    [event] = told(receiver)
    [user] = event["action_list"][0]["after_value"][0]["field_identity_value"]["users"]
    assert (user["user_id"]["open_id"], user["name"]) == ("ou_1", "ou_1")


def test_a_batch_is_one_event(lark: CalledLark, receiver: Receiver) -> None:
    lark.data("POST", f"{RECORDS}/batch_create", {"records": [{"fields": {"Số": n}} for n in range(3)]})
    [event] = told(receiver)
    assert [one["action"] for one in event["action_list"]] == ["record_added"] * 3


def test_what_changes_nothing_or_is_computed_is_no_event(lark: CalledLark, receiver: Receiver) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"Số": 3})
    told(receiver)
    lark.data("PUT", f"{RECORDS}/rec1", {"fields": {"Số": 3}})
    lark.call("PUT", f"{RECORDS}/rec1", {"fields": {"Số": "x"}})
    assert lark.api.bases.table("app1", "tbl1").revision == 1
    lark.api.bases.put("app1", "tbl1", "rec1", {"Tổng": {"type": 2, "value": [6]}})
    assert told(receiver) == []


def test_a_base_that_is_not_subscribed_sends_nothing(lark: CalledLark, receiver: Receiver) -> None:
    lark.api.files.subscribed.clear()
    lark.api.bases.put("app1", "tbl1", "rec1", {"Số": 3})
    lark.api.files.subscribed.add("app1")
    assert told(receiver) == []


def test_columns_that_are_added_renamed_retyped_and_removed_are_told(
    lark: CalledLark, receiver: Receiver
) -> None:
    bases = lark.api.bases
    bases.add_column("app1", "tbl1", Field("fldE", "Lớp"))
    bases.rename_column("app1", "tbl1", "fldE", "Lớp học")
    bases.retype_column("app1", "tbl1", "fldE", FieldType.SINGLE_SELECT)
    bases.remove_column("app1", "tbl1", "fldE")
    lark.api.events.deliver_due()

    assert {one["header"]["event_type"] for one in receiver.documents} == {
        "drive.file.bitable_field_changed_v1"
    }
    actions = [one["event"]["action_list"][0] for one in receiver.documents]
    assert [one["action"] for one in actions] == [
        "field_added",
        "field_edited",
        "field_edited",
        "field_deleted",
    ]
    sides = [
        [
            (one[side]["name"], one[side]["type"]) if side in one else None
            for side in ("before_value", "after_value")
        ]
        for one in actions
    ]
    assert sides == [
        [None, ("Lớp", 1)],
        [("Lớp", 1), ("Lớp học", 1)],
        [("Lớp học", 1), ("Lớp học", 3)],
        [("Lớp học", 3), None],
    ]


def test_an_event_that_is_not_taken_is_sent_on_larks_schedule_and_then_given_up(
    lark: CalledLark, receiver: Receiver
) -> None:
    receiver.status = 500
    lark.api.bases.put("app1", "tbl1", "rec1", {"Số": 3})
    start = lark.clock.timestamp()
    for _ in range(8 * 60 * 60 // 5):
        lark.api.events.deliver_due()
        lark.clock.advance(seconds=5)
    deliveries = lark.api.events.deliveries
    waits = [15, 5 * 60, 60 * 60, 6 * 60 * 60]
    assert [one.time - start for one in deliveries] == [sum(waits[:number]) for number in range(5)]
    assert [(one.attempt, one.status) for one in deliveries] == [(n, 500) for n in range(1, 6)]
    assert len({one["header"]["event_id"] for one in receiver.documents}) == 1
    assert len({headers["X-Lark-Request-Nonce"] for headers, _ in receiver.requests}) == 5


def test_an_event_that_is_taken_is_not_sent_again(lark: CalledLark, receiver: Receiver) -> None:
    receiver.status = 0
    lark.api.bases.put("app1", "tbl1", "rec1", {"Số": 3})
    lark.api.events.deliver_due()
    receiver.status = 200
    lark.clock.advance(seconds=15)
    assert [lark.api.events.deliver_due() for _ in range(2)] == [1, 0]
    lark.clock.advance(hours=8)
    assert lark.api.events.deliver_due() == 0
    assert [one.status for one in lark.api.events.deliveries] == [0, 200]


def test_while_there_is_nowhere_to_send_them_events_are_not_kept(lark: CalledLark) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"Số": 3})
    Receiver(lark.api.events)
    assert lark.api.events.deliver_due() == 0
