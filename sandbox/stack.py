"""The local stack: `python -m sandbox.stack up|down|status|env --home DIR`.

`up` runs the AWS emulator and the simulators, deploys the built template and writes DIR/stack.json, which
says where everything is. Running it again reuses what runs and deploys what changed.
"""

import argparse
import fcntl
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from larkbridge.people.connecting import CALLBACK_PATH
from sandbox.bridge import BRIDGE, bridge, bridge_address
from sandbox.deploy import (
    DEPLOY,
    STACK_NAME,
    Deployment,
    complete_http_apis,
    deploy,
    tell_public_url,
    write_secrets,
)
from sandbox.lark.chat_control import CHATS
from sandbox.lark.contacts import PEOPLE
from sandbox.local_aws import REGION, LocalAws
from sandbox.local_tables import (
    control_requests,
    lark_tables,
    make_tables,
    register_redirect,
    send_events,
    take_credentials,
)
from sandbox.parameters import architecture, parameter_values
from sandbox.processes import LOOPBACK, Processes, Service, StackError, answers, wait_until
from sandbox.sam_local import ENVIRONMENT, SAMPLES, container_variables, write_private, write_sam_files
from sandbox.secrets import Secret, first_values, joined, secret_values
from sandbox.services import AWS, SANDBOX, Ports, bridge_is_asked_for, emulator, simulator
from sandbox.template import BUILT, built_template
from tools.api_key import create_key

LARK_APP_ID = "cli_local"
PERSON, _, MANAGER = PEOPLE
CENTRE_NAME = "Trung tâm Hoa Sen"
PRIVACY_CONTACT = "rieng-tu@hoasen.example"
STAFF = f"{MANAGER.open_id}=read+retry+write+people+admin,{PERSON.open_id}=read"
"""Two of the simulated tenant's people; the third may nothing."""
STAFF_CHAT = "oc_local_staff"
FORM_WEBHOOK_PATH = "/base/automation/webhook/event/local-forms"
HEALTH_SECONDS = 30.0
NO_LIMIT = "999999999"
"""Whoever posts to a local stack has one address."""


class Stack:
    """One local stack with its own home directory, processes and ports.

    Parameters
    ----------
    home
        Holds logs, process records, temporary files and ``stack.json``.
    free_ports
        Take ports that nothing listens on instead of the developer's, so that stacks do not meet.
    """

    def __init__(self, home: Path, *, free_ports: bool = False) -> None:
        self.home = home.resolve()
        self._processes = Processes(self.home)
        self._free_ports = free_ports

    def up(self) -> dict[str, Any]:
        """Start and deploy what is missing or changed, and return the content of ``stack.json``."""
        with self._lock():
            known = self.description() or {}
            ports = Ports.free(self._processes) if self._free_ports else Ports.configured()
            aws, sandbox_url = (
                LocalAws(f"http://{LOOPBACK}:{ports.aws}"),
                f"http://{LOOPBACK}:{ports.sandbox}",
            )
            secrets = secret_values(known.get("secrets", {}))
            self._processes.stop(DEPLOY)
            self._start_services(ports, joined(secrets, known.get("secrets", {})), sandbox_url)
            deployment = self._deploy(aws, sandbox_url, secrets)
            outputs = dict(deployment.outputs)
            api_url = f"{aws.endpoint}/_aws/execute-api/{outputs['ApiId']}"
            tell_public_url(aws, deployment, api_url)
            self._await_health(api_url)
            take_credentials(sandbox_url, secrets)
            redirect_uri = deployment.parameters["LarkOauthRedirectUri"] or f"{api_url}{CALLBACK_PATH}"
            register_redirect(sandbox_url, redirect_uri)
            send_events(sandbox_url, f"{api_url}/webhook", first_values(secrets))
            description = {
                "apiUrl": api_url,
                "awsEndpoint": aws.endpoint,
                "sandboxUrl": sandbox_url,
                "adminApiKey": working_api_key(
                    known.get("adminApiKey"), api_url, aws, outputs["ApiKeysTable"]
                ),
                "secrets": secrets,
                "region": REGION,
                "stackName": STACK_NAME,
                "outputs": outputs,
            }
            write_private(self._file, description)
            write_sam_files(self.home, description, container_variables(aws, deployment))
            return description

    def down(self) -> bool:
        """Stop every process and forget the stack; return False when nothing was running."""
        with self._lock():
            stopped = [self._processes.stop(name) for name in (DEPLOY, BRIDGE, SANDBOX, AWS)]
            shutil.rmtree(self.home / "tmp", ignore_errors=True)
            shutil.rmtree(self.home / SAMPLES, ignore_errors=True)
            for file in (self._file, self.home / ENVIRONMENT):
                file.unlink(missing_ok=True)
            return any(stopped)

    def description(self) -> dict[str, Any] | None:
        """Return the content of ``stack.json``, None when there is none."""
        try:
            return json.loads(self._file.read_text())
        except FileNotFoundError:
            return None

    def healthy(self) -> bool:
        """Tell whether the stack is up and its API answers."""
        description = self.description()
        return description is not None and answers(f"{description['apiUrl']}/health")

    @property
    def _file(self) -> Path:
        return self.home / "stack.json"

    def _start_services(self, ports: Ports, secrets: Mapping[str, Secret], sandbox_url: str) -> None:
        """Start what is missing; the simulated Lark has every table before a schedule can ask for it."""
        self._start(emulator(self.home, ports.aws))
        self._start(simulator(ports.sandbox, secrets, control_requests() | _staff_chat()))
        take_credentials(sandbox_url, secrets)
        make_tables(sandbox_url)
        self._processes.stop(BRIDGE)
        if bridge_is_asked_for():
            self._start(bridge(bridge_address(), ports))

    def _start(self, service: Service) -> None:
        before = self._processes.running(service.name)
        started = self._processes.start(service)
        state = "running" if not started else "started anew, empty," if before else "started"
        print(f"{service.name}: {state} on {service.address}:{service.port}", flush=True)

    def _deploy(self, aws: LocalAws, sandbox_url: str, secrets: Mapping[str, Secret]) -> Deployment:
        """Deploy the built template and complete it."""
        print("deploying the built template: half a minute", flush=True)
        template = built_template()
        parameters = local_parameters(template["Parameters"], aws.endpoint, sandbox_url)
        deployment = deploy(aws, BUILT, parameters, self._processes)
        write_secrets(aws, deployment, secrets)
        complete_http_apis(aws, deployment)
        return deployment

    def _await_health(self, api_url: str) -> None:
        health = f"{api_url}/health"
        if not wait_until(lambda: answers(health, seconds=HEALTH_SECONDS), HEALTH_SECONDS):
            raise StackError(f"{health} does not answer with 200, see {self._processes.log(AWS)}")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _staff_chat() -> dict[str, dict[str, Any]]:
    """Return the control request that makes the staff's chat."""
    members = [MANAGER.open_id, PERSON.open_id]
    return {f"{CHATS}/{STAFF_CHAT}": {"name": "Nhân viên", "members": members}}


def local_parameters(
    declared: Iterable[str], aws_endpoint: str, sandbox_url: str, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the template's parameters for this machine."""
    return parameter_values(
        declared,
        fixed={
            "Stage": "local",
            "Architecture": architecture(environ),
            "AwsEndpointUrl": aws_endpoint,
        },
        defaults={
            "LarkFormWebhookUrl": f"{sandbox_url}{FORM_WEBHOOK_PATH}",
            "LarkDomain": sandbox_url,
            "LarkAccountsDomain": other_site(sandbox_url),
            "LarkAppId": LARK_APP_ID,
            "Staff": STAFF,
            "MorningChatId": STAFF_CHAT,
            "AnthropicBaseUrl": sandbox_url,
            "LarkTables": lark_tables(),
            "ModelriverCallbackHosts": LOOPBACK,
            "ZaloAppId": "1234567890",
            "LocalOrigin": sandbox_url,
            "TurnstileOrigin": sandbox_url,
            "CentreName": CENTRE_NAME,
            "PrivacyContact": PRIVACY_CONTACT,
            "FormSoftLimit": NO_LIMIT,
            "FormHardLimit": NO_LIMIT,
        },
        environ=environ,
    )


def other_site(sandbox_url: str) -> str:
    """Return the simulators' address on a site of its own, as Lark's accounts site is one."""
    return sandbox_url.replace(LOOPBACK, "localhost")


def working_api_key(known: str | None, api_url: str, aws: LocalAws, table: str) -> str:
    """Return the admin key of before when the API still takes it, else a new one."""
    submissions = f"{api_url}/v1/submissions?limit=1"
    if known and answers(submissions, headers={"X-API-Key": known}, seconds=HEALTH_SECONDS):
        return known
    return create_key(table, "local", "make up", dynamodb=aws.resource("dynamodb"))


def _up(stack: Stack) -> None:
    stack.up()
    _status(stack)


def _down(stack: Stack) -> None:
    print("stopped" if stack.down() else "nothing was running")


def _status(stack: Stack) -> None:
    description = stack.description()
    if description is None or not stack.healthy():
        raise StackError("the local stack is not up: run `make up`")
    print(f"API      {description['apiUrl']}")
    print(f"AWS      {description['awsEndpoint']}")
    print(f"Sandbox  {description['sandboxUrl']}")
    print(f"Keys and names are in {stack.home / 'stack.json'}")
    print(f"For sam local: {stack.home / ENVIRONMENT}, and signed samples in {stack.home / SAMPLES}")


def _env(stack: Stack) -> None:
    description = stack.description()
    if description is None:
        raise StackError("the local stack is not up: run `make up`")
    print("unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN")
    for name, value in LocalAws(description["awsEndpoint"]).environment().items():
        print(f"export {name}={shlex.quote(value)}")


def main() -> None:
    commands = {"up": _up, "down": _down, "status": _status, "env": _env}
    parser = argparse.ArgumentParser(prog="python -m sandbox.stack", description="The local stack.")
    parser.add_argument("command", choices=commands, help="env prints what leads AWS tools to the stack")
    parser.add_argument("--home", type=Path, default=Path(".local"))
    parser.add_argument("--free-ports", action="store_true", help="do not use the configured ports")
    options = parser.parse_args()
    try:
        commands[options.command](Stack(options.home, free_ports=options.free_ports))
    except StackError as error:
        sys.exit(f"larkbridge: {error}")
    except KeyboardInterrupt:
        sys.exit("larkbridge: interrupted; `make up` and `make down` both go on from here")


if __name__ == "__main__":
    main()
