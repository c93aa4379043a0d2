"""What plain `sam local` needs of a running stack: the functions' variables, and signed samples."""

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.bridge import HOST_ALIAS
from sandbox.deploy import Deployment
from sandbox.local_aws import LocalAws
from sandbox.processes import LOOPBACK
from sandbox.services import PROJECT
from sandbox.webhooks.signers import completed

ENVIRONMENT = "env.json"
SAMPLES = "events"
PRIVATE = 0o600


def container_variables(aws: LocalAws, deployment: Deployment) -> dict[str, dict[str, str]]:
    """Return every function's variables as they must read inside a container, by logical id."""
    functions = aws.client("lambda")
    variables: dict[str, dict[str, str]] = {}
    for logical_id, name in sorted(deployment.physical_ids.items()):
        if name in deployment.functions:
            configuration = functions.get_function_configuration(FunctionName=name)
            deployed = configuration.get("Environment", {}).get("Variables", {})
            variables[logical_id] = {key: _from_a_container(value) for key, value in deployed.items()}
    return variables


def sample(event: Path, description: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Return a sample event as it would arrive at the described stack, signed at `now` in unix seconds."""
    known = {"API-KEY": description["adminApiKey"], "SANDBOX-ORIGIN": description["sandboxUrl"]}
    for name, value in description["secrets"].items():
        known[name] = value if isinstance(value, str) else value[0]
    return completed(json.loads(event.read_text()), known, now)


def write_sam_files(home: Path, description: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
    """Write ``env.json`` and a signed copy of every sample event, readable by their owner alone."""
    write_private(home / ENVIRONMENT, variables)
    shutil.rmtree(home / SAMPLES, ignore_errors=True)
    now = time.time()
    for event in sorted((PROJECT / "events").rglob("*.json")):
        write_private(home / event.relative_to(PROJECT), sample(event, description, now))


def write_private(file: Path, document: Any) -> None:
    """Replace a JSON file in one step, readable by its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".part")
    draft.touch(mode=PRIVATE)
    draft.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    draft.replace(file)


def _from_a_container(value: str) -> str:
    return value.replace(f"//{LOOPBACK}:", f"//{HOST_ALIAS}:")
