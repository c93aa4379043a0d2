"""Runs the store contract on moto and on the emulator: what holds on both is what the code may rest on."""

from collections.abc import Iterator

import pytest

from tests.support.aws import emulated_aws, moto_aws


@pytest.fixture(params=["moto", "emulator"])
def tables(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of a bundle with empty tables of its own."""
    if request.param == "moto":
        backend = moto_aws()
    else:
        backend = emulated_aws(request.getfixturevalue("stack").aws_endpoint)
    with backend as settings:
        yield settings
