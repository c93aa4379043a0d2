"""Lark's own SDK works against the simulated platform unchanged: what it understands, Lark would answer."""

import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sandbox.lark.cells import FieldType
from sandbox.lark.tables import Field
from sandbox.routing import Router
from sandbox.server import SandboxServer
from sandbox.settings import SandboxSettings
from sandbox.simulators import Simulators
from tests.support.clock import SimulatedClock

PLACE = ("app1", "tbl1", "rec1")


@pytest.fixture(scope="module")
def lark() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lark_oapi

        return lark_oapi


@pytest.fixture
def simulators() -> Simulators:
    settings = SandboxSettings(lark_app_id="cli_sdk", lark_app_secrets=["sdk-secret"])
    simulators = Simulators(SimulatedClock().timestamp, settings)
    simulators.openapi.bases.put(*PLACE, {"Tên": [{"type": "text", "text": "An"}], "Buổi": 3})
    return simulators


@pytest.fixture
def url(simulators: Simulators) -> Iterator[str]:
    with SandboxServer("127.0.0.1", 0, Router(simulators.routes())).running() as url:
        yield url


@pytest.fixture
def client(lark: Any, url: str) -> Iterator[Any]:
    client = lark.Client.builder().app_id("cli_sdk").app_secret("sdk-secret").domain(url).build()
    tokens = lark.core.token.TokenManager.cache
    yield client
    tokens.set("self_tenant_token:cli_sdk", "", 0)


def batch_get(lark: Any, client: Any, *record_ids: str) -> Any:
    v1 = lark.api.bitable.v1
    body = v1.BatchGetAppTableRecordRequestBody.builder().record_ids(list(record_ids)).build()
    request = v1.BatchGetAppTableRecordRequest.builder().app_token("app1").table_id("tbl1").request_body(body)
    return client.bitable.v1.app_table_record.batch_get(request.build())


def test_it_gets_a_token_and_reads_records(lark: Any, client: Any) -> None:
    response = batch_get(lark, client, "rec1", "rec2")

    assert response.success()
    [record] = response.data.records
    assert (record.record_id, record.fields) == (
        "rec1",
        {"Tên": [{"type": "text", "text": "An"}], "Buổi": 3},
    )
    assert response.data.absent_record_ids == ["rec2"]
    assert response.get_log_id()


def test_it_is_told_the_code_of_an_error(lark: Any, client: Any, simulators: Simulators) -> None:
    batch_get(lark, client, "rec1")
    simulators.openapi.tokens.revoke()

    response = batch_get(lark, client, "rec1")

    assert (response.success(), response.code, response.raw.status_code) == (False, 99991663, 400)


def test_it_updates_a_record(lark: Any, client: Any, simulators: Simulators) -> None:
    v1 = lark.api.bitable.v1
    written = v1.AppTableRecord.builder().fields({"Buổi": 4}).build()
    request = (
        v1.UpdateAppTableRecordRequest.builder()
        .app_token("app1")
        .table_id("tbl1")
        .record_id("rec1")
        .request_body(written)
        .build()
    )

    response = client.bitable.v1.app_table_record.update(request)

    assert response.success()
    assert response.data.record.fields == {"Buổi": 4}
    assert simulators.openapi.bases.get(*PLACE) == {"Tên": [{"type": "text", "text": "An"}], "Buổi": 4}


def test_it_sends_a_card_once(lark: Any, client: Any, simulators: Simulators) -> None:
    v1, card = lark.api.im.v1, {"elements": []}
    body = (
        v1.CreateMessageRequestBody.builder()
        .receive_id("ou_1")
        .msg_type("interactive")
        .content(json.dumps(card))
        .uuid("uuid-1")
        .build()
    )
    request = v1.CreateMessageRequest.builder().receive_id_type("open_id").request_body(body).build()

    responses = [client.im.v1.message.create(request) for _ in range(2)]

    assert [response.success() for response in responses] == [True, True]
    [sent] = simulators.openapi.messages.sent
    assert (sent.receive_id, sent.content) == ("ou_1", card)
    assert [response.data.message_id for response in responses] == [sent.message_id] * 2


def test_it_opens_and_understands_the_events_of_a_base(lark: Any, simulators: Simulators) -> None:
    api, taken = simulators.openapi, []
    handler = (
        lark.EventDispatcherHandler.builder("encrypt-key-1", "verification-token-1")
        .register_p2_drive_file_bitable_record_changed_v1(taken.append)
        .register_p2_drive_file_bitable_field_changed_v1(taken.append)
        .build()
    )

    def post(headers: Mapping[str, str], body: bytes) -> int:
        raw = lark.core.model.RawRequest()
        raw.uri, raw.headers, raw.body = "/", headers, body
        return handler.do(raw).status_code

    api.events.secrets = {
        "LARK_ENCRYPT_KEY": "encrypt-key-1",
        "LARK_VERIFICATION_TOKEN": "verification-token-1",
    }
    api.events.post = post
    api.files.subscribed.add("app1")
    api.bases.create_table("app1", "tbl2", [Field("fldA", "Tên"), Field("fldB", "Ai", FieldType.USER)])
    api.bases.put("app1", "tbl2", "rec1", {"Tên": "An", "Ai": [{"id": "ou_1"}]})
    api.bases.rename_column("app1", "tbl2", "fldA", "Họ tên")
    api.events.deliver_due()

    assert [one.status for one in api.events.deliveries] == [200, 200]
    records, fields = (one.event for one in taken)
    [action] = records.action_list
    assert (records.file_token, records.table_id, records.revision) == ("app1", "tbl2", 1)
    assert (action.action, action.record_id, action.before_value) == ("record_added", "rec1", None)
    name, people = action.after_value
    assert json.loads(name.field_value) == [{"type": "text", "text": "An"}]
    assert [one.user_id.open_id for one in people.field_identity_value.users] == ["ou_1"]
    [action] = fields.action_list
    assert (action.action, action.before_value.name, action.after_value.name) == (
        "field_edited",
        "Tên",
        "Họ tên",
    )
