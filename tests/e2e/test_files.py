"""A parent's file on the deployed stack: up by a signed form, moved by the stream, down from Lark's link."""

import uuid

import httpx
import pytest

from sandbox.samples import FORMS, ROUTES
from tests.support.stack import LocalStack
from tests.support.uploads import PDF
from tests.support.waiting import wait_for

SECONDS = 60
HOLD = ROUTES["hold"]


def announced(api: httpx.Client, key: str, content: bytes = PDF) -> dict:
    asked = {
        "submissionKey": key,
        "name": "../đơn\u202e.pdf",
        "type": "application/pdf",
        "size": len(content),
    }
    return api.post(f"{HOLD}/tep", json=asked).raise_for_status().json()


def posted(form: dict, content: bytes = PDF, **changes: str) -> int:
    fields, file = form["fields"] | changes, {"file": ("x.pdf", content)}
    return httpx.post(form["url"], data=fields, files=file, timeout=SECONDS).status_code


def sent(api: httpx.Client, key: str, file_id: str) -> str:
    fields = FORMS["hold"] | {"submissionKey": key, "attachmentId": file_id}
    return api.post(HOLD, json=fields).raise_for_status().json()["submissionId"]


def link_at_lark(stack: LocalStack, submission_id: str) -> str:
    with stack.sandbox() as sandbox:
        runs = sandbox.get("/lark/workflow/runs").raise_for_status().json()["items"]
    return [
        run["payload"]["attachmentLink"] for run in runs if run["payload"]["submissionId"] == submission_id
    ][-1]


def test_a_file_goes_up_is_moved_and_comes_down_from_lark(stack: LocalStack) -> None:
    key = str(uuid.uuid4())
    with stack.api(key=True) as api:
        form = announced(api, key)
        assert posted(form) == 204
        submission_id = sent(api, key, form["attachmentId"])

        def kept() -> bool:
            shown = api.get(f"/v1/submissions/{submission_id}").json()["attachment"]
            return shown["status"] == "kept"

        wait_for(kept, SECONDS)
    opened = httpx.get(link_at_lark(stack, submission_id), timeout=SECONDS)
    assert opened.status_code == 302
    file = httpx.get(opened.headers["location"], timeout=SECONDS)
    assert file.content == PDF
    assert file.headers["content-disposition"].startswith("attachment; ")
    assert file.headers["content-disposition"].endswith("%C4%91%C6%A1n.pdf")


@pytest.mark.parametrize(
    ("content", "changes"),
    [(PDF + b"x", {}), (PDF[:-1], {}), (PDF, {"Content-Type": "text/html"}), (PDF, {"key": "files/mine"})],
)
def test_s3_takes_what_was_announced_and_nothing_else(
    stack: LocalStack, content: bytes, changes: dict[str, str]
) -> None:
    with stack.api() as api:
        form = announced(api, str(uuid.uuid4()))
    assert 400 <= posted(form, content, **changes) < 500


def test_an_admin_stores_a_file_whatever_it_is_and_only_a_key_opens_it(stack: LocalStack) -> None:
    content = bytes(range(256)) * 1000
    with stack.api(key=True) as api:
        stored = api.post("/v1/files", content=content)
        assert stored.status_code == 201
        assert stored.json()["type"] == "application/octet-stream"
        address = f"/files/{stored.json()['storageId']}"
        opened = api.get(address)
        assert httpx.get(opened.headers["location"], timeout=SECONDS).content == content
        assert api.delete(f"/v1{address}").json()["status"] == "removed"
        assert api.get(address).status_code == 404
        assert httpx.get(opened.headers["location"], timeout=SECONDS).status_code == 404
    with stack.api() as anybody:
        assert anybody.get(address).status_code == 404
