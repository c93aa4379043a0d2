"""What the admin API shows of submissions, and how it refuses what it does not understand."""

from collections.abc import Callable

import pytest

from larkbridge.clock import to_text
from larkbridge.store.submissions import STATUSES, FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode
from tests.support.admin import GET, LIST, RETRY, UNKNOWN_ID, Admin, admin_routes, post
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.forms import FORMS, http_event
from tests.support.world import World

DOWN = Fault("down")
REFUSED = Fault("error_code", code=ErrorCode.BODY_NOT_JSON)


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


def test_unknown_route_is_404(admin: Admin) -> None:
    assert admin.ask("GET /v1/elsewhere").status == 404


@pytest.mark.parametrize("route", [GET, RETRY])
@pytest.mark.parametrize("submission_id", [UNKNOWN_ID, "x", "ễ", "../x", " "])
def test_unknown_submission_is_404(admin: Admin, route: str, submission_id: str) -> None:
    assert admin.ask(route, submission_id).status == 404


@pytest.mark.parametrize("route", [one for one in admin_routes() if "{" in one])
@pytest.mark.parametrize("item_id", ["", "x" * 301, "%C3%A9" * 301])
def test_id_that_no_key_can_be_is_404_and_not_looked_up(
    world: World, admin: Admin, route: str, item_id: str
) -> None:
    with world.watch() as calls:
        assert admin.ask(route, item_id).status == 404
    assert calls.made == ["dynamodb UpdateItem"] * len(["note the key's use"])


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"formType": "party"}, {"formType"}),
        ({"larkStatus": "lost"}, {"larkStatus"}),
        ({"limit": "0"}, {"limit"}),
        ({"limit": "101"}, {"limit"}),
        ({"limit": "many"}, {"limit"}),
        ({"status": "sent"}, {"status"}),
        ({"form_type": "hold"}, {"form_type"}),
        ({"formType": "party", "limit": "-1", "page": "2"}, {"formType", "limit", "page"}),
    ],
)
def test_wrong_parameters_are_400_and_named(admin: Admin, query: dict[str, str], named: set[str]) -> None:
    answer = admin.ask(LIST, **query)
    assert (answer.status, set(answer.body["fields"])) == (400, named)


@pytest.mark.parametrize("cursor", ["", "next", "A" * 5000])
def test_unknown_cursor_is_400_and_named(admin: Admin, cursor: str) -> None:
    for answer in (admin.ask(LIST, cursor=cursor), admin.retry_all(cursor=cursor)):
        assert (answer.status, set(answer.body["fields"])) == (400, {"cursor"})


def test_list_is_empty_at_first(admin: Admin) -> None:
    assert admin.ask(LIST).body == {"items": [], "cursor": None}


def test_list_is_newest_first_over_all_form_types(world: World, admin: Admin) -> None:
    ids = post(world, *FormType, *FormType)
    assert admin.ids() == ids


def test_list_shows_what_an_admin_looks_for_and_no_more(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, FormType.HOLD, fault=DOWN)
    (item,) = admin.ask(LIST).body["items"]
    stored = world.stored(submission_id)
    assert item == {
        "submissionId": submission_id,
        "formType": "hold",
        "submittedAt": to_text(START),
        "larkStatus": "failed",
        "contactName": "Nguyễn Thị Hà",
        "contactPhone": "+84912345678",
        "attemptCount": 1,
        "nextAttemptAt": stored.next_attempt_at,
        "sentAt": None,
        "maybeDuplicate": False,
        "resend": 0,
        "heldFor": [],
        "releasedAt": None,
        "lastError": stored.last_error,
    }


@pytest.mark.parametrize("form_type", FormType)
def test_list_of_one_form_type(world: World, admin: Admin, form_type: FormType) -> None:
    post(world, *FormType)
    items = admin.ask(LIST, formType=form_type).body["items"]
    assert [item["formType"] for item in items] == [form_type]


@pytest.fixture
def one_of_each(world: World) -> dict[str, str]:
    """A submission in each state, by state."""
    (cut_off,) = post(world, FormType.HOLD, fault=Fault("answer_lost"))
    world.form_sending.attempts.claim(world.stored(cut_off), "somebody")
    (dead,) = post(world, FormType.HOLD, fault=REFUSED)
    (failed,) = post(world, FormType.HOLD, fault=DOWN)
    (sent,) = post(world, FormType.HOLD)
    return {"sending": cut_off, "dead": dead, "failed": failed, "sent": sent}


@pytest.mark.parametrize("status", STATUSES)
def test_list_of_one_state(admin: Admin, one_of_each: dict[str, str], status: Status) -> None:
    expected = [one_of_each[status]] if status in one_of_each else []
    assert admin.ids(larkStatus=status) == admin.ids(larkStatus=status, formType="hold") == expected
    assert admin.ids(larkStatus=status, formType="change") == []


def _walk(admin: Admin, limit: int, between: Callable[[], object] = lambda: None, **query: str) -> list[str]:
    """Return the ids on all pages."""
    pages = admin.pages(LIST, {"limit": str(limit)} | query, between)
    assert max(map(len, pages)) <= limit
    return [item["submissionId"] for page in pages for item in page]


@pytest.mark.parametrize("limit", [1, 3, 5, 11, 100])
def test_pages_cover_everything_once_while_new_ones_arrive(world: World, admin: Admin, limit: int) -> None:
    ids = post(world, *FormType, *FormType, FormType.HOLD)
    assert _walk(admin, limit, between=lambda: world.post(FormType.CHANGE)) == ids


def test_pages_of_one_state_cover_it_once(world: World, admin: Admin) -> None:
    ids = post(world, *FormType, fault=DOWN)
    post(world, *FormType)
    assert _walk(admin, 2, larkStatus="failed") == ids


def test_last_page_has_no_cursor(world: World, admin: Admin) -> None:
    post(world, FormType.HOLD, FormType.HOLD)
    assert admin.ask(LIST, limit="2").body["cursor"] is None
    assert admin.ask(LIST, limit="1").body["cursor"] is not None


def test_page_has_twenty_unless_asked(world: World, admin: Admin) -> None:
    post(world, *[FormType.HOLD] * 21)
    assert len(admin.ids()) == 20
    assert len(admin.ids(limit="100")) == 21


def test_detail_shows_the_payload_and_every_attempt(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, FormType.HOLD, fault=Fault("answer_lost"))
    world.clock.advance(hours=3)
    world.retry_due()
    answer = admin.ask(GET, submission_id).body
    assert (answer["larkStatus"], answer["attemptCount"], answer["maybeDuplicate"]) == ("sent", 2, True)
    assert answer["payload"] == world.lark.runs[0].payload
    assert answer["clientToken"] == world.lark.runs[0].client_token
    assert [(one["number"], one["verdict"], one["reason"]) for one in answer["attempts"]] == [
        (1, "unknown", "no_answer"),
        (2, "ok", "accepted"),
    ]
    assert answer["attempts"][0]["startedAt"] == to_text(START)
    assert answer["attempts"][1]["endedAt"] == answer["sentAt"]


def test_detail_shows_markup_as_text(world: World, admin: Admin) -> None:
    text = '<img src=x onerror=alert(1)> & "Nguyễn"'
    posted = world.post(FormType.HOLD, FORMS[FormType.HOLD] | {"note": text})
    assert admin.ask(GET, posted.body["submissionId"]).body["payload"]["note"] == text


def test_health_asks_for_no_key(world: World) -> None:
    answer = world.admin(http_event(route="GET /health"))
    assert (answer.status, answer.body["ok"], answer.body["larkForms"]) == (200, True, "ok")
    assert answer.body["version"]


def test_health_shows_an_open_circuit(world: World) -> None:
    post(world, *FormType, fault=DOWN)
    world.clock.advance(minutes=5)
    world.lark.faults.set(DOWN)
    world.retry_due()
    assert world.admin(http_event(route="GET /health")).body["larkForms"] == "circuit_open"
    world.clock.advance(minutes=1)
    assert world.admin(http_event(route="GET /health")).body["larkForms"] == "ok"


@pytest.mark.parametrize("route", [LIST, GET])
def test_unreadable_store_is_500_with_an_id_and_nothing_else(admin: Admin, route: str) -> None:
    with aws_fails("dynamodb", "Query"), aws_fails("dynamodb", "GetItem"):
        answer = admin.ask(route, UNKNOWN_ID)
    assert (answer.status, answer.body.keys()) == (500, {"error", "message", "requestId"})
    assert "dynamodb" not in answer.body["message"].lower()


def test_unreadable_store_is_bad_health(world: World) -> None:
    with aws_fails("dynamodb", "GetItem"):
        assert world.admin(http_event(route="GET /health")).status == 500
