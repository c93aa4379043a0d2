"""What the tests of the deployed stack share."""

from collections.abc import Iterator

import pytest

from tests.support.providers import Providers
from tests.support.stack import LocalStack


@pytest.fixture(scope="session")
def providers(stack: LocalStack) -> Iterator[Providers]:
    """The vendors, who know the deployed stack's secrets."""
    with stack.api() as api:
        yield Providers(stack, api)
