"""What a cold start leaves undone."""

import os
import subprocess
import sys

import pytest

from tests.support.aws import CREDENTIALS
from tests.support.functions import environment, functions, references
from tests.support.template import ROOT

FUNCTIONS = sorted(functions())
SCRIPT = (
    "import gc; gc.collect(); default, seen = gc.get_threshold(), []; "
    "gc.callbacks.append(lambda *_: gc.get_threshold() != default and seen.append('a search')); "
    "import app; gc.callbacks.clear(); print(*seen)"
)
"""Before `larkbridge` is imported a search looks at 2,000 objects, which takes no time worth naming."""


CALL_NOBODY = ("admin_api", "receive_webhook", "serve_files", "serve_pages")
"""Functions that make no HTTP calls but to AWS."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_cold_start_looks_for_no_garbage(name: str, environ: dict[str, str]) -> None:
    assert _started(name, SCRIPT, environ) == ""


@pytest.mark.parametrize("name", CALL_NOBODY)
def test_who_calls_nobody_loads_no_http_client(name: str, environ: dict[str, str]) -> None:
    assert _started(name, "import sys, app; print('httpx' in sys.modules)", environ) == "False"


def test_the_chats_first_sign_waits_neither_for_the_model_nor_for_its_tools(environ: dict[str, str]) -> None:
    script = "import sys, app; print({'anthropic', 'pydantic'} & {*sys.modules} or '')"
    assert _started("chat_agent", script, environ) == ""


def _started(name: str, script: str, environ: dict[str, str]) -> str:
    """Run a script in a function's folder with its settings, and return what it prints."""
    function = functions()[name]
    variables = environment(function, references(environ)) | CREDENTIALS
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", script],
        cwd=ROOT / function.properties["CodeUri"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
