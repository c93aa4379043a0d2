"""A click on a button in Lark Base: forwarded, then told to the record and to whoever clicked."""

import json
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.clock import from_text
from larkbridge.processors.button_clicks import ButtonProcessor
from larkbridge.store.events import Event
from larkbridge.store.work import FINAL, Status
from larkbridge.targets.policies import DELIVERY
from sandbox.faults import Fault
from tests.support.admin import Admin
from tests.support.documents import CLICK
from tests.support.events import TABLE, Events, every_stop, new_event, refusal
from tests.support.world import SANDBOX_ORIGIN

DONE, NOT_DONE = "Đã xong", "Chưa thực hiện được"


def click(delivery_id: str = "click-1", **changes: Any) -> Event:
    return new_event("feishu-button", "button.clicked", CLICK | changes, delivery_id)


def press(events: Events, **changes: Any) -> Event:
    return events.handle(click(**changes))


def result(events: Events) -> Any:
    """Return what stands in the record's field for results."""
    return (events.outside.openapi.bases.get(*TABLE, "rec_1") or {}).get("Kết quả")


def cards(events: Events) -> list[tuple[str, str, str]]:
    """Return who was sent a card, by which kind of id, and the card's title."""
    return [
        (one.receive_id_type, one.receive_id, one.content["header"]["title"]["content"])
        for one in events.outside.openapi.messages.sent
    ]


def test_click_is_forwarded_with_its_record(events: Events) -> None:
    events.configure_button()
    event = press(events, button_id=None, view_id="vew_1", mức="cao")
    assert event.status == Status.SUCCESS
    (request,) = events.outside.hooks.requests("crm")
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(request.body) == {
        "event_id": "feishu-button#click-1",
        "type": "button.clicked",
        "clicked_at": "2026-09-01T02:00:00.000Z",
        "app_token": "app_1",
        "table_id": "tbl_1",
        "view_id": "vew_1",
        "button_id": None,
        "user_id": "ou_1",
        "record": {"record_id": "rec_1", "fields": {"Tên": [{"type": "text", "text": "Nguyễn Minh An"}]}},
        "custom": {"mức": "cao"},
    }


def test_result_goes_to_the_record_and_to_whoever_clicked(events: Events) -> None:
    events.configure_button()
    press(events)
    assert result(events) == DONE
    assert cards(events) == [("open_id", "ou_1", DONE)]
    assert {one.status for one in events.deliveries()} == {Status.SENT}
    assert {one.subject for one in events.deliveries()} == {"feishu-button#click-1"}


@pytest.mark.parametrize(
    ("user_id", "sent"),
    [
        ("ou_7", [("open_id", "ou_7", DONE)]),
        ("on_7", [("union_id", "on_7", DONE)]),
        ("9a8b7c", [("user_id", "9a8b7c", DONE)]),
        ("Nguyễn Thị Hà", []),
        ("name@example.com", []),
    ],
)
def test_card_goes_by_the_kind_of_id(events: Events, user_id: str, sent: Any) -> None:
    events.configure_button()
    press(events, user_id=user_id)
    assert cards(events) == sent
    assert result(events) == DONE


def test_each_owner_gets_the_click_once(events: Events) -> None:
    events.configure_button("crm")
    events.configure_button("shop", webhook_url=f"{SANDBOX_ORIGIN}/hooks/shop")
    events.configure_button("off", webhook_url=f"{SANDBOX_ORIGIN}/hooks/off", enabled=False)
    events.configure_button("elsewhere", webhook_url=f"{SANDBOX_ORIGIN}/hooks/elsewhere", table_id="tbl_2")
    events.replay(press(events))
    events.settle()
    names = ("crm", "shop", "off", "elsewhere")
    assert [len(events.outside.hooks.requests(name)) for name in names] == [1, 1, 0, 0]
    assert len(events.deliveries()) == 6
    assert len(events.outside.openapi.messages.sent) == 2


def test_field_for_results_can_be_another(events: Events) -> None:
    events.configure_button(result_field="Trạng thái")
    events.outside.openapi.bases.put(*TABLE, "rec_1", {"Trạng thái": None})
    press(events)
    assert (events.outside.openapi.bases.get(*TABLE, "rec_1") or {})["Trạng thái"] == DONE


@pytest.mark.parametrize("status", [404, 410, 422])
def test_forward_that_stays_refused_for_an_hour_is_told_then(events: Events, status: int) -> None:
    events.configure_button()
    events.outside.hooks.faults("crm").set(Fault("error_code", status))
    start = events.clock.now()
    press(events)
    assert (events.deliveries("button-forward")[0].status, cards(events)) == (Status.FAILED, [])
    events.settle()
    (forward,) = events.deliveries("button-forward")
    assert (forward.status, forward.attempt_count) == (Status.DEAD, 4)
    assert from_text(forward.attempts[-1]["startedAt"]) - start < timedelta(hours=1)
    assert (result(events), cards(events)) == (NOT_DONE, [("open_id", "ou_1", NOT_DONE)])


@pytest.mark.parametrize("status", [400, 413, 415])
def test_refused_forward_is_told_at_once(events: Events, status: int) -> None:
    events.configure_button()
    events.outside.hooks.faults("crm").set(Fault("error_code", status))
    assert press(events).status == Status.SUCCESS
    (forward,) = events.deliveries("button-forward")
    assert (forward.status, (forward.last_error or {})["reason"]) == (Status.DEAD, f"http_{status}")
    assert result(events) == NOT_DONE
    assert cards(events) == [("open_id", "ou_1", NOT_DONE)]


@pytest.mark.parametrize("fault", [Fault("down", times=3), Fault("error_code", 429, times=3)])
def test_nothing_is_told_before_the_forward_has_ended(events: Events, fault: Fault) -> None:
    events.configure_button()
    events.outside.hooks.faults("crm").set(fault)
    press(events)
    assert events.deliveries("button-forward")[0].status == Status.FAILED
    assert len(events.deliveries()) == 1
    events.settle()
    assert (result(events), len(cards(events))) == (DONE, 1)


def test_forward_that_never_succeeds_is_told_in_the_end(events: Events) -> None:
    events.configure_button()
    events.outside.hooks.faults("crm").set(Fault("error_500"))
    press(events)
    events.settle()
    (forward,) = events.deliveries("button-forward")
    assert (forward.status, forward.attempt_count) == (Status.DEAD, 12)
    assert len({one.headers["webhook-id"] for one in events.outside.hooks.requests("crm")}) == 1
    assert result(events) == NOT_DONE
    assert cards(events) == [("open_id", "ou_1", NOT_DONE)]


def test_forward_that_succeeds_when_it_is_retried_replaces_what_was_told(events: Events) -> None:
    events.configure_button()
    events.outside.hooks.faults("crm").set(Fault("error_code", 400))
    press(events)
    (forward,) = events.deliveries("button-forward")
    assert (forward.status, result(events)) == (Status.DEAD, NOT_DONE)
    events.outside.hooks.faults("crm").clear()
    answer = Admin(events.world).ask("POST /v1/deliveries/{deliveryId}/retry", forward.delivery_id)
    assert answer.status == 200
    events.settle()
    assert result(events) == DONE


@pytest.mark.parametrize(
    "url",
    ["http://crm.example/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://[", "hook"],
)
def test_forward_goes_to_no_private_address(events: Events, url: str) -> None:
    events.configure_button(webhook_url=url)
    press(events)
    (forward,) = events.deliveries("button-forward")
    assert (forward.status, (forward.last_error or {})["reason"]) == (Status.DEAD, "address_not_allowed")
    assert result(events) == NOT_DONE


def test_lark_being_down_delays_the_result_only(events: Events) -> None:
    events.configure_button()
    event = events.receive(click())
    for area in ("base", "messages"):
        events.outside.openapi.faults[area].set(Fault("error_500", times=3))
    assert events.process(event).status == Status.FAILED
    events.settle()
    assert events.stored(event).status == Status.SUCCESS
    assert len(events.outside.hooks.requests("crm")) == 1
    assert (result(events), len(cards(events))) == (DONE, 1)


def test_table_that_nobody_configured_is_refused(events: Events) -> None:
    events.configure_button(enabled=False)
    event = press(events)
    assert (event.status, (event.last_error or {})["reason"]) == (Status.DEAD, "unauthorized")
    assert cards(events) == [("open_id", "ou_1", NOT_DONE)]
    assert len(events.deliveries()) == 1


def test_record_that_is_gone_is_refused(events: Events) -> None:
    events.configure_button()
    event = press(events, record_id="rec_2")
    assert (event.status, (event.last_error or {})["reason"]) == (Status.DEAD, "record_not_found")
    assert cards(events) == [("open_id", "ou_1", NOT_DONE)]
    assert len(events.deliveries()) == 1


def test_record_that_is_too_large_is_refused(events: Events) -> None:
    events.configure_button()
    texts = {f"Ghi chú {number}": "ễ" * 65_000 for number in range(2)}
    events.outside.openapi.bases.put(*TABLE, "rec_1", texts)
    event = press(events)
    assert (event.status, (event.last_error or {})["reason"]) == (Status.DEAD, "too_large")
    assert cards(events) == [("open_id", "ou_1", NOT_DONE)]


def test_without_an_app_nothing_is_lost(events: Events) -> None:
    events.configure_button()
    events.world.restart(LARK_APP_ID="")
    event = press(events)
    assert (event.status, (event.last_error or {})["reason"]) == (Status.FAILED, "app_not_set")


@pytest.mark.parametrize("name", ["app_token", "table_id", "record_id", "user_id"])
@pytest.mark.parametrize("value", [None, "", 7, ["x"], {"x": 1}, "a\nb", "a" * 201])
def test_nonsense_is_refused_by_name(name: str, value: Any) -> None:
    nowhere: Any = None
    refused = refusal(ButtonProcessor(nowhere, nowhere).clicked, click(**{name: value}))
    assert refused.reason == "invalid_field"
    assert refused.message.startswith(f"{name} must be ")


def test_stop_anywhere_ends_with_one_result(environ: dict[str, str]) -> None:
    def prepare(events: Events) -> None:
        events.configure_button()
        events.receive(click())

    for events, stop in every_stop(environ, prepare, lambda one: one.process(click())):
        events.settle()
        assert events.stored(click()).status == Status.SUCCESS, stop
        assert sorted(one.target for one in events.deliveries()) == [
            "button-forward",
            "lark-card",
            "lark-record",
        ]
        assert {one.status for one in events.deliveries()} == {Status.SENT}, stop
        assert len({one.headers["webhook-id"] for one in events.outside.hooks.requests("crm")}) == 1, stop
        assert (result(events), len(cards(events))) == (DONE, 1), stop


def test_stop_anywhere_in_a_refusal_ends_with_one_result(environ: dict[str, str]) -> None:
    def prepare(events: Events) -> None:
        events.configure_button()
        events.outside.hooks.faults("crm").set(Fault("error_code", 422))
        events.outside.openapi.faults["base"].clear()
        events.receive(click())

    for events, stop in every_stop(environ, prepare, lambda one: one.process(click())):
        events.settle()
        assert len(events.deliveries()) == 3, stop
        assert {one.status for one in events.deliveries()} <= FINAL, stop
        assert (result(events), len(cards(events))) == (NOT_DONE, 1), stop


def test_forward_whose_last_attempt_was_cut_off_is_told_too(events: Events) -> None:
    events.configure_button()
    events.outside.hooks.faults("crm").set(Fault("down", times=1))
    press(events)
    (forward,) = events.deliveries("button-forward")
    last = {"status": Status.SENDING, "attempt_count": DELIVERY.attempts}
    events.world.deliveries.change(forward, last)
    events.settle()
    assert events.deliveries("button-forward")[0].status == Status.DEAD
    assert events.outside.hooks.requests("crm") == []
    assert (result(events), cards(events)) == (NOT_DONE, [("open_id", "ou_1", NOT_DONE)])
