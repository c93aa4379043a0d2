"""Every call of the admin API leaves a line that says who asked for what and what came of it."""

import json
from typing import Any

import boto3
import pytest

from tests.support.aws_faults import aws_fails
from tests.support.forms import http_event
from tests.support.output import captured
from tests.support.world import World
from tools.api_key import create_key, revoke_keys

OWNER = "Phòng tuyển sinh"
PHONE = "0912345678"


@pytest.fixture
def key(world: World) -> str:
    return create_key(world.environ["API_KEYS_TABLE"], "console", OWNER, dynamodb=boto3.resource("dynamodb"))


def line_of(world: World, route: str, key: str | None, **parts: Any) -> dict[str, Any]:
    """Return what the log says of one call, beside the fields of every line."""
    headers = {"content-type": "application/json"} | ({"x-api-key": key} if key else {})
    with captured() as output:
        answer = world.admin(http_event(route=route, headers=headers, **parts))
    lines = output.logged("admin call")
    assert len(lines) == 1
    assert (lines[0]["status"], lines[0]["requestId"]) == (answer.status, "request-1")
    assert lines[0]["route"] == route
    hidden = (PHONE, "example.vn", "Nguy", "Hà", key or "lkb_")
    assert [one for one in hidden if one in json.dumps(output.lines, ensure_ascii=False)] == []
    return lines[0]


def test_answered_call_names_key_owner_route_and_object(world: World, key: str) -> None:
    submission_id = world.post().body["submissionId"]
    path = {"submissionId": submission_id}
    line = line_of(world, "GET /v1/submissions/{submissionId}", key, path=path)
    assert (line["key"], line["owner"], line["id"], line["status"]) == ("console", OWNER, submission_id, 200)


def test_list_is_of_no_object(world: World, key: str) -> None:
    line = line_of(world, "GET /v1/users/{userId}", key, path={"userId": "user_1"})
    assert (line["id"], line["status"]) == ("user_1", 404)
    assert line_of(world, "GET /v1/submissions", key).get("id") is None


REFUSED: dict[str, tuple[str, dict[str, Any], int]] = {
    "a wrong limit": ("GET /v1/events", {"query": {"limit": "0"}}, 400),
    "a wrong body": ("POST /v1/events/replay", {"body": f'{{"parentPhone": "{PHONE}"}}'}, 400),
    "no such object": ("POST /v1/deliveries/{deliveryId}/retry", {"path": {"deliveryId": "d-1"}}, 404),
    "no such route": ("GET /v1/elsewhere", {}, 404),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_call_is_logged_too(world: World, key: str, name: str) -> None:
    route, parts, status = REFUSED[name]
    line = line_of(world, route, key, **parts)
    assert (line["key"], line["owner"], line["status"]) == ("console", OWNER, status)


def test_conflict_is_logged_with_its_object(world: World, key: str) -> None:
    submission_id = world.post().body["submissionId"]
    route = "POST /v1/submissions/{submissionId}/retry"
    line = line_of(world, route, key, path={"submissionId": submission_id})
    assert (line["key"], line["id"], line["status"]) == ("console", submission_id, 409)


def test_failed_call_is_logged(world: World, key: str) -> None:
    with aws_fails("dynamodb", "Query"):
        line = line_of(world, "GET /v1/submissions", key)
    assert (line["key"], line["status"]) == ("console", 500)


def test_call_without_a_key_is_logged_without_a_name(world: World) -> None:
    line = line_of(world, "GET /v1/submissions/{submissionId}", None, path={"submissionId": "s-1"})
    assert (line.get("key"), line.get("owner"), line["id"], line["status"]) == (None, None, "s-1", 401)


def test_call_with_an_unknown_key_is_logged(world: World) -> None:
    line = line_of(world, "GET /v1/submissions", "lkb_wrong")
    assert (line.get("key"), line["status"]) == (None, 403)


def test_call_with_a_revoked_key_names_it(world: World, key: str) -> None:
    revoke_keys(world.environ["API_KEYS_TABLE"], "console", dynamodb=boto3.resource("dynamodb"))
    line = line_of(world, "GET /v1/submissions", key)
    assert (line["key"], line["owner"], line["status"]) == ("console", OWNER, 403)


@pytest.mark.parametrize("row_id", [PHONE, "ha@example.vn", "Nguyễn Thị Hà", "Nguy%E1%BB%85n%20H%C3%A0"])
def test_id_that_could_show_a_person_is_hashed(world: World, key: str, row_id: str) -> None:
    route, path = "GET /v1/tables/{table}/rows/{rowId}", {"table": "students", "rowId": row_id}
    assert line_of(world, route, key, path=path)["id"].startswith("students/sha256:")
