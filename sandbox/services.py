"""The local stack's services: the AWS emulator and the simulators of the outside world."""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sandbox.processes import LOOPBACK, Processes, Service, StackError, free_port
from sandbox.secrets import Secret, texts
from sandbox.server import FIRST_REQUESTS

PROJECT = Path(__file__).resolve().parent.parent
AWS = "aws"
SANDBOX = "sandbox"
SANDBOX_HEALTH = "/_sandbox/health"


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports that the local stack listens on."""

    aws: int
    sandbox: int

    @classmethod
    def configured(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the developer's ports."""
        return cls(
            aws=int(environ.get("LARKBRIDGE_AWS_PORT", "4566")),
            sandbox=int(environ.get("LARKBRIDGE_SANDBOX_PORT", "4570")),
        )

    @classmethod
    def free(cls, processes: Processes) -> Self:
        """Return the ports of what is running already, else ports that nothing listens on."""
        return cls(aws=processes.port(AWS) or free_port(), sandbox=processes.port(SANDBOX) or free_port())


def bind_address() -> str:
    """Return the address to listen on: 127.0.0.1, or 0.0.0.0 when LARKBRIDGE_BIND says so."""
    return os.environ.get("LARKBRIDGE_BIND", LOOPBACK)


def bridge_is_asked_for() -> bool:
    """Say whether LARKBRIDGE_DOCKER asks that containers reach a stack that listens on this machine alone."""
    return os.environ.get("LARKBRIDGE_DOCKER", "") not in ("", "0") and bind_address() == LOOPBACK


def emulator(home: Path, port: int) -> Service:
    """Return the AWS emulator, confined to one port, to `home`, and to processes instead of containers."""
    return Service(
        name=AWS,
        command=(str(installed("ministack", "python")), "-m", "ministack"),
        environment={
            "GATEWAY_PORT": str(port),
            "BIND_HOST": bind_address(),
            "DOCKER_HOST": "unix:///nonexistent",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
        },
        directory=home,
        port=port,
        port_variable="LARKBRIDGE_AWS_PORT",
        health_path="/_ministack/health",
        version=_digest(PROJECT / "requirements" / "ministack.txt"),
    )


def simulator(port: int, secrets: Mapping[str, Secret], first_requests: Mapping[str, Any]) -> Service:
    """Return the simulators, which know the functions' secrets and have carried out the first requests."""
    return Service(
        name=SANDBOX,
        command=(sys.executable, "-m", "sandbox.server", "--host", bind_address(), "--port", str(port)),
        environment={},
        directory=PROJECT,
        port=port,
        port_variable="LARKBRIDGE_SANDBOX_PORT",
        health_path=SANDBOX_HEALTH,
        version=_digest(*sorted((PROJECT / "sandbox").rglob("*.py"))),
        initial={f"SANDBOX_{name}": value for name, value in texts(secrets).items()}
        | {FIRST_REQUESTS: json.dumps(first_requests)},
    )


def installed(environment: str, program: str) -> Path:
    """Return a program of one of the separate virtual environments."""
    path = PROJECT / ".local" / "venvs" / environment / "bin" / program
    if not path.exists():
        raise StackError(f"{path} is missing: run `make setup`")
    return path


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
