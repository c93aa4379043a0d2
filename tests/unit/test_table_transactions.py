"""What a transaction that is refused means."""

from typing import Any

import pytest

from larkbridge import aws
from larkbridge.errors import AwsRefusedError, AwsUnavailableError, TransactionRefusedError
from larkbridge.store.transactions import transact

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
