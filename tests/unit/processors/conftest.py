"""What the tests of processing share."""

import pytest

from tests.support.events import Events


@pytest.fixture
def events(environ: dict[str, str]) -> Events:
    """The events of a bundle deployed to moto, in this process."""
    return Events(environ)
