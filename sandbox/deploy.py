"""Deploys the built template to the AWS emulator and completes what the emulator leaves out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larkbridge.people.connecting import CALLBACK_PATH
from sandbox.local_aws import LocalAws
from sandbox.parameters import parameter_overrides
from sandbox.processes import Processes, StackError, inherited_environment
from sandbox.routes import apply_routes, cors_configuration, http_apis, http_routes
from sandbox.secrets import by_output
from sandbox.services import PROJECT, Secret, installed

DEPLOY = "deploy"
STACK_NAME = "larkbridge-local"
ARTIFACTS_BUCKET = "larkbridge-artifacts"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What CloudFormation knows of a deployed stack."""

    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    physical_ids: Mapping[str, str]
    functions: tuple[str, ...]
    template: Mapping[str, Any]

    @classmethod
    def of(cls, aws: LocalAws) -> "Deployment":
        """Read the deployed stack."""
        formation = aws.client("cloudformation")
        resources = formation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
        stack = formation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        template = formation.get_template(StackName=STACK_NAME, TemplateStage="Processed")["TemplateBody"]
        return cls(
            outputs={one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])},
            parameters={one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])},
            physical_ids={one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources},
            functions=tuple(
                one["PhysicalResourceId"]
                for one in resources
                if one["ResourceType"] == "AWS::Lambda::Function"
            ),
            template=template,
        )


def deploy(aws: LocalAws, template: Path, parameters: Mapping[str, str], processes: Processes) -> Deployment:
    """Deploy a template; without a change to it nothing happens."""
    aws.client("s3").create_bucket(Bucket=ARTIFACTS_BUCKET)
    command = [str(installed("sam", "sam")), "deploy", "--template-file", str(template)]
    command += ["--config-file", str(PROJECT / "samconfig.toml"), "--config-env", "local"]
    command += ["--stack-name", STACK_NAME, "--s3-bucket", ARTIFACTS_BUCKET]
    command += ["--parameter-overrides", parameter_overrides(parameters)]
    if processes.run(DEPLOY, command, PROJECT, sam_environment(aws)):
        log = processes.log(DEPLOY)
        raise StackError(f"sam deploy failed, see {log}\n{_failures(aws) or log.read_text()[-2000:]}")
    return Deployment.of(aws)


def sam_environment(aws: LocalAws) -> dict[str, str]:
    """Return the environment of a ``sam`` command that works on the emulator."""
    return {
        **inherited_environment(),
        **aws.environment(),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",
        "__SAM_CLI_APP_DIR": str(PROJECT / ".local" / "sam"),
    }


def complete_http_apis(aws: LocalAws, deployment: Deployment) -> None:
    """Give every HTTP API of the stack the routes and CORS rules of its template."""
    gateway = aws.client("apigatewayv2")
    allowed_origins = [origin.strip() for origin in deployment.parameters["AllowedOrigins"].split(",")]
    for logical_id, body in http_apis(deployment.template).items():
        api_id = deployment.physical_ids[logical_id]
        apply_routes(
            gateway, api_id, http_routes(body), lambda name: aws.function_arn(deployment.physical_ids[name])
        )
        if cors := cors_configuration(body, allowed_origins):
            gateway.update_api(ApiId=api_id, CorsConfiguration=cors)


def tell_public_url(aws: LocalAws, deployment: Deployment, api_url: str) -> None:
    """Tell the functions where the API is, which no template can know: the address has the API's own id."""
    functions = aws.client("lambda")
    known = {"PUBLIC_URL": api_url, "LARK_OAUTH_REDIRECT_URI": f"{api_url}{CALLBACK_PATH}"}
    for name in deployment.functions:
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        if told := {each: known[each] for each in known if variables.get(each) == ""}:
            functions.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables | told}
            )


def write_secrets(aws: LocalAws, deployment: Deployment, values: Mapping[str, Secret]) -> None:
    """Put the values into the stack's secrets; functions that may have cached older ones start afresh."""
    changed = [_write(aws, deployment, output, own) for output, own in by_output(values).items()]
    if not any(changed):
        return
    functions = aws.client("lambda")
    for name in deployment.functions:
        timeout = functions.get_function_configuration(FunctionName=name)["Timeout"]
        functions.update_function_configuration(FunctionName=name, Timeout=timeout)


def _write(aws: LocalAws, deployment: Deployment, output: str, values: Mapping[str, Secret]) -> bool:
    """Put the values into one secret, beside those of its own that it has; returns whether it changes."""
    manager, secret_id = aws.client("secretsmanager"), deployment.outputs[output]
    current = json.loads(manager.get_secret_value(SecretId=secret_id)["SecretString"])
    wanted = {**by_output(current)[output], **values}
    if current == wanted:
        return False
    manager.put_secret_value(SecretId=secret_id, SecretString=json.dumps(wanted))
    return True


def _failures(aws: LocalAws) -> str:
    """Return CloudFormation's reasons, empty when it never came so far."""
    formation = aws.client("cloudformation")
    try:
        events = formation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    except formation.exceptions.ClientError:
        return ""
    return "\n".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', event['ResourceStatus'])}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    )
