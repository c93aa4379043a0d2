"""Runs one built function in Lambda's own container, against the local stack.

`python -m sandbox.invoke --home DIR SubmitInfoFormFunction events/submit_info_form/happy.json`

The container reaches this machine as host.docker.internal, the stack listens on 127.0.0.1 alone: while the
command runs, a forwarder on Docker's bridge leads from one to the other.
"""

import argparse
import json
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from sandbox.deploy import Deployment, sam_environment
from sandbox.local_aws import LocalAws
from sandbox.parameters import architecture
from sandbox.processes import LOOPBACK, StackError, port_in_use
from sandbox.services import PROJECT, installed
from sandbox.stack import Stack
from sandbox.template import BUILT
from sandbox.webhooks.signers import completed

HOST_ALIAS = "host.docker.internal"


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
    variables = container_environment(aws, function)
    ports = [urlsplit(description[url]).port or 80 for url in ("awsEndpoint", "sandboxUrl")]
    with ExitStack() as open_things:
        for port in ports:
            open_things.enter_context(forwarded(gateway, port))
        return _sam_local_invoke(function, sample(event, description), aws, variables)


def sample(event: Path, description: Mapping[str, Any]) -> str:
    """Return a sample event as it would arrive now at the described stack."""
    known = {"API-KEY": description["adminApiKey"], "SANDBOX-ORIGIN": description["sandboxUrl"]}
    for name, value in description["secrets"].items():
        known[name] = value if isinstance(value, str) else value[0]
    return json.dumps(completed(json.loads(event.read_text()), known, time.time()))


def bridge_address() -> str:
    """Return this machine's address on Docker's bridge."""
    command = ["docker", "network", "inspect", "bridge"]
    try:
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise StackError("docker is not installed; only `make invoke` needs it") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip()
        raise StackError(f"Docker does not answer; only `make invoke` needs it\n{reason}") from None
    network = json.loads(output)[0]["IPAM"]["Config"][0]
    return network.get("Gateway") or str(next(ip_network(network["Subnet"]).hosts()))


def container_environment(aws: LocalAws, function: str) -> dict[str, str]:
    """Return the deployed function's variables as they must read inside a container."""
    deployment = Deployment.of(aws)
    name = deployment.physical_ids.get(function)
    if name not in deployment.functions:
        known = [
            logical
            for logical, physical in deployment.physical_ids.items()
            if physical in deployment.functions
        ]
        raise StackError(f"no function {function}; there are {', '.join(sorted(known))}")
    configuration = aws.client("lambda").get_function_configuration(FunctionName=name)
    variables = configuration.get("Environment", {}).get("Variables", {})
    return {key: value.replace(f"//{LOOPBACK}:", f"//{HOST_ALIAS}:") for key, value in variables.items()}


@contextmanager
def forwarded(address: str, port: int) -> Iterator[None]:
    """Lead connections to `address` on to the same port of the loopback address while the block runs."""
    if port_in_use(port, address):
        yield
        return
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise StackError(f"cannot listen on {address}:{port}: {error.strerror}") from None
    listener.listen()
    Thread(target=_accept, args=(listener, port), daemon=True).start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _accept(listener: socket.socket, port: int) -> None:
    while True:
        try:
            caller, _ = listener.accept()
        except OSError:
            return
        Thread(target=_relay, args=(caller, port), daemon=True).start()


def _relay(caller: socket.socket, port: int) -> None:
    with caller, socket.create_connection((LOOPBACK, port)) as service, selectors.DefaultSelector() as ready:
        ready.register(caller, selectors.EVENT_READ, service)
        ready.register(service, selectors.EVENT_READ, caller)
        while True:
            for key, _ in ready.select():
                source: Any = key.fileobj
                data = source.recv(65536)
                if not data:
                    return
                key.data.sendall(data)


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
