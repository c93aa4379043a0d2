import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.processes import Processes, Service, StackError, free_port, inherited_environment, port_in_use

SERVER = """
import subprocess, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def service_on(port: int, directory: Path, program: str = SERVER) -> Service:
    return Service(
        name="server",
        command=(sys.executable, "-c", program, str(port)),
        environment={"MEANING": "42"},
        directory=directory,
        port=port,
        port_variable="SERVER_PORT",
        health_path="/",
    )


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.stop("server")


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return service_on(free_port(), tmp_path)


def test_starts_once_and_stops_with_everything_the_service_started(
    processes: Processes, service: Service, tmp_path: Path
) -> None:
    assert processes.start(service)
    assert not processes.start(service)
    assert processes.port("server") == service.port
    assert len(processes.running("server")) == 2

    assert processes.stop("server")

    assert processes.running("server") == []
    assert not port_in_use(service.port)
    assert not processes.stop("server")
    assert list(tmp_path.glob("*.pid.json")) == []


def test_restarts_a_service_that_changed(processes: Processes, service: Service) -> None:
    processes.start(service)
    before = processes.running("server")

    assert processes.start(replace(service, environment={"MEANING": "43"}))

    assert not set(before) & set(processes.running("server"))


def test_recovers_from_a_lost_record(processes: Processes, service: Service, tmp_path: Path) -> None:
    processes.start(service)
    before = processes.running("server")
    (tmp_path / "server.pid.json").unlink()

    assert processes.start(service)

    assert not set(before) & set(processes.running("server"))


def test_stops_the_workers_of_a_killed_service(
    processes: Processes, service: Service, tmp_path: Path
) -> None:
    processes.start(service)
    os.kill(min(processes.running("server")), signal.SIGKILL)

    assert Processes(tmp_path).stop("server")

    assert processes.running("server") == []


def test_kills_a_service_that_ignores_the_request_to_stop(
    processes: Processes, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.processes.STOP_SECONDS", 0.3)
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + SERVER
    processes.start(service_on(service.port, service.directory, stubborn))

    assert processes.stop("server")


def test_other_homes_are_left_alone(processes: Processes, service: Service, tmp_path: Path) -> None:
    processes.start(service)

    assert not Processes(tmp_path / "other").stop("server")

    assert len(processes.running("server")) == 2


def test_says_which_variable_moves_a_taken_port(processes: Processes, service: Service) -> None:
    with socket.create_server(("127.0.0.1", service.port)), pytest.raises(StackError, match="SERVER_PORT="):
        processes.start(service)


def test_shows_the_end_of_the_log_of_a_service_that_fails(processes: Processes, service: Service) -> None:
    failing = replace(service, command=(sys.executable, "-c", "raise SystemExit('no such thing')"))

    with pytest.raises(StackError, match=r"ended at once(?s:.*)no such thing"):
        processes.start(failing)

    assert processes.running("server") == []


def test_background_processes_do_not_see_the_callers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "PYTHONPATH", "LARK_FORM_WEBHOOK_TOKEN"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "internal.example")

    environment = inherited_environment()

    assert not {"AWS_PROFILE", "PYTHONPATH", "LARK_FORM_WEBHOOK_TOKEN"} & environment.keys()
    assert environment["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert environment["NO_PROXY"] == "127.0.0.1,localhost,internal.example"
