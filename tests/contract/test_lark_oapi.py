"""Lark's own SDK works against the simulated platform unchanged: what it understands, Lark would answer."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

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
