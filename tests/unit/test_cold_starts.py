"""What a cold start that somebody waits for leaves undone."""

import os
import subprocess
import sys

import pytest

from tests.support.aws import CREDENTIALS
from tests.support.functions import environment, functions, references
from tests.support.template import ROOT

WAITED_FOR = [name for name in functions() if name.startswith(("receive_", "submit_"))]
SCRIPT = (
    "import gc; gc.collect(); seen = []; gc.callbacks.append(lambda phase, _: seen.append(phase)); "
    "import app; print(*seen)"
)


@pytest.mark.parametrize("name", WAITED_FOR)
def test_a_cold_start_looks_for_no_garbage(name: str, environ: dict[str, str]) -> None:
    function = functions()[name]
    variables = environment(function, references(environ)) | CREDENTIALS
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT / function.properties["CodeUri"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == ""
