"""Leads containers to the local stack: `python -m sandbox.bridge --address ADDRESS PORT...`.

The stack listens on 127.0.0.1 alone, where no container reaches it. A forwarder on Docker's bridge leads from
one to the other. Whoever reaches the emulator may run code as its user, so this happens on request only.
"""

import argparse
import json
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from threading import Thread
from typing import Any

from sandbox.processes import LOOPBACK, Service, StackError, port_in_use
from sandbox.services import PROJECT, SANDBOX_HEALTH, Ports

BRIDGE = "bridge"
HOST_ALIAS = "host.docker.internal"
DOCKER_SECONDS = 10.0


def bridge_address() -> str:
    """Return this machine's address on Docker's bridge."""
    command = ["docker", "network", "inspect", "bridge"]
    try:
        output = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=DOCKER_SECONDS
        ).stdout
    except FileNotFoundError:
        raise StackError("docker is not installed; only running functions in containers needs it") from None
    except subprocess.TimeoutExpired:
        raise StackError(f"Docker does not answer within {DOCKER_SECONDS:.0f} s") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip()
        raise StackError(f"Docker does not answer; only containers need it\n{reason}") from None
    network = json.loads(output)[0]["IPAM"]["Config"][0]
    return network.get("Gateway") or str(next(ip_network(network["Subnet"]).hosts()))


def bridge(address: str, ports: Ports) -> Service:
    """Return the forwarder from Docker's bridge to the emulator and the simulators."""
    command = (
        sys.executable,
        "-m",
        "sandbox.bridge",
        "--address",
        address,
        str(ports.aws),
        str(ports.sandbox),
    )
    return Service(
        name=BRIDGE,
        command=command,
        environment={},
        directory=PROJECT,
        address=address,
        port=ports.sandbox,
        port_variable="LARKBRIDGE_SANDBOX_PORT",
        health_path=SANDBOX_HEALTH,
    )


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


def main() -> None:
    """Forward until a signal ends the process."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.bridge", description="Lead containers to the stack."
    )
    parser.add_argument("--address", required=True, help="this machine's address on Docker's bridge")
    parser.add_argument("ports", nargs="+", type=int)
    options = parser.parse_args()
    try:
        with ExitStack() as listeners:
            for port in options.ports:
                listeners.enter_context(forwarded(options.address, port))
            signal.pause()
    except StackError as error:
        sys.exit(f"larkbridge: {error}")


if __name__ == "__main__":
    main()
