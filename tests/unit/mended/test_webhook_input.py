"""What others send a little oddly costs no event, no answer and no wait."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from larkbridge.clock import from_text
from larkbridge.store.payments import PaymentStore
from larkbridge.store.work import DONE, Status
from sandbox.lark.tables import Field
from tests.support.calls import WatchedTransport
from tests.support.documents import SESSION
from tests.support.webhooks import FIRST_SECRETS, LARK_APP_ID
from tests.support.world import World

RECORDS = "drive.file.bitable_record_changed_v1"
CARD = {"elements": [{"tag": "markdown", "content": "Đã duyệt"}]}


def _envelope(kind: str, event: Any, *, app_id: str = LARK_APP_ID, event_id: str = "e1") -> dict[str, Any]:
    header = {
        "event_id": event_id,
        "event_type": kind,
        "app_id": app_id,
        "token": FIRST_SECRETS["LARK_VERIFICATION_TOKEN"],
    }
    return {"schema": "2.0", "header": header, "event": event}


def _pressed(world: World, value: Any) -> Any:
    """Press a button of a card, and return what the card's owner is answered."""
    answer = world.webhook("lark-card", _envelope("card.action.trigger", {"action": {"value": value}}))
    assert answer.status == 200
    return answer.body


@pytest.mark.parametrize(
    "card",
    [
        CARD,
        {"schema": "2.0", "body": CARD},
        {"header": {"title": {"tag": "plain_text", "content": "Xong"}}, "elements": []},
        {"config": {"update_multi": True}, "i18n_elements": {"vi_vn": []}},
    ],
)
def test_a_bare_card_is_wrapped(world: World, card: dict[str, Any]) -> None:
    assert _pressed(world, {"card": card}) == {"card": {"type": "raw", "data": card}}


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"type": "raw"},
        {"type": "raw", "data": "{}"},
        {"type": "image", "data": CARD},
        {"type": "template", "data": None},
        {"x": 1},
    ],
)
def test_what_is_no_card_is_left_out(world: World, card: Any) -> None:
    assert _pressed(world, {"card": card}) == {}


class _Busy(httpx.BaseTransport):
    """Answers every request with 503 and some headers."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["trace"]("http11.send_request_headers.started", {})
        return httpx.Response(503, headers=self._headers, content=b"{}", request=request)


@pytest.mark.parametrize("asked", ["date", " 3600 ", "3599.2", "36000000000", "9" * 40])
def test_a_wait_that_was_asked_for_is_kept(world: World, asked: str) -> None:
    an_hour = timedelta(hours=1)
    if asked == "date":
        asked = format_datetime((world.clock.now() + an_hour).astimezone(UTC), usegmt=True)
    world.transport = WatchedTransport(_Busy({"Retry-After": asked}))
    world.restart()
    before = world.clock.now()
    stored = world.stored(world.post().body["submissionId"])
    assert stored.next_attempt_at is not None
    assert before + an_hour <= from_text(stored.next_attempt_at) <= before + timedelta(hours=49)


def test_a_date_counts_from_the_answers_own(world: World) -> None:
    dates = {"Date": datetime(2031, 5, 1, 8, tzinfo=UTC), "Retry-After": datetime(2031, 5, 1, 9, tzinfo=UTC)}
    headers = {name: format_datetime(date, usegmt=True) for name, date in dates.items()}
    world.transport = WatchedTransport(_Busy(headers))
    world.restart()
    before = world.clock.now()
    stored = world.stored(world.post().body["submissionId"])
    assert stored.next_attempt_at is not None
    assert timedelta(minutes=59) <= from_text(stored.next_attempt_at) - before <= timedelta(minutes=61)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("im.message.receive_v1", {"message": {"message_id": "om_1"}}),
        ("message", {"type": "message", "open_message_id": "om_1"}),
    ],
)
def test_two_bots_of_one_group_each_get_a_message(world: World, kind: str, message: dict[str, Any]) -> None:
    world.restart(LARK_APP_ID="")
    for number, app_id in enumerate(["cli_a", "cli_b", "cli_a"]):
        document = _envelope(kind, message, app_id=app_id, event_id=f"e{number}")
        assert world.webhook("lark", document).status == 200
    assert len(list(world.events.backlog(["lark"]))) == 2


def _record_event(world: World, **changes: Any) -> Status:
    """Have an event about a mirrored table come in and be processed, and return its state."""
    world.environ["LARK_TABLES"] = "classes=bascnLocal/tblClasses"
    world.restart()
    columns = [
        Field("fldClassCode", "Mã lớp", 1),
        Field("fldClassTitle", "Tên lớp", 1),
        Field("fldClassBranch", "Cơ sở", 3),
        Field("fldTeachers", "Giáo viên", 11),
        Field("fldStartsOn", "Khai giảng", 5),
        Field("fldSeats", "Số chỗ", 2),
        Field("fldOpen", "Đang tuyển sinh", 7),
        Field("fldCreatedAt", "Tạo lúc", 1001),
        Field("fldModifiedAt", "Sửa lúc", 1002),
    ]
    bases = world.simulators.openapi.bases
    bases.create_table("bascnLocal", "tblClasses", columns)
    bases.put("bascnLocal", "tblClasses", "rec1", {"Mã lớp": "A1"})
    event = {
        "file_token": "bascnLocal",
        "table_id": "tblClasses",
        "action_list": [{"record_id": "rec1", "action": "record_edited"}],
        "update_time": int(world.clock.timestamp()),
    }
    assert world.webhook("lark", _envelope(RECORDS, event | changes)).status == 200
    world.wake()
    stored = world.events.get("lark#e1")
    assert stored is not None
    return stored.status


@pytest.mark.parametrize(
    "changes",
    [
        *({"update_time": odd} for odd in (None, "1788228000", 1788228000000, 1788228000.5, "soon", 2**60)),
        *({"action_list": odd} for odd in ([], None, [{"record_id": "rec1"}], [{"action": "record_edited"}])),
    ],
)
def test_an_event_that_says_little_still_says_where_to_look(world: World, changes: dict[str, Any]) -> None:
    assert _record_event(world, **changes) in DONE - {Status.IGNORED}


@pytest.mark.parametrize(
    ("amount", "kept"),
    [
        (1000.0, 1000),
        ("1000", 1000),
        ("1000.00", 1000),
        (10.5, None),
        ("many", None),
        (10**30, None),
        ([], None),
    ],
)
def test_an_amount_that_is_no_whole_number_costs_no_payment(
    world: World, amount: Any, kept: int | None
) -> None:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": int(world.clock.timestamp()),
        "data": {"object": SESSION | {"amount_total": amount}},
    }
    assert world.webhook("stripe", json.dumps(event).encode()).status == 200
    world.wake()
    stored = world.events.get("stripe#evt_1")
    assert stored is not None
    assert stored.status in DONE - {Status.IGNORED}
    payment = PaymentStore(world.environ["PAYMENTS_TABLE"]).get("cs_1")
    assert payment is not None
    assert payment.get("amount") == kept
