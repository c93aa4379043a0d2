"""Runs one built function in Lambda's own container, against the local stack.

`python -m sandbox.invoke --home DIR SubmitInfoFormFunction events/submit_info_form/happy.json`

It is `sam local invoke` with what `make up` writes for it; it also signs the sample anew and, while it runs,
leads containers to the stack.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.bridge import HOST_ALIAS, bridge_address, forwarded
from sandbox.deploy import Deployment, sam_environment
from sandbox.local_aws import LocalAws
from sandbox.parameters import architecture
from sandbox.processes import StackError
from sandbox.sam_local import container_variables, sample
from sandbox.services import PROJECT, installed
from sandbox.stack import Stack
from sandbox.template import BUILT


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.invoke", description="Invoke a function in a container."
    )
    parser.add_argument("function", help="logical id in template.yaml, such as SubmitInfoFormFunction")
    parser.add_argument("event", type=Path, help="a file such as events/submit_info_form/happy.json")
    parser.add_argument("--home", type=Path, default=Path(".local"))
    options = parser.parse_args()
    try:
        sys.exit(invoke(options.function, options.event, Stack(options.home)))
    except StackError as error:
        sys.exit(f"larkbridge: {error}")


def invoke(function: str, event: Path, stack: Stack) -> int:
    """Invoke `function` with the event in a file and return the exit status of ``sam``.

    The template's "ReceiveWebhookFunction" may be called "ReceiveWebhook".
    """
    function = function.removesuffix("Function") + "Function"
    if not event.is_file():
        raise StackError(
            "usage: make invoke FUNCTION=SubmitInfoFormFunction EVENT=events/submit_info_form/happy.json"
        )
    gateway = bridge_address()
    description = stack.description()
    if description is None or not stack.healthy():
        raise StackError("the local stack is not up: run `make up`")
    aws = LocalAws(description["awsEndpoint"])
    variables = container_variables(aws, Deployment.of(aws))
    if function not in variables:
        raise StackError(f"no function {function}; there are {', '.join(variables)}")
    ports = [urlsplit(description[url]).port or 80 for url in ("awsEndpoint", "sandboxUrl")]
    with ExitStack() as forwarders:
        for port in ports:
            forwarders.enter_context(forwarded(gateway, port))
        signed = json.dumps(sample(event, description, time.time()))
        return _sam_local_invoke(function, signed, aws, variables[function])


def _sam_local_invoke(function: str, event: str, aws: LocalAws, variables: dict[str, str]) -> int:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({function: variables}, file)
        file.flush()
        command = [installed("sam", "sam"), "local", "invoke", function, "--template", BUILT]
        command += ["--event", "-", "--env-vars", file.name, "--skip-pull-image"]
        command += ["--add-host", f"{HOST_ALIAS}:host-gateway"]
        command += ["--parameter-overrides", f"Architecture={architecture()}"]
        environment = sam_environment(aws)
        return subprocess.run(
            command, input=event, text=True, cwd=PROJECT, env=environment, check=False
        ).returncode


if __name__ == "__main__":
    main()
