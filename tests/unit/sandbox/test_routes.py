from typing import Any

import pytest

from sandbox.routes import HttpRoute, apply_routes, cors_configuration, http_apis, http_routes


def operation(function: str, kind: str = "aws_proxy") -> dict[str, Any]:
    uri = f"arn:aws:apigateway:${{AWS::Region}}:lambda:path/functions/${{{function}.Arn}}/invocations"
    integration = {"type": kind, "uri": {"Fn::Sub": uri}, "payloadFormatVersion": "2.0"}
    return {"x-amazon-apigateway-integration": integration}


BODY = {
    "paths": {
        "/items/{id}": {"get": operation("ReadFunction"), "post": operation("WriteFunction")},
        "/any": {"x-amazon-apigateway-any-method": operation("ReadFunction")},
        "/$default": {"x-amazon-apigateway-any-method": operation("ReadFunction")},
    },
    "x-amazon-apigateway-cors": {"allowOrigins": "http://default", "allowMethods": ["GET"], "maxAge": 600},
}


class Gateway:
    """The five calls of API Gateway that routes need, in memory."""

    def __init__(self) -> None:
        self.routes: dict[str, dict[str, str]] = {}
        self.integrations: dict[str, dict[str, str]] = {}
        self.calls = 0

    def get_routes(self, *, ApiId: str) -> dict[str, Any]:  # noqa: N803
        return {"Items": list(self.routes.values())}

    def get_integrations(self, *, ApiId: str) -> dict[str, Any]:  # noqa: N803
        return {"Items": list(self.integrations.values())}

    def create_integration(self, **integration: str) -> dict[str, str]:
        return self._put(self.integrations, "IntegrationId", integration)

    def create_route(self, **route: str) -> dict[str, str]:
        return self._put(self.routes, "RouteId", route)

    def update_route(self, **change: str) -> None:
        self.calls += 1
        self.routes[change["RouteId"]].update(change)

    def delete_route(self, *, ApiId: str, RouteId: str) -> None:  # noqa: N803
        self.calls += 1
        del self.routes[RouteId]

    def targets(self) -> dict[str, str]:
        """Return the function behind every route."""
        functions = {f"integrations/{key}": one["IntegrationUri"] for key, one in self.integrations.items()}
        return {route["RouteKey"]: functions[route["Target"]] for route in self.routes.values()}

    def _put(self, store: dict[str, dict[str, str]], id_name: str, record: dict[str, str]) -> dict[str, str]:
        self.calls += 1
        created = {**record, id_name: f"id{self.calls}"}
        store[created[id_name]] = created
        return created


def test_reads_methods_paths_and_functions_from_the_body() -> None:
    assert http_routes(BODY) == [
        HttpRoute("GET /items/{id}", "ReadFunction", "2.0"),
        HttpRoute("POST /items/{id}", "WriteFunction", "2.0"),
        HttpRoute("ANY /any", "ReadFunction", "2.0"),
        HttpRoute("$default", "ReadFunction", "2.0"),
    ]


def test_refuses_an_integration_it_cannot_create() -> None:
    with pytest.raises(ValueError, match="get /x does not lead to a function"):
        http_routes({"paths": {"/x": {"get": operation("ReadFunction", kind="http_proxy")}}})


def test_finds_only_http_apis_with_a_body() -> None:
    template = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": BODY}},
            "Socket": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET"}},
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        }
    }

    assert http_apis(template) == {"Api": BODY}


def test_cors_takes_the_deployed_origins_instead_of_the_default() -> None:
    assert cors_configuration(BODY, ["https://a.example", "https://b.example"]) == {
        "AllowOrigins": ["https://a.example", "https://b.example"],
        "AllowMethods": ["GET"],
        "MaxAge": 600,
    }
    assert cors_configuration({"paths": {}}, ["https://a.example"]) is None


def test_applying_routes_again_changes_nothing() -> None:
    gateway, routes = Gateway(), http_routes(BODY)
    apply_routes(gateway, "api", routes, lambda name: f"arn:{name}")
    made = gateway.calls

    apply_routes(gateway, "api", routes, lambda name: f"arn:{name}")

    assert gateway.calls == made
    assert len(gateway.integrations) == 2
    assert gateway.targets() == {
        "GET /items/{id}": "arn:ReadFunction",
        "POST /items/{id}": "arn:WriteFunction",
        "ANY /any": "arn:ReadFunction",
        "$default": "arn:ReadFunction",
    }


def test_follows_a_replaced_function_and_drops_a_removed_route() -> None:
    gateway = Gateway()
    apply_routes(gateway, "api", http_routes(BODY), lambda name: f"arn:{name}")

    apply_routes(
        gateway, "api", [HttpRoute("ANY /any", "ReadFunction", "2.0")], lambda name: f"arn:new-{name}"
    )

    assert gateway.targets() == {"ANY /any": "arn:new-ReadFunction"}
