"""Unit tests share one moto a module, and each gets tables of its own: four times as fast as a moto each."""

from collections.abc import Iterator

import pytest

from tests.support.aws import SECRETS, create_secret, create_tables, moto_aws


@pytest.fixture(scope="module")
def moto() -> Iterator[None]:
    with moto_aws():
        yield


@pytest.fixture
def environ(moto: None) -> dict[str, str]:
    """The settings of a newly deployed bundle."""
    return create_tables() | {"SECRETS_ID": create_secret(SECRETS)}
