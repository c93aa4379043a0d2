"""What Lark lost can be sent again, what was refused is tried again, and spam can be taken back."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.store.deliveries import STATUSES
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from tests.support.admin import GET, LIST, RETRY, RETRY_ALL, Admin, post
from tests.support.calls import Calls
from tests.support.documents import TASK
from tests.support.forms import http_event
from tests.support.world import Answer, World

DISCARD = "POST /v1/submissions/discard"
RESTORE = "POST /v1/submissions/restore"
RETRY_DELIVERIES = "POST /v1/deliveries/retry"
DELIVERY = "GET /v1/deliveries/{deliveryId}"
HOLD, CHANGE = FormType.HOLD, FormType.CHANGE
DOWN, REFUSED = Fault("down"), Fault("error_code", code=800006003)
CALLBACK = "http://sandbox.test/v1/callback/channel-"
DONE = {"cursor": None, "dryRun": False, "skipped": 0}


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world, "Phòng tuyển sinh")


def asked(
    admin: Admin, route: str, body: Any = None, path: dict[str, str] | None = None, query: Any = None
) -> Answer:
    headers = {"x-api-key": admin.key, "content-type": "application/json"}
    text = None if body is None else json.dumps(body)
    return admin.world.admin(http_event(text, route=route, headers=headers, path=path, query=query))


def again(admin: Admin, submission_id: str, body: Any = None) -> Answer:
    path = {"submissionId": submission_id}
    return asked(admin, RETRY, {"again": True} if body is None else body, path)


def shown(admin: Admin, submission_id: str) -> dict[str, Any]:
    return asked(admin, GET, path={"submissionId": submission_id}).body


def listed(admin: Admin, status: str) -> list[str]:
    answer = asked(admin, LIST, query={"larkStatus": status})
    return [item["submissionId"] for item in answer.body.get("items", [])]


def minutes(world: World, count: int) -> None:
    """Let the minute's job run so often."""
    for _ in range(count):
        world.clock.advance(minutes=1)
        world.retry_due()


def resends(world: World) -> list[Any]:
    """Return what each run of Lark's workflow was told about its number."""
    return [run.payload.get("resend") for run in world.lark.runs]


# Sending again


@pytest.mark.parametrize("form_type", FormType)
def test_lark_always_gets_the_key_resend(world: World, form_type: FormType) -> None:
    world.post(form_type)
    assert resends(world) == [""]


def test_sent_one_is_sent_again_under_a_token_of_its_own(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD)
    for number in ("1", "2"):
        assert again(admin, submission_id).status == 200
        minutes(world, 1)
        assert resends(world)[-1] == number
        assert shown(admin, submission_id)["larkStatus"] == "sent"
    assert len({run.client_token for run in world.lark.runs}) == world.runs_of(submission_id) == 3
    payloads = [{**run.payload, "resend": None} for run in world.lark.runs]
    assert payloads == [payloads[0]] * 3


def test_repeated_request_sends_no_third_time(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD)
    assert [again(admin, submission_id).status for _ in range(3)] == [200, 200, 200]
    minutes(world, 3)
    assert resends(world) == ["", "1"]


def test_resend_whose_answer_is_lost_happens_once(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD)
    again(admin, submission_id)
    world.lark.faults.set(Fault("answer_lost", times=1))
    world.let_retry_run()
    assert resends(world) == ["", "1"]
    assert shown(admin, submission_id)["maybeDuplicate"] is False


def test_without_again_a_sent_one_stays_a_conflict(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD)
    assert [again(admin, submission_id, body).status for body in ({}, {"again": False})] == [409, 409]
    assert again(admin, submission_id, {"again": "yes"}).status == 400
    assert again(admin, submission_id).status == 200


def test_one_that_lark_never_had_is_retried_as_ever(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD, fault=REFUSED)
    assert again(admin, submission_id).status == 200
    minutes(world, 1)
    assert resends(world) == [""]


def test_one_that_is_being_sent_is_a_conflict(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD)
    assert again(admin, submission_id).status == 200
    world.form_sending.attempts.claim(world.stored(submission_id), "a run")
    assert again(admin, submission_id).status == 409


def test_all_that_was_sent_is_sent_again_only_when_that_is_said(world: World, admin: Admin) -> None:
    post(world, HOLD, HOLD, CHANGE)
    assert asked(admin, RETRY_ALL, {}).body == DONE | {"retried": 0}
    body = {"larkStatus": "sent", "formType": "hold"}
    counted = asked(admin, RETRY_ALL, body | {"dryRun": True}).body
    assert counted == {"dryRun": True, "matched": 2, "cursor": None}
    assert asked(admin, RETRY_ALL, body).body == DONE | {"retried": 2}
    minutes(world, 1)
    assert sorted(resends(world)) == ["", "", "", "1", "1"]


def test_only_what_came_in_a_time_is_sent_again(world: World, admin: Admin) -> None:
    post(world, HOLD)
    start = to_text(world.clock.now())
    post(world, HOLD)
    end = to_text(world.clock.now())
    post(world, HOLD)
    answer = asked(admin, RETRY_ALL, {"larkStatus": "sent", "from": start, "to": end})
    assert answer.body == DONE | {"retried": 1}


# Taking spam back


def discarded(world: World, admin: Admin, *form_types: FormType, fault: Fault = DOWN) -> list[str]:
    ids = post(world, *form_types, fault=fault)
    assert asked(admin, DISCARD, {"ids": ids}).body == DONE | {"discarded": len(ids)}
    return ids


@pytest.mark.parametrize("fault", [DOWN, REFUSED], ids=["failed", "dead"])
def test_discarded_one_is_never_sent(world: World, admin: Admin, fault: Fault) -> None:
    (submission_id,) = discarded(world, admin, HOLD, fault=fault)
    world.clock.advance(days=10)
    minutes(world, 3)
    assert world.runs_of(submission_id) == 0
    assert (listed(admin, "discarded"), listed(admin, "failed"), listed(admin, "dead")) == (
        [submission_id],
        [],
        [],
    )
    assert again(admin, submission_id).status == 409
    assert asked(admin, RETRY_ALL, {}).body == DONE | {"retried": 0}


def test_discarded_one_goes_after_thirty_days(world: World, admin: Admin) -> None:
    (submission_id,) = discarded(world, admin, HOLD)
    expires = (world.clock.now() + timedelta(days=30)).timestamp()
    assert world.stored(submission_id).expires_at == int(expires)


def test_restored_one_is_sent_within_a_minute_and_stays(world: World, admin: Admin) -> None:
    (submission_id,) = discarded(world, admin, HOLD)
    assert asked(admin, RESTORE, {"ids": [submission_id]}).body == DONE | {"restored": 1}
    minutes(world, 1)
    assert (world.runs_of(submission_id), listed(admin, "sent")) == (1, [submission_id])
    assert world.stored(submission_id).expires_at is None


def test_restored_one_has_twelve_attempts(world: World, admin: Admin) -> None:
    (submission_id,) = discarded(world, admin, HOLD)
    asked(admin, RESTORE, {"larkStatus": "discarded"})
    world.lark.faults.set(DOWN)
    world.let_retry_run()
    assert (listed(admin, "dead"), world.stored(submission_id).attempt_count) == ([submission_id], 13)


@pytest.mark.parametrize(
    ("body", "matched"),
    [
        ({"formType": "hold"}, 3),
        ({"larkStatus": "dead"}, 1),
        ({"formType": "hold", "larkStatus": "failed"}, 2),
        ({"formType": "change", "larkStatus": "dead"}, 0),
    ],
)
def test_filter_decides_what_is_discarded_and_restored(
    world: World, admin: Admin, body: dict[str, str], matched: int
) -> None:
    post(world, HOLD, HOLD, CHANGE, fault=DOWN)
    post(world, HOLD, fault=REFUSED)
    post(world, HOLD)
    counted = {"dryRun": True, "matched": matched, "cursor": None}
    assert asked(admin, DISCARD, body | {"dryRun": True}).body == counted
    assert listed(admin, "discarded") == []
    assert asked(admin, DISCARD, body).body == DONE | {"discarded": matched}
    assert len(listed(admin, "discarded")) == matched
    everything = {"larkStatus": "discarded"}
    assert asked(admin, RESTORE, everything | {"dryRun": True}).body == counted
    assert asked(admin, RESTORE, everything).body == DONE | {"restored": matched}


def test_what_is_being_sent_or_sent_or_unknown_is_skipped(world: World, admin: Admin) -> None:
    ids = [*post(world, HOLD), *post(world, HOLD, HOLD, fault=DOWN), "unknown"]
    held = world.stored(ids[1])
    world.form_sending.attempts.claim(held, "a run")
    counted = asked(admin, DISCARD, {"ids": ids, "dryRun": True}).body
    assert counted == {"dryRun": True, "matched": 1, "cursor": None}
    assert asked(admin, DISCARD, {"ids": ids}).body == DONE | {"discarded": 1, "skipped": 3}
    assert asked(admin, DISCARD, {"formType": "hold"}).body == DONE | {"discarded": 0, "skipped": 1}
    assert world.stored(ids[1]).lease_owner == "a run"


class _OnceListed(Calls):
    """Lets something happen as soon as a list has been read."""

    def __init__(self, happen: Callable[[], object]) -> None:
        super().__init__()
        self._happen = happen

    def after(self) -> None:
        super().after()
        if self.made[-1] == "dynamodb Query":
            self._happen()


def test_who_comes_first_has_it_discard_or_attempt(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD, fault=DOWN)
    due = next(world.submissions.backlog([HOLD]))
    with world.watch(_OnceListed(lambda: world.form_sending.attempts.claim(due, "a run"))):
        answer = asked(admin, DISCARD, {"formType": "hold"})
    assert answer.body == DONE | {"discarded": 0, "skipped": 1}
    assert world.stored(submission_id).lease_owner == "a run"


def test_what_was_discarded_meanwhile_is_not_claimed(world: World, admin: Admin) -> None:
    post(world, HOLD, fault=DOWN)
    due = next(world.submissions.backlog([HOLD]))
    assert asked(admin, DISCARD, {"larkStatus": "failed"}).body == DONE | {"discarded": 1}
    assert world.form_sending.attempts.claim(due, "a run") is None


@pytest.mark.parametrize("route", [DISCARD, RESTORE])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"limit": 3},
        {"ids": []},
        {"ids": [""]},
        {"ids": ["x"] * 101},
        {"ids": "all"},
        {"ids": ["x"], "formType": "hold"},
    ],
    ids=str,
)
def test_which_ones_must_be_said(admin: Admin, route: str, body: Any) -> None:
    answer = asked(admin, route, body)
    assert (answer.status, list(answer.body.get("fields", []))) == (400, ["ids"])


# Deliveries


def called_back(world: World, status: int, count: int = 1) -> list[str]:
    """Return callbacks that ModelRiver answered in this way, once each."""
    world.simulators.modelriver.faults.set(Fault("error_code", status))
    for number in range(count):
        world.webhook("modelriver", TASK | {"callback_url": f"{CALLBACK}{number}", "channel_id": str(number)})
    world.wake()
    world.simulators.modelriver.faults.clear()
    return [item.delivery_id for item in world.deliveries.listed(["modelriver-callback"], STATUSES, None)]


def status_of(admin: Admin, delivery_id: str) -> str:
    return asked(admin, DELIVERY, path={"deliveryId": delivery_id}).body["status"]


@pytest.mark.parametrize("status", [404, 410, 422])
def test_receiver_that_is_deployed_meanwhile_gets_what_it_refused(
    world: World, admin: Admin, status: int
) -> None:
    (delivery_id,) = called_back(world, status)
    assert status_of(admin, delivery_id) == "failed"
    for _ in range(3):
        world.clock.advance(minutes=1)
        world.sweep()
    assert status_of(admin, delivery_id) == "sent"


def test_dead_deliveries_are_retried_all_at_once(world: World, admin: Admin) -> None:
    ids = called_back(world, 400, 3)
    counted = asked(admin, RETRY_DELIVERIES, {"target": "modelriver-callback", "dryRun": True}).body
    assert counted == {"dryRun": True, "matched": 3, "cursor": None}
    assert asked(admin, RETRY_DELIVERIES, {"target": "lark-card"}).body == DONE | {"retried": 0}
    assert asked(admin, RETRY_DELIVERIES, {"status": "failed"}).body == DONE | {"retried": 0}
    assert asked(admin, RETRY_DELIVERIES, {"status": "dead"}).body == DONE | {"retried": 3}
    world.clock.advance(minutes=1)
    world.sweep()
    assert {status_of(admin, delivery_id) for delivery_id in ids} == {"sent"}


# Who asked


def test_attempts_show_whose_key_asked_for_them(world: World, admin: Admin) -> None:
    (submission_id,) = post(world, HOLD)
    assert "requestedBy" not in shown(admin, submission_id)["attempts"][0]
    again(admin, submission_id)
    at = to_text(world.clock.now())
    minutes(world, 1)
    asker = {"action": "again", "at": at, "key": "Hà", "owner": "Phòng tuyển sinh"}
    attempts = shown(admin, submission_id)["attempts"]
    assert [attempt.get("requestedBy") for attempt in attempts] == [None, asker]


@pytest.mark.parametrize(("route", "action"), [(DISCARD, "discard"), (RETRY_ALL, "retry")])
def test_detail_shows_who_asked_last(world: World, admin: Admin, route: str, action: str) -> None:
    (submission_id,) = post(world, HOLD, fault=DOWN)
    asked(admin, route, {"formType": "hold"})
    asker = shown(admin, submission_id).get("requestedBy") or {}
    assert (asker.get("action"), asker.get("key"), asker.get("owner")) == (action, "Hà", "Phòng tuyển sinh")


def test_replay_and_retry_of_events_and_deliveries_show_it_too(world: World, admin: Admin) -> None:
    (delivery_id,) = called_back(world, 400)
    asked(admin, "POST /v1/deliveries/{deliveryId}/retry", path={"deliveryId": delivery_id})
    delivery = asked(admin, DELIVERY, path={"deliveryId": delivery_id}).body
    assert (delivery.get("requestedBy") or {}).get("action") == "retry"
    event_id = delivery["eventId"].replace("#", "%23")
    asked(admin, "POST /v1/events/{eventId}/replay", path={"eventId": event_id})
    event = asked(admin, "GET /v1/events/{eventId}", path={"eventId": event_id}).body
    assert (event.get("requestedBy") or {}).get("key") == "Hà"
