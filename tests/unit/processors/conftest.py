"""What the tests of processing share."""

import pytest

from tests.support.events import Events


@pytest.fixture
def events(environ: dict[str, str]) -> Events:
    """The events of a newly deployed bundle, in this process."""
    return Events(environ)
