"""What the tests of the deployed stack share."""

import pytest

from tests.support.providers import Providers
from tests.support.stack import LocalStack


@pytest.fixture(scope="session")
def providers(stack: LocalStack) -> Providers:
    """The vendors, who know the deployed stack's secrets."""
    return Providers(stack)
