"""One of many writers at the same moment wins. On the emulator only: moto does not serialise its writes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from larkbridge import aws
from larkbridge.errors import ConflictError
from larkbridge.store.destinations import LARK_FORMS, DestinationStore
from larkbridge.store.submissions import SubmissionStore
from tests.support.aws import emulated_aws
from tests.support.stack import LocalStack
from tests.support.submissions import submission_at

WRITERS = 8


@pytest.fixture
def tables(stack: LocalStack) -> Iterator[dict[str, str]]:
    with emulated_aws(stack.aws_endpoint) as settings:
        yield settings


def winners(write: Callable[[str], bool]) -> int:
    """Let every writer write at once and return how many succeeded."""
    aws.client("dynamodb")
    with ThreadPoolExecutor(WRITERS) as pool:
        return sum(pool.map(write, (f"writer {number}" for number in range(WRITERS))))


def test_one_add_of_an_id_wins(tables: dict[str, str]) -> None:
    store, submission = SubmissionStore(tables["SUBMISSIONS_TABLE"]), submission_at(0)
    assert winners(lambda writer: store.add(replace(submission, lease_owner=writer)) is None) == 1


def test_one_claim_wins(tables: dict[str, str]) -> None:
    store, submission = SubmissionStore(tables["SUBMISSIONS_TABLE"]), submission_at(0)
    store.add(submission)

    def claim(writer: str) -> bool:
        try:
            store.change(submission, {"attempt_count": 2, "lease_owner": writer})
        except ConflictError:
            return False
        return True

    assert winners(claim) == 1


def test_one_run_gets_the_destination(tables: dict[str, str]) -> None:
    store = DestinationStore(tables["DESTINATIONS_TABLE"])
    now, until = "2026-09-01T02:00:00.000Z", "2026-09-01T02:01:00.000Z"
    assert winners(lambda run: store.acquire(LARK_FORMS, owner=run, now=now, until=until) is not None) == 1
