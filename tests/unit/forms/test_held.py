"""A form that a robot may have sent is stored and goes nowhere until a person lets it go."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

import pytest

from larkbridge.observability import flush_metrics
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from sandbox.local_tables import lark_tables
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.forms import FORMS
from tests.support.output import captured
from tests.support.world import Answer, World

LIST, GET = "GET /v1/submissions", "GET /v1/submissions/{submissionId}"
RELEASE, RELEASE_MANY = "POST /v1/submissions/{submissionId}/release", "POST /v1/submissions/release"
RETRY, DISCARD = "POST /v1/submissions/{submissionId}/retry", "POST /v1/submissions/discard"
RESTORE = "POST /v1/submissions/restore"
FORM = FORMS[FormType.STUDENT_INFO]
TRAPPED = {"phu_luc": "https://example.com"}
DONE = {"dryRun": False, "skipped": 0, "cursor": None}


@pytest.fixture
def fed(world: World) -> World:
    """A world whose form feeds a table."""
    world.restart(FORM_FEEDS="student-info", LARK_TABLES=lark_tables())
    return world


def hold(world: World, form_type: FormType = FormType.STUDENT_INFO, **headers: str) -> str:
    """Post a form that is held; return its id."""
    answer = world.post(form_type, FORMS[form_type] | TRAPPED, **headers)
    assert (answer.status, answer.body["larkStatus"]) == (200, "failed")
    return answer.body["submissionId"]


def listed(world: World, status: str) -> list[str]:
    answer = world.call_admin(LIST, query={"larkStatus": status})
    return [one["submissionId"] for one in answer.body["items"]]


def rows(world: World) -> list[str]:
    return list(SourceRowStore(world.environ["SOURCE_ROWS_TABLE"]).waiting("students"))


def a_day_of_runs(world: World) -> None:
    for _ in range(24):
        world.clock.advance(hours=1)
        world.retry_due()


def wait(world: World, days: float) -> None:
    world.clock.advance(seconds=days * 86_400)
    world.end_holding()


# What is held


def test_held_form_is_stored_and_goes_nowhere(fed: World) -> None:
    held = hold(fed)
    a_day_of_runs(fed)
    assert (fed.posts_of(held), rows(fed), listed(fed, "held")) == (0, [], [held])
    assert [listed(fed, status) for status in ("pending", "failed", "dead", "discarded")] == [[], [], [], []]
    assert fed.stored(held).expires_at is None


def test_it_is_answered_like_any_form_that_waits(world: World) -> None:
    held = world.post(fields=FORM | TRAPPED)
    world.restart(LARK_FORM_WEBHOOK_URL="")
    waiting = world.post(fields=FORM)
    assert {**held.body, "submissionId": ""} == {**waiting.body, "submissionId": ""}
    assert (held.status, held.headers) == (waiting.status, waiting.headers)


def test_double_click_gets_the_same_answer_at_once(world: World) -> None:
    before = world.clock.now()
    assert hold(world, idempotency_key="one") == hold(world, idempotency_key="one")
    assert world.clock.now() == before


def test_an_admin_sees_why(world: World) -> None:
    held = hold(world)
    shown = world.call_admin(GET, submission_id=held).body
    assert (shown["larkStatus"], shown["heldFor"], shown["releasedAt"]) == ("held", ["honeypot"], None)
    assert shown["nextAttemptAt"] is None
    assert shown["payload"].keys() & {"phu_luc", "startedAt", "cf-turnstile-response"} == set()
    assert world.call_admin(LIST).body["items"][0]["heldFor"] == ["honeypot"]


def test_what_is_held_is_counted(world: World) -> None:
    with captured() as output:
        hold(world)
        world.post()
    assert (output.metrics["SubmissionsHeld"], output.metrics["SubmissionsAccepted"]) == ([1], [1, 1])


def test_retry_is_told_that_it_is_held(world: World) -> None:
    answer = world.call_admin(RETRY, submission_id=hold(world), body={})
    assert (answer.status, answer.body["message"]) == (409, "it is held: release it")


# Letting go


def test_released_one_is_sent_within_a_minute_and_becomes_a_row(fed: World) -> None:
    held = hold(fed)
    answer = fed.call_admin(RELEASE, submission_id=held)
    assert (answer.status, answer.body["larkStatus"]) == (200, "failed")
    assert answer.body["releasedAt"] == answer.body["nextAttemptAt"]
    fed.clock.advance(minutes=1)
    fed.retry_due()
    assert (fed.runs_of(held), rows(fed), listed(fed, "held")) == (1, [held], [])
    shown = fed.call_admin(GET, submission_id=held).body
    assert (shown["heldFor"], shown["requestedBy"]["action"]) == (["honeypot"], "release")


def test_second_release_changes_nothing(fed: World) -> None:
    held = hold(fed)
    assert [fed.call_admin(RELEASE, submission_id=held).status for _ in range(2)] == [200, 409]
    fed.let_retry_run()
    assert fed.call_admin(RELEASE, submission_id=held).status == 409
    assert (fed.runs_of(held), rows(fed)) == (1, [held])


def test_many_are_counted_and_then_released_by_filter(world: World) -> None:
    held = [hold(world) for _ in range(3)]
    other = hold(world, FormType.HOLD)
    world.post(FormType.STUDENT_INFO)
    asked: dict[str, Any] = {"formType": "student-info", "larkStatus": "held"}
    counted = world.call_admin(RELEASE_MANY, body=asked | {"dryRun": True})
    assert counted.body == {"dryRun": True, "matched": 3, "cursor": None}
    assert world.call_admin(RELEASE_MANY, body=asked).body == DONE | {"released": 3}
    assert world.call_admin(RELEASE_MANY, body=asked).body == DONE | {"released": 0}
    world.let_retry_run()
    assert ([world.runs_of(one) for one in held], world.runs_of(other)) == ([1, 1, 1], 0)


def test_by_ids_what_is_not_held_is_skipped(world: World) -> None:
    held, sent = hold(world), world.post().body["submissionId"]
    answer = world.call_admin(RELEASE_MANY, body={"ids": [held, sent, "nowhere"]})
    assert answer.body == DONE | {"released": 1, "skipped": 2}


def test_releasing_everything_must_be_meant(world: World) -> None:
    assert world.call_admin(RELEASE_MANY, body={}).status == 400


def test_row_that_cannot_be_made_does_not_keep_a_form(fed: World) -> None:
    held = hold(fed)
    fed.restart(FORM_FEEDS="student-info", LARK_TABLES=lark_tables(), SOURCE_ROWS_TABLE="gone")
    with captured() as output:
        assert fed.call_admin(RELEASE, submission_id=held).status == 200
    assert output.metrics["FeedsBroken"] == [1]
    fed.let_retry_run()
    assert fed.runs_of(held) == 1


def test_two_admins_at_once_release_it_once(fed: World) -> None:
    held, answers = hold(fed), list[Answer]()

    class Second(Calls):
        def before(self, name: str) -> None:
            if not answers and name == "dynamodb TransactWriteItems":
                answers.append(Answer(0, {}))
                fed.clock.advance(seconds=1)
                answers[0] = fed.call_admin(RELEASE, submission_id=held)

    with fed.watch(Second()):
        first = fed.call_admin(RELEASE, submission_id=held)
    assert (answers[0].status, first.status) == (200, 409)
    fed.let_retry_run()
    assert (fed.runs_of(held), rows(fed)) == (1, [held])


# Discarding


def test_held_one_can_be_discarded_and_restored_as_if_it_had_been_let_go(fed: World) -> None:
    held = hold(fed)
    assert fed.call_admin(DISCARD, body={"larkStatus": "held"}).body == DONE | {"discarded": 1}
    a_day_of_runs(fed)
    assert (fed.posts_of(held), rows(fed), listed(fed, "discarded")) == (0, [], [held])
    assert fed.call_admin(RESTORE, body={"ids": [held]}).body == DONE | {"restored": 1}
    fed.let_retry_run()
    assert (fed.runs_of(held), rows(fed)) == (1, [held])
    assert fed.stored(held).expires_at is None


def test_one_that_was_let_go_becomes_no_second_row(fed: World) -> None:
    held = hold(fed)
    fed.call_admin(RELEASE, submission_id=held)
    fed.call_admin(DISCARD, body={"ids": [held]})
    with captured() as output:
        assert fed.call_admin(RESTORE, body={"ids": [held]}).body == DONE | {"restored": 1}
    assert (rows(fed), output.metrics.get("FeedsBroken")) == ([held], None)


def test_after_30_days_it_is_discarded_and_can_still_be_restored(world: World) -> None:
    held = hold(world)
    wait(world, 29.9)
    assert listed(world, "held") == [held]
    wait(world, 0.2)
    assert (listed(world, "held"), listed(world, "discarded")) == ([], [held])
    stored = world.stored(held)
    assert stored.expires_at == int((world.clock.now() + timedelta(days=30)).timestamp())
    assert stored.last_error == {"reason": "held_too_long"}
    assert world.call_admin(RESTORE, body={"ids": [held]}).body == DONE | {"restored": 1}
    world.let_retry_run()
    assert world.runs_of(held) == 1


def test_its_age_is_reported_before(world: World) -> None:
    hold(world, FormType.CHANGE)
    world.clock.advance(days=27)
    with captured() as output:
        world.end_holding()
        flush_metrics()
    assert output.metrics["OldestHeldAge"] == [timedelta(days=27).total_seconds()]


def test_each_discarded_one_is_counted(world: World) -> None:
    for form_type in FormType:
        hold(world, form_type)
    world.clock.advance(days=31)
    with captured() as output:
        report = world.end_holding()
        flush_metrics()
    assert (report.discarded, report.skipped, output.metrics["HeldDiscarded"]) == (5, 0, [5])


def test_nothing_that_is_younger_is_looked_at(world: World) -> None:
    for _ in range(30):
        hold(world)
    with world.watch() as calls:
        world.end_holding()
    assert calls.count("dynamodb") == len(FormType)


def test_a_run_ends_in_its_time_and_the_next_goes_on(world: World) -> None:
    for number in range(5):
        hold(world, idempotency_key=str(number))
    world.clock.advance(days=31)

    class Slow(Calls):
        def before(self, name: str) -> None:
            world.clock.advance(seconds=10)

    with world.watch(Slow()):
        assert 0 < world.end_holding(seconds=100).discarded < 5
    world.end_holding()
    assert len(listed(world, "discarded")) == 5


@pytest.mark.parametrize(
    ("admin", "outcome"), [(RELEASE_MANY, Status.FAILED), (DISCARD, Status.DISCARDED)], ids=["go", "end"]
)
def test_admin_who_comes_first_wins_over_the_end_of_its_time(
    world: World, admin: str, outcome: Status
) -> None:
    held = hold(world)
    world.clock.advance(days=31)
    asked = list[Answer]()

    class Meanwhile(Calls):
        def before(self, name: str) -> None:
            if not asked and name == "dynamodb UpdateItem":
                asked.append(Answer(0, {}))
                asked[0] = world.call_admin(admin, body={"ids": [held]})

    with world.watch(Meanwhile()):
        report = world.end_holding()
    assert (report.discarded, report.skipped, world.stored(held).status) == (0, 1, outcome)


def test_end_of_its_time_wins_over_an_admin_who_comes_later(world: World) -> None:
    held = hold(world)
    wait(world, 31)
    answer = world.call_admin(RELEASE, submission_id=held)
    assert (answer.status, answer.body["message"]) == (409, "it is not held")


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("number", range(4))
def test_release_that_stops_anywhere_can_be_asked_for_again(
    fed: World, number: int, side: Literal["before", "after"]
) -> None:
    held = hold(fed)
    assert fed.call_admin(LIST).status == 200
    with fed.watch(Calls(stop_at=(number, side))), suppress(ProcessStoppedError):
        fed.call_admin(RELEASE, submission_id=held)
    fed.call_admin(RELEASE, submission_id=held)
    fed.let_retry_run()
    assert (fed.runs_of(held), rows(fed)) == (1, [held])
