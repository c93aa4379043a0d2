"""What was to go out and did not arrive."""

from collections.abc import Iterator

import pytest

from larkbridge.errors import AwsUnavailableError
from larkbridge.store.work import Status
from larkbridge.targets.policies import TARGETS
from tests.support.centre import Centre
from tests.support.memory_dynamo.aws import memory_aws


@pytest.fixture
def centre() -> Iterator[Centre]:
    with memory_aws() as dynamo:
        yield Centre(dynamo)


def test_nothing_failed(centre: Centre) -> None:
    centre.delivery(1, Status.SENT)
    assert centre.ask("failed_deliveries") == {
        "count": 0,
        "complete": True,
        "byKind": {},
        "newest": [],
        "more": 0,
    }


def test_what_failed_has_its_reason_and_what_can_be_done(centre: Centre) -> None:
    error = {"reason": "no_permission", "message": "call 0912 345 678 and " + "x" * 400}
    dead = centre.delivery(1, Status.DEAD, last_error=error, next_attempt_at=None)
    failed = centre.delivery(2, Status.FAILED, "button-forward", last_error={"reason": "http_500"})
    centre.delivery(3, Status.PENDING)
    found = centre.ask("failed_deliveries")
    assert found["byKind"] == {"button-forward failed": 1, "lark-card dead": 1}
    assert [one["deliveryId"] for one in found["newest"]] == [failed, dead]
    assert found["newest"][0]["nextAttempt"]["inWords"] == "Thứ Ba 01/09/2026, 09:02"
    assert "hint" not in found["newest"][0]["why"]
    why = found["newest"][1]["why"]
    assert why["reason"] == "no_permission"
    assert why["hint"]
    assert why["message"].startswith("call ••• and x")
    assert len(why["message"]) == 301


def test_one_state_alone(centre: Centre) -> None:
    for number, status in enumerate([Status.DEAD, Status.FAILED, Status.DEAD]):
        centre.delivery(number, status)
    assert centre.ask("failed_deliveries", state="dead")["count"] == 2
    assert centre.ask("failed_deliveries", state="failed")["byKind"] == {"lark-card failed": 1}


def test_only_twenty_are_shown_at_no_more_cost_than_is_said(centre: Centre) -> None:
    for number in range(23):
        centre.delivery(number, Status.FAILED)
    found = centre.ask("failed_deliveries")
    assert (found["count"], len(found["newest"]), found["more"]) == (23, 20, 3)
    assert centre.requests("failed_deliveries").total() <= 2 * len(TARGETS)


def test_an_aws_that_fails_is_no_answer(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise AwsUnavailableError

    monkeypatch.setattr("larkbridge.aws.call", down)
    with pytest.raises(AwsUnavailableError):
        centre.ask("failed_deliveries")
