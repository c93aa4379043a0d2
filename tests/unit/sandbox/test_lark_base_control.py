"""Bases over HTTP, as tests of the deployed stack edit and inspect them."""

import json
from typing import Any

import httpx
import pytest

from sandbox.lark.openapi import TOKEN_PATH
from tests.support.lark_calls import TABLE, code
from tests.support.waiting import wait_for

BASE = "/_sandbox/lark/base"
PLACE = f"{BASE}/app1/tbl1"
EVENTS = "/_sandbox/lark/events"
FIELDS = [{"fieldId": "fldA", "name": "Tên", "type": 1}, {"fieldId": "fldB", "name": "Số", "type": 2}]


@pytest.fixture
def lark(sandbox: httpx.Client) -> httpx.Client:
    credential = {"app_id": "cli_local", "app_secret": "a-secret"}
    token = sandbox.post(TOKEN_PATH, json=credential).json()["tenant_access_token"]
    sandbox.headers["Authorization"] = f"Bearer {token}"
    assert sandbox.put(PLACE, json={"fields": FIELDS}).status_code == 204
    return sandbox


def test_a_table_is_made_and_its_records_put_listed_and_deleted(lark: httpx.Client) -> None:
    fields = {"Tên": [{"text": "An", "type": "text"}], "Số": 3}
    assert lark.put(f"{PLACE}/rec1", json={"fields": {"Tên": "An", "Số": 3}}).json() == {"fields": fields}
    shown = lark.get(PLACE).json()
    assert shown["records"] == {"rec1": fields}
    assert [(one["field_id"], one["is_primary"]) for one in shown["columns"]] == [
        ("fldA", True),
        ("fldB", False),
    ]
    assert lark.delete(f"{PLACE}/rec1").status_code == 204
    assert lark.get(f"{PLACE}/rec1").status_code == 404


def test_a_column_is_renamed_retyped_and_removed(lark: httpx.Client) -> None:
    lark.put(f"{PLACE}/rec1", json={"fields": {"Số": 3}})
    assert lark.put(f"{PLACE}/columns/fldB", json={"name": "Buổi", "type": 3}).status_code == 204
    assert lark.get(f"{PLACE}/rec1").json() == {"fields": {"Buổi": "3"}}
    assert lark.delete(f"{PLACE}/columns/fldB").status_code == 204
    assert lark.get(f"{PLACE}/rec1").json() == {"fields": {}}


def test_a_column_is_added(lark: httpx.Client) -> None:
    assert lark.put(f"{PLACE}/columns/fldC", json={"name": "Kết quả"}).status_code == 204
    fields = {"Kết quả": [{"text": "xong", "type": "text"}]}
    assert lark.put(f"{PLACE}/rec1", json={"fields": {"Kết quả": "xong"}}).json() == {"fields": fields}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PUT", f"{PLACE}/rec1", {"fields": {"Số": "ba"}}, 1254061),
        ("PUT", f"{PLACE}/rec1", {"fields": {"Khác": 1}}, 1254045),
        ("DELETE", f"{PLACE}/columns/fldZ", None, 1254045),
        ("GET", f"{BASE}/app1/tbl9", None, 1254041),
        ("DELETE", f"{BASE}/app9/tbl1/rec1", None, 91402),
    ],
)
def test_what_a_table_refuses_is_answered_with_its_code(
    lark: httpx.Client, method: str, path: str, body: Any, expected: int
) -> None:
    response = lark.request(method, path, json=body)
    assert (response.status_code, response.json()["code"]) == (400, expected)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (PLACE, {"fields": 1}, "fields"),
        (PLACE, {"fields": [1]}, "fields"),
        (PLACE, {"fields": [{"name": "x", "type": 1}]}, "fieldId"),
        (PLACE, {"fields": [{"fieldId": "fld1", "name": "x", "type": "1"}]}, "type"),
        (f"{PLACE}/columns/fldA", {"name": ""}, "name"),
        (f"{BASE}/conditions", {"replicaLag": -1}, "replicaLag"),
        (f"{BASE}/conditions", {"hidden": "app1"}, "hidden"),
        (f"{BASE}/conditions", {"lag": 1}, "lag"),
        (EVENTS, {}, "url"),
    ],
)
def test_a_control_request_that_is_wrong_names_its_field(
    lark: httpx.Client, path: str, body: Any, field: str
) -> None:
    response = lark.put(path, json=body)
    assert (response.status_code, list(response.json()["fields"])) == (400, [field])


def test_conditions_are_set_and_hold(lark: httpx.Client) -> None:
    lark.put(f"{PLACE}/rec1", json={"fields": {"Số": 3}})
    conditions = {"replicaLag": 2.0, "writeSeconds": 0.5, "clientTokenSeconds": 60.0}
    sets = {"closed": [], "hidden": ["app1"], "forbidden": []}
    assert lark.put(f"{BASE}/conditions", json=conditions | {"hidden": ["app1"]}).json() == conditions | sets
    assert lark.get(f"{BASE}/conditions").json() == conditions | sets
    assert lark.post(f"{TABLE}/records/search", json={}).json()["data"]["items"] == []


def test_a_base_is_closed_to_an_app_that_is_no_member(lark: httpx.Client) -> None:
    lark.put(f"{PLACE}/rec1", json={"fields": {"Số": 3}})
    lark.put(f"{BASE}/conditions", json={"closed": ["app1"]})
    for method, path in (("GET", f"{TABLE}/fields"), ("POST", f"{TABLE}/records/search")):
        response = lark.request(method, path, json={} if method == "POST" else None)
        assert (response.status_code, response.json()["code"], response.json()["msg"]) == (
            403,
            91403,
            "Forbidden",
        )
    lark.put(f"{BASE}/conditions", json={"closed": []})
    assert lark.get(f"{TABLE}/fields").json()["code"] == 0


def test_null_for_an_unknown_name_makes_the_column(lark: httpx.Client) -> None:
    assert lark.put(f"{PLACE}/rec1", json={"fields": {"Số": 3, "Kết quả": None}}).status_code == 200
    assert [one["field_name"] for one in lark.get(PLACE).json()["columns"]][-1:] == ["Kết quả"]


def test_calls_and_creations_are_shown_and_forgotten(lark: httpx.Client) -> None:
    lark.post(f"{TABLE}/records", json={"fields": {"Số": 3}})
    assert lark.get(f"{BASE}/calls").json() == {"create": 1}
    [created] = lark.get(f"{BASE}/created").json()["items"]
    assert (created["tableId"], created["fields"], created["clientToken"]) == ("tbl1", {"Số": 3}, "")
    for path in ("calls", "created"):
        assert lark.delete(f"{BASE}/{path}").status_code == 204
    assert (lark.get(f"{BASE}/calls").json(), lark.get(f"{BASE}/created").json()) == ({}, {"items": []})


@pytest.mark.parametrize(("area", "status"), [("reads", [500, 200]), ("writes", [200, 500])])
def test_reads_and_writes_have_faults_of_their_own(lark: httpx.Client, area: str, status: list[int]) -> None:
    assert lark.put(f"{BASE}/{area}/fault", json={"kind": "error_500"}).status_code == 200
    calls = [lark.get(f"{TABLE}/fields"), lark.post(f"{TABLE}/records", json={"fields": {}})]
    assert [one.status_code for one in calls] == status


def test_events_go_to_an_address_until_they_are_stopped(lark: httpx.Client) -> None:
    lark.post("/open-apis/drive/v1/files/app1/subscribe", params={"file_type": "bitable"}).raise_for_status()
    assert lark.get(f"{EVENTS}/subscribed").json() == {"items": ["app1"]}
    address = {"url": str(lark.base_url.join("/hooks/lark")), "verificationToken": "v1"}

    def deliveries() -> list[Any]:
        return lark.get(f"{EVENTS}/deliveries").json()["items"]

    assert lark.put(EVENTS, json=address).status_code == 204
    lark.put(f"{PLACE}/rec1", json={"fields": {"Số": 3}})
    wait_for(lambda: len(deliveries()) == 1, 10)
    assert lark.delete(EVENTS).status_code == 204
    lark.put(f"{PLACE}/rec1", json={"fields": {"Số": 4}})
    lark.put(EVENTS, json=address)
    lark.put(f"{PLACE}/rec1", json={"fields": {"Số": 5}})
    wait_for(lambda: len(deliveries()) >= 2, 10)
    lark.delete(EVENTS)

    requests = lark.get("/_sandbox/hooks/lark/requests").json()["items"]
    events = [json.loads(one["body"]) for one in requests]
    values = [one["event"]["action_list"][0]["after_value"][0]["field_value"] for one in events]
    assert values == ["3", "5"]
    header = events[0]["header"]
    assert (header["event_type"], header["token"]) == ("drive.file.bitable_record_changed_v1", "v1")
    delivery = deliveries()[0]
    assert (delivery["eventId"], delivery["attempt"], delivery["status"]) == (header["event_id"], 1, 200)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://[", "x"])
def test_an_address_that_nobody_listens_at_is_tried(lark: httpx.Client, url: str) -> None:
    lark.post("/open-apis/drive/v1/files/app1/subscribe", params={"file_type": "bitable"})
    lark.put(EVENTS, json={"url": url})
    assert code(lark.post(f"{TABLE}/records", json={"fields": {"Số": 3}})) == 0
    wait_for(lambda: lark.get(f"{EVENTS}/deliveries").json()["items"], 10)
    lark.delete(EVENTS)
    [delivery] = lark.get(f"{EVENTS}/deliveries").json()["items"]
    assert delivery["status"] == 0
