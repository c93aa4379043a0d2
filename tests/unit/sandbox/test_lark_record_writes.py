"""Writes: once per client token, all or nothing, one at a time."""

import threading
from typing import Any

import httpx
import pytest

from sandbox.lark.cells import FieldType
from sandbox.lark.openapi import TOKEN_PATH
from sandbox.lark.tables import Field
from sandbox.lark.transport import OpenApiTransport
from tests.support.lark_calls import TABLE, CalledLark, code

RECORDS = f"{TABLE}/records"
TOKEN = "fe599b60-450f-46ff-b2ef-9f6675625b97"
OTHER_TOKEN = "0d0b5f3e-52a1-4f0c-8f51-6a2d8f1f7c44"
COLUMNS = [Field("fld1", "Tên"), Field("fld2", "Số", FieldType.NUMBER)]


@pytest.fixture
def lark() -> CalledLark:
    lark = CalledLark()
    lark.api.bases.create_table("app1", "tbl1", COLUMNS)
    return lark


def rows(*numbers: Any) -> dict[str, Any]:
    return {"records": [{"fields": {"Số": number}} for number in numbers]}


def numbers(lark: CalledLark) -> list[Any]:
    return [fields["Số"] for fields in lark.api.bases.records("app1", "tbl1").values()]


def test_a_batch_is_created_in_its_order_and_each_creation_is_recorded(lark: CalledLark) -> None:
    answer = lark.data("POST", f"{RECORDS}/batch_create", rows(1, 2), client_token=TOKEN)
    ids = [one["record_id"] for one in answer["records"]]
    assert answer["records"] == [{"fields": {"Số": n}, "record_id": one} for n, one in enumerate(ids, 1)]
    assert lark.api.bases.get("app1", "tbl1", ids[1]) == {"Số": 2}
    assert [(one.record_id, one.client_token, one.fields) for one in lark.api.bases.created] == [
        (ids[0], TOKEN, {"Số": 1}),
        (ids[1], TOKEN, {"Số": 2}),
    ]


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        (RECORDS, {"fields": {"Số": 1}}, {"fields": {"Số": 2}}),
        (f"{RECORDS}/batch_create", rows(1), rows(2)),
    ],
)
def test_a_client_token_writes_once(lark: CalledLark, path: str, body: Any, other: Any) -> None:
    first = lark.data("POST", path, body, client_token=TOKEN)
    assert lark.data("POST", path, body, client_token=TOKEN.upper()) == first
    conflict = lark.call("POST", path, other, client_token=TOKEN)
    assert (conflict.status_code, code(conflict)) == (400, 1255006)
    assert numbers(lark) == [1]
    lark.data("POST", path, body, client_token=OTHER_TOKEN)
    lark.data("POST", path, body)
    assert numbers(lark) == [1, 1, 1]


def test_a_client_token_is_remembered_for_a_time_and_only_for_what_succeeded(lark: CalledLark) -> None:
    lark.api.bases.client_token_seconds = 60
    assert code(lark.call("POST", RECORDS, {"fields": {"Số": "x"}}, client_token=TOKEN)) == 1254061
    lark.data("POST", RECORDS, {"fields": {"Số": 1}}, client_token=TOKEN)
    lark.clock.advance(seconds=59)
    lark.data("POST", RECORDS, {"fields": {"Số": 1}}, client_token=TOKEN)
    assert numbers(lark) == [1]
    lark.clock.advance(seconds=1)
    lark.data("POST", RECORDS, {"fields": {"Số": 2}}, client_token=TOKEN)
    assert numbers(lark) == [1, 2]


def test_a_client_token_belongs_to_a_table_and_an_api(lark: CalledLark) -> None:
    lark.api.bases.create_table("app1", "tbl2", COLUMNS)
    for path, body in (
        (RECORDS, {"fields": {"Số": 1}}),
        (RECORDS.replace("tbl1", "tbl2"), {"fields": {"Số": 2}}),
        (f"{RECORDS}/batch_create", rows(3)),
    ):
        assert code(lark.call("POST", path, body, client_token=TOKEN)) == 0


@pytest.mark.parametrize(
    "token", ["x", "6e10a14e-e676-11f1-bb27-02fc00000001", TOKEN.replace("-", ""), f"{TOKEN}0"]
)
def test_a_client_token_is_a_uuid_of_version_4(lark: CalledLark, token: str) -> None:
    response = lark.call("POST", RECORDS, {"fields": {"Số": 1}}, client_token=token)
    assert (response.status_code, code(response)) == (400, 1254037)
    assert numbers(lark) == []


def test_batches_update_and_delete(lark: CalledLark) -> None:
    ids = [lark.api.bases.add("app1", "tbl1", {"Tên": "An", "Số": number}) for number in (1, 2, 3)]
    written = [
        {"record_id": ids[0], "fields": {"Số": 4}},
        {"record_id": ids[1], "fields": {"Số": 5, "Tên": None}},
    ]
    assert lark.data("POST", f"{RECORDS}/batch_update", {"records": written}) == {"records": written}
    assert lark.api.bases.get("app1", "tbl1", ids[1]) == {"Số": 5}
    assert [(one.record_id, one.fields) for one in lark.api.bases.writes] == [
        (one["record_id"], one["fields"]) for one in written
    ]

    deleted = lark.data("POST", f"{RECORDS}/batch_delete", {"records": ids[:2]})
    assert deleted == {"records": [{"deleted": True, "record_id": one} for one in ids[:2]]}
    assert lark.data("DELETE", f"{RECORDS}/{ids[2]}") == {"deleted": True, "record_id": ids[2]}
    assert lark.api.bases.records("app1", "tbl1") == {}
    assert code(lark.call("DELETE", f"{RECORDS}/{ids[2]}")) == 1254043


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("batch_create", rows(1, "hai"), 1254061),
        ("batch_create", {"records": [{"fields": {"Số": 1}}, {"fields": {"Khác": 1}}]}, 1254045),
        ("batch_create", {"records": [{"fields": {"Số": 1}}, {}]}, 99992402),
        ("batch_create", rows(*range(501)), 1254104),
        ("batch_create", {"records": []}, 99992402),
        ("batch_create", {}, 99992402),
        ("batch_update", {"records": [{"record_id": "rec1", "fields": {"Số": "x"}}]}, 1254061),
        (
            "batch_update",
            {"records": [{"record_id": one, "fields": {"Số": 5}} for one in ("rec1", "rec9")]},
            1254043,
        ),
        ("batch_update", {"records": [{"record_id": "rec1", "fields": {"Số": 5}}] * 501}, 1254104),
        ("batch_update", {"records": [{"fields": {"Số": 5}}]}, 99992402),
        ("batch_delete", {"records": ["rec1", "rec9"]}, 1254043),
        ("batch_delete", {"records": ["rec1"] * 501}, 1254104),
        ("batch_delete", {"records": [{"record_id": "rec1"}]}, 99992402),
    ],
)
def test_a_batch_writes_all_or_nothing(lark: CalledLark, path: str, body: Any, expected: int) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"Số": 0})
    assert code(lark.call("POST", f"{RECORDS}/{path}", body)) == expected
    assert lark.api.bases.records("app1", "tbl1") == {"rec1": {"Số": 0}}
    assert (lark.api.bases.created, lark.api.bases.writes) == ([], [])


def test_a_forbidden_record_cannot_be_written(lark: CalledLark) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"Số": 0})
    lark.api.bases.forbidden.add("rec1")
    assert code(lark.call("PUT", f"{RECORDS}/rec1", {"fields": {"Số": 1}})) == 1254043
    assert code(lark.call("DELETE", f"{RECORDS}/rec1")) == 1254043
    assert numbers(lark) == [0]


def test_a_base_takes_one_write_at_a_time(lark: CalledLark) -> None:
    lark.api.bases.create_table("app1", "tbl2", COLUMNS)
    lark.api.bases.create_table("app2", "tbl1", COLUMNS)
    lark.api.bases.write_seconds = 0.5
    body = {"fields": {"Số": 1}}
    assert code(lark.call("POST", RECORDS, body)) == 0
    conflict = lark.call("POST", RECORDS.replace("tbl1", "tbl2"), body)
    assert (conflict.status_code, code(conflict)) == (200, 1254291)
    assert code(lark.call("POST", RECORDS.replace("app1", "app2"), body)) == 0
    assert code(lark.call("GET", f"{TABLE}/fields")) == 0
    lark.clock.advance(seconds=0.5)
    assert code(lark.call("POST", RECORDS, {"fields": {"Số": "x"}})) == 1254061
    assert code(lark.call("POST", RECORDS, body)) == 0


def test_a_client_that_waits_for_its_answers_meets_no_conflict() -> None:
    lark = CalledLark()
    lark.api.bases.create_table("app1", "tbl1", COLUMNS)
    lark.api.bases.write_seconds = 0.5
    start = lark.clock.timestamp()
    with httpx.Client(
        transport=OpenApiTransport(lark.api, lark.clock.sleep), base_url="https://lark.test"
    ) as http:
        for number in range(3):
            answer = http.post(RECORDS, json={"fields": {"Số": number}}, headers=lark.headers)
            assert code(answer) == 0
    assert lark.clock.timestamp() == start + 1.5


def test_of_two_writes_at_once_over_http_one_is_refused(sandbox: httpx.Client) -> None:
    credential = {"app_id": "cli_local", "app_secret": "a-secret"}
    sandbox.headers["Authorization"] = (
        f"Bearer {sandbox.post(TOKEN_PATH, json=credential).json()['tenant_access_token']}"
    )
    sandbox.put("/_sandbox/lark/base/app1/tbl1/rec1", json={"fields": {"a": "x"}})
    sandbox.put("/_sandbox/lark/base/conditions", json={"writeSeconds": 0.3})
    together = threading.Barrier(2)
    codes: list[int] = []

    def write() -> None:
        together.wait()
        codes.append(code(sandbox.put(f"{RECORDS}/rec1", json={"fields": {"a": "y"}})))

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [0, 1254291]
