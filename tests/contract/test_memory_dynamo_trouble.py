"""The trouble that DynamoDB in memory makes when it is told to, which moto and the emulator cannot play."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from larkbridge.errors import AwsUnavailableError, ConditionFailedError
from tests.support.aws_faults import no_answer
from tests.support.dynamo_calls import HASH, MANY, MISSING, get, put, query, row, together
from tests.support.dynamo_sides import Side
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import Interference, MemoryDynamo
from tests.support.memory_dynamo.writes import service_error


class Meddling(Interference):
    """Fails, or repeats, every write."""

    def __init__(
        self, *, before: Exception | None = None, after: Exception | None = None, twice: bool = False
    ) -> None:
        self._before, self._after, self._twice = before, after, twice

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if self._before and operation == "put_item":
            raise self._before

    def after(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if self._after and operation == "put_item":
            raise self._after

    def sends_twice(self, operation: str) -> bool:
        return self._twice


@pytest.mark.parametrize(
    ("meddling", "stored"),
    [
        (Meddling(before=service_error("ThrottlingException", "PutItem")), False),
        (Meddling(after=no_answer()), True),
    ],
)
def test_request_fails_before_or_after_it_is_done(meddling: Interference, stored: bool) -> None:
    with memory_aws() as dynamo:
        dynamo.interference = meddling
        with pytest.raises(AwsUnavailableError):
            Side(SETTINGS)(put(row()))
        assert bool(Side(SETTINGS)(get())) == stored
        assert dynamo.requests == {"put_item": 1, "get_item": 1}


def test_request_that_the_sdk_sends_again_meets_its_own_write() -> None:
    with memory_aws() as dynamo:
        dynamo.interference = Meddling(twice=True)
        with pytest.raises(ConditionFailedError):
            Side(SETTINGS)(put(row(), **MISSING))
        Side(SETTINGS)(together(("Put", {"Item": row("b"), **MISSING})))
        assert len(dynamo.items("MirrorRowsTable")) == 2


def test_index_may_be_behind_and_catches_up() -> None:
    with memory_aws() as dynamo:
        dynamo.stale = Random(0)
        found = []
        for call in MANY:
            Side(SETTINGS)(call)
            found.append(len(_listed(dynamo)))
        assert found == sorted(found)
        assert found != list(range(1, 13))
        assert len(Side(SETTINGS)(query(None, "#hash = :hash", HASH))["Items"]) == 12
        dynamo.stale = None
        assert len(_listed(dynamo)) == 12


def _listed(dynamo: MemoryDynamo) -> list[Any]:
    return Side(SETTINGS)(query("digests", "#hash = :hash", HASH))["Items"]
