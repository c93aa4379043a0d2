"""What a transaction that is refused means, and how many writes become few transactions."""

from typing import Any

import pytest

from larkbridge import aws
from larkbridge.errors import AwsRefusedError, AwsUnavailableError, TransactionRefusedError
from larkbridge.store.transactions import CONDITION_FAILED, transact, write_what_holds

ACTIONS: list[dict[str, Any]] = [{"Put": {}}, {"Update": {}}]


def refusing(monkeypatch: pytest.MonkeyPatch, *answers: list[str] | None) -> list[str]:
    """Let the calls be refused for these reasons, None being no refusal; return the calls made."""
    made: list[str] = []

    def call(service: str, operation: str, **_: Any) -> dict[str, Any]:
        made.append(operation)
        reasons = answers[len(made) - 1]
        if reasons is not None:
            raise TransactionRefusedError(reasons, [{"id": {"S": "1"}}, None])
        return {}

    monkeypatch.setattr(aws, "call", call)
    return made


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError"])
def test_what_passes_is_tried_again(monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    made = refusing(monkeypatch, [reason, "None"], ["None", reason], None)
    waits: list[float] = []
    transact(ACTIONS, waits.append)
    assert len(made) == 3
    assert all(0 <= wait <= 0.1 for wait in waits)


def test_what_does_not_pass_is_no_answer_about_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    made = refusing(monkeypatch, *[["TransactionConflict", "None"]] * 5)
    with pytest.raises(AwsUnavailableError, match="too many conflicts"):
        transact(ACTIONS, lambda _: None)
    assert len(made) == 5


def test_failed_condition_is_told_at_once_with_its_item(monkeypatch: pytest.MonkeyPatch) -> None:
    made = refusing(monkeypatch, ["ConditionalCheckFailed", "TransactionConflict"])
    with pytest.raises(TransactionRefusedError) as caught:
        transact(ACTIONS, lambda _: None)
    assert caught.value.items == [{"id": "1"}, None]
    assert len(made) == 1


def test_invalid_item_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = refusing(monkeypatch, ["None", "ValidationError"])
    with pytest.raises(AwsRefusedError):
        transact(ACTIONS, lambda _: None)
    assert len(made) == 1


def writing(monkeypatch: pytest.MonkeyPatch, *failing: str) -> list[list[str]]:
    """Let each write whose name is one of these fail its condition; return what each request asked for."""
    made: list[list[str]] = []

    def call(service: str, operation: str, *, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        names = [one["Update"]["Key"]["id"]["S"] for one in TransactItems]
        made.append(names)
        if any(name in failing for name in names):
            reasons = [CONDITION_FAILED if name in failing else "None" for name in names]
            raise TransactionRefusedError(reasons, [None] * len(names))
        return {}

    monkeypatch.setattr(aws, "call", call)
    return made


def update(name: str, text: str = "") -> dict[str, Any]:
    return {"Update": {"Key": {"id": name}, "text": text}}


def updates(number: int, text: str = "") -> list[dict[str, Any]]:
    return [update(f"row {one}", text) for one in range(number)]


def test_writes_fit_in_as_few_requests_as_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch)
    assert write_what_holds(updates(250)) == [True] * 250
    assert [len(names) for names in made] == [100, 100, 50]
    assert [name for names in made for name in names] == [f"row {one}" for one in range(250)]


def test_final_writes_are_done_with_the_last_request_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch)
    assert write_what_holds(updates(150), final=[update("checkpoint"), update("seen")]) == [True] * 150
    assert [len(names) for names in made] == [98, 54]
    assert made[-1][-2:] == ["checkpoint", "seen"]
    assert "checkpoint" not in made[0]


def test_final_writes_are_done_when_there_are_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch)
    assert write_what_holds([], final=[update("checkpoint")]) == []
    assert made == [["checkpoint"]]


def test_nothing_to_do_is_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch)
    assert write_what_holds([]) == []
    assert made == []


def test_write_that_does_not_hold_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch, "row 1", "row 3")
    assert write_what_holds(updates(5), final=[update("checkpoint")]) == [True, False, True, False, True]
    assert made[-1] == ["row 0", "row 2", "row 4", "checkpoint"]
    assert len(made) == 2


def test_final_write_is_done_when_no_other_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch, "row 0", "row 1")
    assert write_what_holds(updates(2), final=[update("checkpoint")]) == [False, False]
    assert made[-1] == ["checkpoint"]


def test_no_request_is_left_when_nothing_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch, "row 0", "row 1")
    assert write_what_holds(updates(2)) == [False, False]
    assert len(made) == 1


def test_final_write_that_does_not_hold_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch, "row 0", "checkpoint")
    with pytest.raises(TransactionRefusedError):
        write_what_holds(updates(2), final=[update("checkpoint")])
    assert len(made) == 1


def test_large_writes_are_spread_over_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch)
    assert write_what_holds(updates(25, "x" * 300_000)) == [True] * 25
    assert [len(names) for names in made] == [9, 9, 7]


def test_two_writes_of_one_record_are_two_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    made = writing(monkeypatch)
    assert (
        write_what_holds([update("a"), update("b"), update("a")], final=[update("checkpoint")]) == [True] * 3
    )
    assert [names for names in made if len(set(names)) < len(names)] == []
    assert [name for names in made for name in names] == ["a", "b", "a", "checkpoint"]


def test_outage_in_the_middle_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def call(service: str, operation: str, *, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        made.append(len(TransactItems))
        if len(made) == 2:
            raise AwsUnavailableError("dynamodb transact_write_items: any")
        return {}

    monkeypatch.setattr(aws, "call", call)
    with pytest.raises(AwsUnavailableError):
        write_what_holds(updates(250), final=[update("checkpoint")])
    assert len(made) == 2
