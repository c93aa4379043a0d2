"""Where the AWS emulator differs from AWS and sandbox/ makes up for it.

A failure here after an upgrade is good news: the named work-around can go.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.local_aws import LocalAws
from sandbox.processes import Processes, free_port
from sandbox.routes import apply_routes, http_apis, http_routes
from sandbox.services import AWS, emulator

STACK = "parity"
FUNCTION = "def handler(event, context):\n    return {'statusCode': 200, 'body': event['rawPath']}\n"
TEMPLATE: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Parameters": {"Origins": {"Type": "CommaDelimitedList", "Default": "http://default.example"}},
    "Resources": {
        "Api": {
            "Type": "AWS::Serverless::HttpApi",
            "Properties": {
                "StageName": "$default",
                "CorsConfiguration": {"AllowOrigins": {"Ref": "Origins"}, "AllowMethods": ["GET"]},
            },
        },
        "EchoFunction": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "InlineCode": FUNCTION,
                "Events": {
                    "Get": {
                        "Type": "HttpApi",
                        "Properties": {"ApiId": {"Ref": "Api"}, "Method": "GET", "Path": "/health"},
                    }
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    home = tmp_path_factory.mktemp("emulator")
    processes = Processes(home)
    service = emulator(home, free_port())
    processes.start(service)
    yield LocalAws(f"http://127.0.0.1:{service.port}")
    processes.stop(AWS)


def create_stack(aws: LocalAws, name: str, template: dict[str, Any], **parameters: str) -> None:
    formation = aws.client("cloudformation")
    formation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def test_http_api_is_created_without_its_routes_and_the_defaults_origins(aws: LocalAws) -> None:
    create_stack(aws, STACK, TEMPLATE, Origins="https://a.example,https://b.example")
    formation, gateway = aws.client("cloudformation"), aws.client("apigatewayv2")
    found = formation.describe_stack_resources(StackName=STACK)["StackResources"]
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}
    [body] = http_apis(formation.get_template(StackName=STACK)["TemplateBody"]).values()
    url = f"{aws.endpoint}/_aws/execute-api/{ids['Api']}/health"

    assert gateway.get_routes(ApiId=ids["Api"])["Items"] == [], "sandbox/routes.py can go"
    assert "CorsConfiguration" not in gateway.get_api(ApiId=ids["Api"]), "sandbox/routes.py can go"
    assert body["x-amazon-apigateway-cors"]["allowOrigins"] == "http://default.example", (
        "cors_configuration can take the origins from the body"
    )
    assert httpx.get(url, trust_env=False).status_code == 404

    apply_routes(gateway, ids["Api"], http_routes(body), lambda name: aws.function_arn(ids[name]))

    answer = httpx.get(url, trust_env=False)
    assert (answer.status_code, answer.text) == (200, "/health")
