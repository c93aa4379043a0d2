"""The local stack's background processes: start, find, stop.

Every process gets a marker in its environment that names its home, and whatever it starts inherits it. So an
interrupted start, a lost record or a worker whose parent is gone leaves nothing that cannot be found.
"""

import hashlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

MARKER = "LARKBRIDGE_PROCESS"
START_SECONDS = 30.0
STOP_SECONDS = 3.0
ANSWER_SECONDS = 15.0
"""A service of a busy machine may take so long to answer and is still up."""
LOOPBACK = "127.0.0.1"

# Nothing else of the caller's environment reaches the stack: an AWS profile or a setting of the shell would.
INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")

_opener = build_opener(ProxyHandler({}))


class StackError(Exception):
    """What went wrong, in words for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Service:
    """One background process.

    Attributes
    ----------
    port_variable
        The environment variable that moves the service to another port.
    version
        Changes when what the service runs changes; a service of another version is restarted.
    initial
        Environment that it starts with and that a running one can be told of: no reason to restart it.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    port: int
    port_variable: str
    health_path: str
    version: str = ""
    address: str = LOOPBACK
    initial: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def health_url(self) -> str:
        return f"http://{self.address}:{self.port}{self.health_path}"

    @property
    def fingerprint(self) -> str:
        """What a running process must share to be taken for this service."""
        identity = [self.command, sorted(self.environment.items()), self.address, self.port, self.version]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


class Processes:
    """The background processes that belong to one home directory."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, service: Service) -> bool:
        """Start `service` and wait until it answers; return False when it was running already."""
        if self.running(service.name):
            if self._record(service.name).get("fingerprint") == service.fingerprint and answers(
                service.health_url
            ):
                return False
            self.stop(service.name)
        if port_in_use(service.port, service.address):
            raise StackError(
                f"port {service.port} is in use by something else; "
                f"choose another one: {service.port_variable}=<port>"
            )
        self._launch(service)
        self._await_ready(service)
        return True

    def run(self, name: str, command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> int:
        """Run a command to its end and return its exit status; what it prints goes to its log."""
        with self._opened_log(name) as output:
            return subprocess.run(
                command,
                cwd=directory,
                env={**environment, MARKER: f"{self.home}/{name}"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode

    def stop(self, name: str) -> bool:
        """Stop a service with everything it started; return False when nothing was running."""
        found = self.running(name)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._signal(name, number):
                break
        else:
            raise StackError(f"{name} does not stop: processes {self.running(name)}")
        if child := self._children.pop(name, None):
            child.wait()
        self._record_path(name).unlink(missing_ok=True)
        return bool(found)

    def running(self, name: str) -> list[int]:
        """Return the ids of the service's processes, its workers included."""
        marker = f"{MARKER}={self.home}/{name}".encode()
        return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if marker in _environment_of(entry)]

    def port(self, name: str) -> int | None:
        """Return the port a running service was started on."""
        return self._record(name).get("port") if self.running(name) else None

    def log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"

    def _launch(self, service: Service) -> None:
        temporary = self.home / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        environment = {**inherited_environment(), **service.environment, **service.initial}
        environment["TMPDIR"] = str(temporary)
        environment[MARKER] = f"{self.home}/{service.name}"
        with self._opened_log(service.name) as output:
            child = subprocess.Popen(
                service.command,
                cwd=service.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children[service.name] = child
        record = {"pid": child.pid, "port": service.port, "fingerprint": service.fingerprint}
        self._record_path(service.name).write_text(json.dumps(record))

    def _await_ready(self, service: Service) -> None:
        child = self._children[service.name]
        ready = wait_until(lambda: child.poll() is not None or answers(service.health_url), START_SECONDS)
        if not ready or child.poll() is not None:
            self.stop(service.name)
            reason = "ended at once" if ready else f"did not answer within {START_SECONDS:.0f} s"
            raise StackError(
                f"{service.name} {reason}; {self.log(service.name)} ends with:\n{self._tail(service.name)}"
            )

    def _signal(self, name: str, number: signal.Signals) -> list[int]:
        """Signal every process of the service and return those that are still there in the end."""
        for pid in self.running(name):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        wait_until(lambda: not self.running(name), STOP_SECONDS)
        return self.running(name)

    def _opened_log(self, name: str) -> IO[bytes]:
        log = self.log(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("wb")

    def _record_path(self, name: str) -> Path:
        return self.home / f"{name}.pid.json"

    def _record(self, name: str) -> dict[str, Any]:
        try:
            return json.loads(self._record_path(name).read_text())
        except (FileNotFoundError, ValueError):
            return {}

    def _tail(self, name: str, lines: int = 20) -> str:
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-lines:])


def inherited_environment() -> dict[str, str]:
    """Return what background processes keep of the caller's environment; local calls bypass its proxies."""
    kept = {name: os.environ[name] for name in (*INHERITED, *PROXIES) if name in os.environ}
    bypass = ",".join(
        filter(None, [LOOPBACK, "localhost", os.environ.get("NO_PROXY") or os.environ.get("no_proxy")])
    )
    return {**kept, "NO_PROXY": bypass, "no_proxy": bypass, "PYTHONUNBUFFERED": "1", "TZ": "UTC"}


def answers(url: str, *, headers: Mapping[str, str] | None = None, seconds: float = ANSWER_SECONDS) -> bool:
    """Tell whether a GET of `url` is answered with 200."""
    request = Request(url, headers=dict(headers or {}))  # noqa: S310 - always a local address
    try:
        with _opener.open(request, timeout=seconds) as reply:
            return reply.status == 200
    except HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def wait_until(happened: Callable[[], bool], seconds: float) -> bool:
    """Poll until `happened` returns True, at most for `seconds`, and return whether it did."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def port_in_use(port: int, address: str = LOOPBACK) -> bool:
    """Tell whether something listens on this port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def _environment_of(process: Path) -> list[bytes]:
    """Return a process's environment as it was started; a zombie has none."""
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
