"""The samples in events/ are what the platform sends."""

import base64
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.routing import match_path
from tests.support.functions import functions
from tests.support.template import ROOT

HTTP_SAMPLES = [
    pytest.param(function.routes, event, id=f"{folder}-{case}")
    for folder, function in functions().items()
    for case, event in function.samples().items()
    if function.routes
]


def test_every_function_has_samples_and_every_sample_a_function() -> None:
    folders = {file.parent.name for file in (ROOT / "events").rglob("*.json")}

    assert folders == functions().keys()


@pytest.mark.parametrize(("routes", "event"), HTTP_SAMPLES)
def test_a_request_is_one_of_its_functions_routes(routes: list[str], event: dict[str, Any]) -> None:
    method, _, pattern = event["routeKey"].partition(" ")
    http = event["requestContext"]["http"]

    assert event["routeKey"] in routes
    assert event["requestContext"]["routeKey"] == event["routeKey"]
    assert (http["method"], http["path"]) == (method, event["rawPath"])
    assert match_path(pattern, event["rawPath"]) == event.get("pathParameters", {})


@pytest.mark.parametrize(("routes", "event"), HTTP_SAMPLES)
def test_a_request_is_delivered_as_an_http_api_does(routes: list[str], event: dict[str, Any]) -> None:
    encoded = event["isBase64Encoded"]
    body = base64.b64decode(event.get("body", "")) if encoded else event.get("body", "").encode()

    assert event["version"] == "2.0"
    assert event["headers"] == {name.lower(): value for name, value in event["headers"].items()}
    assert int(event["headers"].get("content-length", "0")) == len(body)
    assert encoded == ("form" in event["headers"].get("content-type", ""))
    assert event["rawQueryString"] == urlencode(event.get("queryStringParameters", {}))


def test_every_route_has_a_sample() -> None:
    for function in functions().values():
        assert {event.get("routeKey") for event in function.samples().values()} >= set(function.routes)


def test_no_sample_carries_a_key() -> None:
    requests = [event for function in functions().values() for event in function.samples().values()]
    keys = {event["headers"].get("x-api-key") for event in requests if "headers" in event}

    assert keys == {None, "YOUR-API-KEY"}
