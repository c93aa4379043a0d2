from collections.abc import Iterator

import pytest

from tests.support.model_world import ModelWorld, model_world


@pytest.fixture
def chat(environ: dict[str, str]) -> Iterator[ModelWorld]:
    """A chat with a model, on a clock that only the test moves."""
    with model_world(environ) as world:
        yield world
