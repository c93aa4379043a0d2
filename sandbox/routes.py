"""Creates the routes and the CORS rules of HTTP APIs, which the emulator leaves out.

CloudFormation imports an HTTP API's ``Body``; the emulator ignores it, so every call would be answered with
404. tests/integration/test_emulator_parity.py notices when an upgrade ends that.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_INTEGRATION = "x-amazon-apigateway-integration"
_ANY_METHOD = "x-amazon-apigateway-any-method"
_CORS = "x-amazon-apigateway-cors"


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """One route of an HTTP API and the logical id of the function behind it."""

    key: str
    function: str
    payload_format: str


def http_apis(template: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the OpenAPI bodies of a processed template's HTTP APIs by logical id."""
    return {
        logical_id: resource["Properties"]["Body"]
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::ApiGatewayV2::Api" and "Body" in resource["Properties"]
    }


def http_routes(body: Mapping[str, Any]) -> list[HttpRoute]:
    """Return the routes that an OpenAPI body describes."""
    return [
        _http_route(path, method, operation)
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
    ]


def cors_configuration(body: Mapping[str, Any], allowed_origins: Sequence[str]) -> dict[str, Any] | None:
    """Return an OpenAPI body's CORS rules as API Gateway takes them, None when it has none.

    The origins are passed because the emulator's transform puts the parameter's default into the body.
    """
    rules = body.get(_CORS)
    if not rules:
        return None
    settings = {name[0].upper() + name[1:]: value for name, value in rules.items()}
    return {**settings, "AllowOrigins": [*allowed_origins]}


def apply_routes(
    gateway: Any, api_id: str, routes: Sequence[HttpRoute], arn_of: Callable[[str], str]
) -> None:
    """Give an API exactly these routes; doing it again changes nothing.

    Parameters
    ----------
    gateway
        A boto3 ``apigatewayv2`` client.
    arn_of
        Returns the ARN of a function by its logical id.
    """
    existing = {route["RouteKey"]: route for route in gateway.get_routes(ApiId=api_id)["Items"]}
    integrations = _integrations(gateway, api_id, routes, arn_of)
    for key in existing.keys() - {route.key for route in routes}:
        gateway.delete_route(ApiId=api_id, RouteId=existing[key]["RouteId"])
    for route in routes:
        target = f"integrations/{integrations[arn_of(route.function)]}"
        if route.key not in existing:
            gateway.create_route(ApiId=api_id, RouteKey=route.key, Target=target)
        elif existing[route.key]["Target"] != target:
            gateway.update_route(ApiId=api_id, RouteId=existing[route.key]["RouteId"], Target=target)


def _integrations(
    gateway: Any, api_id: str, routes: Sequence[HttpRoute], arn_of: Callable[[str], str]
) -> dict[str, str]:
    """Return the id of every function's integration by the function's ARN, made where it was missing."""
    existing = gateway.get_integrations(ApiId=api_id)["Items"]
    found = {one["IntegrationUri"]: one["IntegrationId"] for one in existing}
    wanted = {arn_of(route.function): route.payload_format for route in routes}
    for arn in wanted.keys() - found.keys():
        created = gateway.create_integration(
            ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion=wanted[arn]
        )
        found[arn] = created["IntegrationId"]
    return found


def _http_route(path: str, method: str, operation: Mapping[str, Any]) -> HttpRoute:
    integration = operation[_INTEGRATION]
    function = re.search(r"\$\{(\w+)\.Arn\}", integration["uri"]["Fn::Sub"])
    if integration["type"] != "aws_proxy" or function is None:
        raise ValueError(f"{method} {path} does not lead to a function of this template")
    verb = "ANY" if method == _ANY_METHOD else method.upper()
    key = "$default" if path == "/$default" else f"{verb} {path}"
    return HttpRoute(key, function[1], integration["payloadFormatVersion"])
