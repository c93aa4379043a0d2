import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.lark.workflow import ErrorCode
from sandbox.server import MAX_BODY_BYTES, SandboxServer, build_router
from sandbox.settings import SandboxSettings

ROOT = Path(__file__).parents[3]
EVENT = "/base/automation/webhook/event/wf1"
CONTROL = "/_sandbox/lark/workflow"
PAYLOAD = {"studentName": "Nguyễn An"}
BEARER = "Bearer a-token"


def connect(url: httpx.URL) -> socket.socket:
    return socket.create_connection((url.host, url.port or 80), timeout=10)


def raw_request(*headers: str) -> bytes:
    return "\r\n".join([f"POST {EVENT} HTTP/1.1", "Host: sandbox", *headers, "\r\n"]).encode()


def test_health(sandbox: httpx.Client) -> None:
    assert sandbox.get("/_sandbox/health").json() == {"ok": True}


def test_a_connection_serves_many_requests(sandbox: httpx.Client) -> None:
    responses = [sandbox.post(EVENT, json=PAYLOAD), sandbox.delete(f"{CONTROL}/records"), sandbox.get("/")]

    ports = {response.extensions["network_stream"].get_extra_info("client_addr")[1] for response in responses}
    assert len(ports) == 1


def send_slowly_answered(sandbox: httpx.Client) -> socket.socket:
    sandbox.put(f"{CONTROL}/fault", json={"kind": "slow", "delaySeconds": 600, "times": 1})
    connection = connect(sandbox.base_url)
    connection.sendall(raw_request("Content-Length: 2", f"Authorization: {BEARER}") + b"{}")
    answers = (sandbox.get(f"{CONTROL}/runs").json()["items"] for _ in range(2000))
    assert next(filter(None, answers))[0]["payload"] == {}
    return connection


def test_a_slow_answer_holds_no_other_request_up(sandbox: httpx.Client) -> None:
    with send_slowly_answered(sandbox):
        assert sandbox.post(EVENT, json=PAYLOAD).json()["code"] == 0


def test_a_server_that_stops_drops_the_answers_it_delays() -> None:
    router = build_router(SandboxSettings(form_webhook_tokens=["a-token"]))
    with SandboxServer("127.0.0.1", 0, router).running() as url:
        bearer = {"Authorization": BEARER}
        with httpx.Client(base_url=url, headers=bearer, trust_env=False, timeout=10) as sandbox:
            connection = send_slowly_answered(sandbox)

    with connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize("path", ["/", "/_sandbox", "/base/automation/webhook/event/", f"{EVENT}/more"])
def test_an_unknown_path_is_not_found(sandbox: httpx.Client, path: str) -> None:
    response = sandbox.post(path, json=PAYLOAD)

    assert (response.status_code, response.json()["error"]) == (404, "not_found")


def test_a_head_request_gets_no_body(sandbox: httpx.Client) -> None:
    assert sandbox.head("/nothing").status_code == 404
    assert sandbox.get("/_sandbox/health").json() == {"ok": True}


def test_a_body_over_the_limit_of_lark_gets_its_code(sandbox: httpx.Client) -> None:
    response = sandbox.post(EVENT, content=b"x" * (5 * 1024 * 1024))

    assert response.json()["code"] == ErrorCode.BODY_TOO_LARGE


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Content-Length: {MAX_BODY_BYTES + 1}", 413),
        ("Content-Length: -1", 400),
        ("Transfer-Encoding: chunked", 411),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_unread(sandbox_url: str, header: str, status: int) -> None:
    with connect(httpx.URL(sandbox_url)) as connection:
        connection.sendall(raw_request(header))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close" in answer


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.server", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "SANDBOX_LARK_FORM_WEBHOOK_TOKEN": '["secret-bearer"]'},
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def test_the_command_takes_its_token_from_the_environment_and_ends_on_sigterm(
    process: subprocess.Popen[str],
) -> None:
    assert process.stderr is not None
    url = process.stderr.readline().split()[-1]
    with httpx.Client(base_url=url, trust_env=False, timeout=10) as sandbox:
        answers = [
            sandbox.post(f"{EVENT}?key=secret-query", json={"note": "secret-body"}, headers=headers).json()
            for headers in ({"Authorization": "Bearer secret-bearer"}, {})
        ]
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=10)

    assert [answer["code"] for answer in answers] == [0, ErrorCode.BAD_CREDENTIAL]
    assert process.returncode == 0
    assert log.count(f"POST {EVENT} 200\n") == 2
    assert "secret" not in log
