"""The local stack: the simulated Lark is ready before a schedule asks for it, and keeps what it holds."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import processes
from sandbox.processes import LOOPBACK, Service, StackError, answers
from sandbox.stack import Stack

CLASSES = "/_sandbox/lark/base/bascnLocal/tblClasses"
RECORD = f"{CLASSES}/recKept"
TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"

type AtDeployment = Callable[[str], Any]
"""What happens during the deployment, with the simulators' address; schedules may tick from then on."""


@pytest.fixture
def up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[AtDeployment], Any]]:
    """Bring a stack up as far as its deployment, and return what happened then."""
    stack = Stack(tmp_path, free_ports=True)
    monkeypatch.setattr("sandbox.stack.emulator", file_server)
    monkeypatch.setattr("sandbox.stack.built_template", lambda: {"Parameters": {"LarkDomain": {}}})

    def bring_up(at_deployment: AtDeployment) -> Any:
        seen: list[Any] = []

        def deploy(_aws: Any, _template: Any, parameters: dict[str, str], _processes: Any) -> None:
            seen.append(at_deployment(parameters["LarkDomain"]))
            raise StackError("far enough")

        monkeypatch.setattr("sandbox.stack.deploy", deploy)
        with pytest.raises(StackError, match="far enough"):
            stack.up()
        return seen[0]

    yield bring_up
    stack.down()


def file_server(home: Path, port: int) -> Service:
    """Return a service in the emulator's place that answers and does nothing."""
    return Service(
        name="aws",
        command=(sys.executable, "-m", "http.server", "--bind", LOOPBACK, str(port)),
        environment={},
        directory=home,
        port=port,
        port_variable="",
        health_path="/",
    )


def call(url: str, method: str = "GET", body: Any = None) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.request(method, url, json=body)


def status(url: str, method: str = "GET", body: Any = None) -> int:
    return call(url, method, body).status_code


def test_every_table_is_there_before_the_schedules_are(up: Callable[[AtDeployment], Any]) -> None:
    assert up(lambda sandbox: status(sandbox + CLASSES)) == 200


def test_a_new_secret_is_accepted_and_the_simulated_lark_keeps_its_records(
    up: Callable[[AtDeployment], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LARK_APP_SECRET", "first")
    up(lambda sandbox: status(sandbox + RECORD, "PUT", {"fields": {}}))
    monkeypatch.setenv("LARK_APP_SECRET", "second")

    def look(sandbox: str) -> tuple[int, int]:
        credential = {"app_id": "cli_local", "app_secret": "second"}
        return status(sandbox + RECORD), call(sandbox + TOKEN, "POST", credential).json()["code"]

    assert up(look) == (200, 0)


def test_a_stack_on_a_busy_machine_is_still_taken_for_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Busy:
        def open(self, _request: Any, timeout: float) -> Any:
            waited.append(timeout)
            raise TimeoutError

    waited: list[float] = []
    monkeypatch.setattr(processes, "_opener", Busy())

    assert not answers("http://127.0.0.1:1/health")
    assert waited[0] >= 10
