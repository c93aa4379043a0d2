"""Mistakes in setting Lark up have names, and whoever clicked hears of them."""

from typing import Any

import httpx
import pytest

from larkbridge.observability import flush_metrics
from sandbox.faults import Fault
from sandbox.lark.tables import Field
from tests.support.aws import SECRETS
from tests.support.documents import CLICK
from tests.support.forms import http_event
from tests.support.output import captured
from tests.support.tables import SyncWorld
from tests.support.template import resources
from tests.support.world import SANDBOX_ORIGIN, Answer, World

NOT_DONE, DONE = "Chưa thực hiện được", "Đã xong"
BASE, TABLE = CLICK["app_token"], CLICK["table_id"]
CONFIG = {"app_token": BASE, "table_id": TABLE, "webhook_url": f"{SANDBOX_ORIGIN}/hooks/crm"}
REFUSED = {
    91403: "no_permission",
    91402: "base_not_found",
    1254302: "no_permission",
    1254041: "table_not_found",
    99991672: "no_permission",
}
BAD_CREDENTIALS = [10003, 10014, 10015, 99991543]


def configure(world: World, **changes: Any) -> Answer:
    answer = world.call_admin("POST /v1/feishu/config", body=CONFIG | changes)
    world.simulators.openapi.bases.put(BASE, TABLE, CLICK["record_id"], {"Tên": "An", "Kết quả": None})
    return answer


def press(world: World, **changes: Any) -> None:
    """Click on the button, and let the stream announce it."""
    world.clock.advance(seconds=1)
    timestamp = str(int(world.clock.timestamp()))
    assert world.webhook("feishu-button", CLICK | {"timestamp": timestamp} | changes).status == 200
    world.wake()


def events(world: World) -> list[dict[str, Any]]:
    return world.call_admin("GET /v1/events", query={"source": "feishu-button"}).body["items"]


def last_error(world: World) -> dict[str, Any]:
    (event,) = events(world)
    return event["lastError"] or {}


def shown(world: World, event_id: str) -> dict[str, Any]:
    """Return an event as the admin API shows it."""
    route, headers = "GET /v1/events/{eventId}", {"x-api-key": world.api_key}
    return world.admin(http_event(None, route=route, headers=headers, path={"eventId": event_id})).body


def control(world: World, method: str, path: str, body: Any) -> httpx.Response:
    """Send a request to the simulated Lark's controls."""
    with httpx.Client(transport=world.transport, base_url=SANDBOX_ORIGIN) as http:
        return http.request(method, f"/_sandbox/lark/{path}", json=body)


def deliveries(world: World, **query: str) -> list[dict[str, Any]]:
    return world.call_admin("GET /v1/deliveries", query=query).body["items"]


def titles(world: World) -> list[str]:
    """Return the title of every card that the bot has sent."""
    return [one.content["header"]["title"]["content"] for one in world.simulators.openapi.messages.sent]


@pytest.mark.parametrize(("code", "reason"), REFUSED.items())
def test_the_log_of_a_click_has_the_reason_and_what_to_do(world: World, code: int, reason: str) -> None:
    configure(world)
    world.simulators.openapi.faults["base"].set(Fault("error_code", code=code))
    press(world)
    assert last_error(world)["reason"] == reason
    assert last_error(world).get("hint")
    query = {"record_id": CLICK["record_id"]}
    (entry,) = world.call_admin("GET /v1/feishu/webhook/logs", query=query).body["data"]["items"]
    assert (entry["status"], entry.get("reason")) == (3, reason)
    assert entry["hint"]


@pytest.mark.parametrize("code", REFUSED)
def test_who_clicked_is_told_once_that_an_administrator_must_look(world: World, code: int) -> None:
    configure(world)
    world.simulators.openapi.faults["base"].set(Fault("error_code", code=code))
    press(world)
    for _ in range(3):
        world.clock.advance(minutes=10)
        world.sweep()
    assert titles(world) == [NOT_DONE]
    (sent,) = world.simulators.openapi.messages.sent
    assert sent.receive_id == CLICK["user_id"]
    assert "quản trị" in str(sent.content)


def test_who_clicked_on_a_record_that_is_gone_is_told(world: World) -> None:
    configure(world)
    world.simulators.openapi.bases.delete(BASE, TABLE, CLICK["record_id"])
    press(world)
    assert last_error(world)["reason"] == "record_not_found"
    assert titles(world) == [NOT_DONE]


@pytest.mark.parametrize("code", BAD_CREDENTIALS)
def test_a_wrong_credential_is_named_and_the_click_done_once_it_is_mended(world: World, code: int) -> None:
    configure(world)
    world.simulators.openapi.faults["token"].set(Fault("error_code", code=code))
    press(world)
    assert last_error(world)["reason"] == "bad_app_credential"
    assert "LARK_APP_SECRET" in last_error(world).get("hint", "")
    world.simulators.openapi.faults["token"].clear()
    world.clock.advance(hours=1)
    world.sweep()
    assert titles(world) == [DONE]


def test_who_clicked_hears_of_it_when_it_is_given_up(world: World) -> None:
    configure(world)
    world.simulators.openapi.faults["base"].set(Fault("error_code", code=1254036))
    press(world)
    for _ in range(13):
        world.clock.advance(days=3)
        world.sweep()
    assert [one["status"] for one in events(world)] == ["dead"]
    assert titles(world) == [NOT_DONE]


def test_a_code_in_no_list_has_a_hint_that_names_it_and_the_log_id(world: World) -> None:
    configure(world)
    world.simulators.openapi.faults["base"].set(Fault("error_code", code=987654))
    press(world)
    event = shown(world, events(world)[0]["eventId"])
    hint = event["lastError"].get("hint", "")
    assert "987654" in hint
    assert event["attempts"][-1]["larkLogId"] in hint


def test_a_table_may_have_no_column_for_results(world: World) -> None:
    assert configure(world, result_field=None).status == 200
    press(world)
    assert titles(world) == [DONE]
    assert {one["target"] for one in deliveries(world)} == {"button-forward", "lark-card"}


def test_a_base_without_the_column_rings_nothing(world: World) -> None:
    configure(world)
    bases = world.simulators.openapi.bases
    bases.create_table(BASE, TABLE, [Field("fld1", "Tên")])
    bases.put(BASE, TABLE, CLICK["record_id"], {"Tên": "An"})
    with captured() as output:
        press(world)
    assert titles(world) == [DONE]
    assert deliveries(world, status="dead") == []
    assert "DeliveriesDead" not in output.metrics


def test_the_simulated_lark_knows_the_commonest_mistakes(world: World) -> None:
    configure(world)
    press(world)
    control(world, "PUT", "base/conditions", {"closed": [BASE]})
    press(world)
    configure(world, app_token="wikcn1")
    press(world, app_token="wikcn1")
    world.put_secrets(SECRETS | {"LARK_APP_SECRET": "another"})
    press(world, app_token="wikcn1")
    codes = [shown(world, one["eventId"])["attempts"][-1].get("larkCode") for one in events(world)]
    assert codes == [10014, 91402, 91403, None]


def test_null_makes_a_column_in_a_table_of_the_simulated_lark(world: World) -> None:
    bases = world.simulators.openapi.bases
    bases.create_table(BASE, TABLE, [Field("fld1", "Tên")])
    fields = {"fields": {"Tên": "An", "Kết quả": None}}
    assert control(world, "PUT", f"base/{BASE}/{TABLE}/rec1", fields).status_code == 200
    shown = control(world, "GET", f"base/{BASE}/{TABLE}", None).json()
    assert [one["field_name"] for one in shown["columns"]] == ["Tên", "Kết quả"]


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (403, 91403, "no_permission"),
        (200, 91403, "no_permission"),
        (200, 91402, "base_not_found"),
        (404, 91402, "base_not_found"),
    ],
)
def test_a_table_says_what_its_set_up_lacks(
    environ: dict[str, str], status: int, code: int, reason: str
) -> None:
    tables = SyncWorld(environ)
    refusal = {"code": code, "msg": "Forbidden"}
    tables.meddle = lambda request: (
        httpx.Response(status, json=refusal) if "/tblClasses/" in request.url.path else None
    )
    tables.pull()
    error = tables.state("classes").last_error or {}
    assert (error["reason"], error["larkCode"], error["message"]) == (reason, code, "Forbidden")
    assert error["hint"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_table_never_stops_for_a_code_without_a_word(environ: dict[str, str], status: int) -> None:
    tables = SyncWorld(environ)
    tables.meddle = lambda request: (
        httpx.Response(status, json={"code": 987654, "msg": "new"}, headers={"x-tt-logid": "log-7"})
        if "/tblClasses/" in request.url.path
        else None
    )
    tables.pull()
    error = tables.state("classes").last_error or {}
    assert error["reason"] == f"http_{status}"
    assert "987654" in error["hint"]
    assert "log-7" in error["hint"]


def test_the_alarm_of_a_table_that_is_down_rings_until_it_is_well(environ: dict[str, str]) -> None:
    tables = SyncWorld(environ)
    alarm = resources("AWS::CloudWatch::Alarm")["TableSyncFailedAlarm"]["Properties"]
    refusal = {"code": 1254302, "msg": "Permission denied."}
    tables.meddle = lambda request: (
        httpx.Response(200, json=refusal) if "/tblClasses/" in request.url.path else None
    )
    tables.pull()
    tables.clock.advance(hours=6)
    with captured() as output:
        tables.pull()
        flush_metrics()
    assert max(output.metrics.get(alarm["MetricName"], [0])) > alarm["Threshold"]
