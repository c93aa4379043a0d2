"""Runs the store contract on moto and on the emulator: what holds on both is what the code may rest on."""

from collections.abc import Iterator

import pytest

from tests.support.aws import emulated_aws, moto_aws
from tests.support.dynamo_sides import Both, Side
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import MemoryDynamo


@pytest.fixture(params=["moto", "emulator"])
def tables(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of a bundle with empty tables of its own."""
    if request.param == "moto":
        backend = moto_aws()
    else:
        backend = emulated_aws(request.getfixturevalue("stack").aws_endpoint)
    with backend as settings:
        yield settings


@pytest.fixture
def both(tables: dict[str, str]) -> Both:
    """One of the two beside the DynamoDB in memory."""
    dynamo = MemoryDynamo()
    return Both(Side(tables), Side(SETTINGS, lambda: memory_aws(dynamo)))
