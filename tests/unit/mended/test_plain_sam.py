"""`sam build` and `sam local invoke` as anybody would call them, without make."""

import os
import re
import sys
from pathlib import Path

import pytest

from sandbox.processes import Processes
from tests.support.template import ROOT, resources, template

SHIM = """#!/bin/sh
folder=${PYENV_DIR:-$PWD}
while [ -n "$folder" ] && [ ! -e "$folder/.python-version" ]; do folder=${folder%/*}; done
[ -n "$folder" ] || { echo "pyenv: python3.13: command not found" >&2; exit 127; }
exec "$REAL_PYTHON" "$@"
"""
"""python3.13 as pyenv has it where the global version is another."""


LAYERS = resources("AWS::Serverless::LayerVersion")


def test_a_function_is_built_in_a_scratch_folder_under_pyenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch, artifacts, programs = (tmp_path / name for name in ("scratch", "artifacts", "bin"))
    for folder in (scratch, artifacts, programs):
        folder.mkdir()
    (scratch / "app.py").write_text("handler = None\n")
    (programs / "python3.13").write_text(SHIM)
    (programs / "python3.13").chmod(0o755)
    for name in ("BUILD_PYTHON", "PYENV_DIR", "MAKEFLAGS", "MAKELEVEL"):
        monkeypatch.delenv(name, raising=False)

    processes = Processes(tmp_path)
    makefile = ROOT / "functions" / "Makefile"
    status = processes.run(  # as aws-lambda-builders does
        "build",
        ["make", "--makefile", str(makefile), "build-SubmitInfoFormFunction"],
        scratch,
        os.environ
        | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "REAL_PYTHON": sys.executable,
            "ARTIFACTS_DIR": str(artifacts),
        },
    )

    assert (status, processes.log("build").read_text()) == (0, "")
    assert (artifacts / "app.py").exists()


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_built_for_what_it_says(name: str) -> None:
    layer = LAYERS[name]
    architecture = layer["Metadata"].get("BuildArchitecture")
    assert [architecture] == layer["Properties"]["CompatibleArchitectures"]


@pytest.mark.parametrize("name", LAYERS)
def test_without_parameters_template_and_layer_are_of_one_architecture(name: str) -> None:
    makefile = (ROOT / LAYERS[name]["Properties"]["ContentUri"] / "Makefile").read_text()
    default = template()["Parameters"]["Architecture"]["Default"]
    assert (default, f"LAMBDA_ARCHITECTURE ?= {default}\n" in makefile) == ("x86_64", True)


def test_the_layer_keeps_the_description_of_every_service_that_is_called() -> None:
    makefile = (ROOT / "layers" / "common" / "Makefile").read_text()
    kept = re.search(r"^botocore_services := (.*)$", makefile, re.MULTILINE)
    sources = [file.read_text() for file in (ROOT / "layers" / "common" / "larkbridge").rglob("*.py")]
    called = {
        name for source in sources for name in re.findall(r"\b(?:call|client)\(\s*\"([a-z0-9]+)\"", source)
    }

    assert kept
    assert {*kept[1].split()} == called
