"""An admin's files: stored from the body or by a form, shown, opened as a download, revoked and removed."""

import json
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.aws_faults import answers_lost, aws_fails
from tests.support.forms import http_event
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.output import captured
from tests.support.uploads import PDF, attachment, post_with
from tests.support.world import Answer, World

HTML = b"<script>alert(document.cookie)</script>"


def call(world: World, route: str, body: bytes | str | None = None, **more: Any) -> Answer:
    """Call a route of files with a working key."""
    headers = {"x-api-key": world.api_key} | more.pop("headers", {})
    encoded = {"base64_encoded": True} if isinstance(body, bytes) else {}
    return world.files(http_event(body, route=route, headers=headers, **encoded, **more))


def stored(world: World, content: bytes = PDF, media_type: str = "application/pdf", name: str = "") -> str:
    """Store a file and return its id."""
    more = {"headers": {"content-type": media_type} if media_type else {}, "query": {"name": name}}
    answer = call(world, "POST /v1/files", content, **more)
    assert answer.status == 201, answer.body
    return answer.body["storageId"]


def at(file_id: str) -> dict[str, Any]:
    return {"path": {"fileId": file_id}}


def served(world: World, file_id: str) -> dict[str, list[str]]:
    """Return as what S3 serves a file."""
    answer = call(world, "GET /files/{fileId}", **at(file_id))
    assert answer.status == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)


def test_a_file_is_stored_byte_by_byte_with_its_type(world: World, account: MemoryAccount) -> None:
    content = bytes(range(256))
    file_id = stored(world, content, "Image/PNG; q=1", "lớp.png")

    assert account.s3.objects["files", f"files/{file_id}"] == (content, "image/png")
    shown = call(world, "GET /v1/files/{fileId}", **at(file_id)).body
    assert (shown["status"], shown["name"], shown["size"]) == ("kept", "lớp.png", 256)


@pytest.mark.parametrize("media_type", ["", "nonsense", "text/html\r\nx: y", "a/b/c", "x" * 300])
def test_what_has_no_type_is_bytes(world: World, account: MemoryAccount, media_type: str) -> None:
    file_id = stored(world, media_type=media_type)

    assert account.s3.objects["files", f"files/{file_id}"].media_type == "application/octet-stream"


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/javascript", "text/xml"])
def test_what_a_browser_might_run_is_a_download_of_bytes(world: World, media_type: str) -> None:
    as_what = served(world, stored(world, HTML, media_type, "../trang.html"))

    assert as_what["response-content-type"] == ["application/octet-stream"]
    assert as_what["response-content-disposition"][0].startswith('attachment; filename="trang.html"')


@pytest.mark.parametrize(
    ("content", "query", "status"),
    [(b"", {}, 400), (b"x" * 4_500_001, {}, 413), (b"x", {"name": "x" * 1001}, 400), (b"x", {"n": "x"}, 400)],
)
def test_what_cannot_be_stored_is_refused(
    world: World, account: MemoryAccount, content: bytes, query: dict[str, str], status: int
) -> None:
    assert call(world, "POST /v1/files", content, query=query).status == status
    assert account.s3.keys() == []


def test_nothing_is_left_over_when_s3_is_down(world: World, account: MemoryAccount) -> None:
    account.s3.down = True
    assert call(world, "POST /v1/files", PDF).status == 500
    (record,) = account.dynamo.scan(TableName=world.environ["STORED_FILES_TABLE"])["Items"]

    assert record["status"] == {"S": "removed"}
    assert "expiresAt" in record


@pytest.mark.parametrize("is_noted", [True, False])
def test_no_bytes_are_left_when_the_answer_of_s3_is_lost(
    world: World, account: MemoryAccount, is_noted: bool
) -> None:
    counted = 1  # the admin's call, before
    noting = nullcontext() if is_noted else aws_fails("dynamodb", "UpdateItem", after=counted)
    with answers_lost("s3", "PutObject"), noting:
        assert call(world, "POST /v1/files", PDF).status == 500

    assert account.s3.keys() == []


def test_a_large_file_goes_to_s3_and_can_be_opened_soon_after(world: World, account: MemoryAccount) -> None:
    asked = {"name": "phim.mp4", "type": "video/mp4", "size": len(HTML)}
    form = call(
        world, "POST /v1/files/form", json.dumps(asked), headers={"content-type": "application/json"}
    ).body
    world.send_new()
    assert call(world, "GET /files/{fileId}", **at(form["storageId"])).status == 404
    assert account.s3.post(form["url"], form["fields"], HTML + b"x") == 403
    assert account.s3.post(form["url"], form["fields"], HTML) == 204
    world.clock.advance(minutes=2)
    world.sweep()

    assert served(world, form["storageId"])["response-content-type"] == ["application/octet-stream"]


@pytest.mark.parametrize("changes", [{"size": 0}, {"size": 10_485_761}, {"type": "video"}, {"other": 1}])
def test_a_large_file_that_is_not_taken_gets_no_form(world: World, changes: dict[str, Any]) -> None:
    asked = json.dumps({"size": 1, **changes})

    assert (
        call(world, "POST /v1/files/form", asked, headers={"content-type": "application/json"}).status == 400
    )


def test_a_removed_file_is_gone_and_removing_it_again_does_no_harm(
    world: World, account: MemoryAccount
) -> None:
    file_id = stored(world)
    for _ in range(2):
        removed = call(world, "DELETE /v1/files/{fileId}", **at(file_id))
        assert (removed.status, removed.body["status"], removed.body["name"]) == (200, "removed", "")

    assert account.s3.keys() == []
    assert call(world, "GET /files/{fileId}", **at(file_id)).status == 404


def test_a_file_of_an_admin_is_no_forms_file(world: World) -> None:
    submission_id = post_with(world, stored(world))
    world.send_new()

    assert attachment(world, submission_id)["status"] == "not_found"


@pytest.mark.parametrize("route", ["GET /v1/files/{fileId}", "DELETE /v1/files/{fileId}", "POST /v1/files"])
def test_only_a_key_gets_further_and_a_link_is_none(world: World, route: str) -> None:
    file_id = stored(world)
    event = http_event("x", route=route, query={"c": "a.b"}, **at(file_id))

    assert world.files(event).status == 401
    assert world.files(event | {"headers": {"x-api-key": "wrong"}}).status == 403


def test_every_call_with_a_key_leaves_a_line_that_says_whose(world: World) -> None:
    with captured() as output:
        file_id = stored(world, name="Nguyễn Minh An.pdf")
        call(world, "GET /files/{fileId}", **at(file_id))

    lines = output.logged("admin call")
    assert [(line["key"], line["route"]) for line in lines] == [
        ("tests", "POST /v1/files"),
        ("tests", "GET /files/{fileId}"),
    ]
    assert "Minh" not in output.text
