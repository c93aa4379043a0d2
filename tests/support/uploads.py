"""Files as parents have them, and their way up: announced at a form's function, posted to S3."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from larkbridge.store.submissions import FormType
from sandbox.samples import ROUTES
from tests.support.forms import FORMS, http_event
from tests.support.memory_s3 import MemoryS3
from tests.support.world import Answer, World

PDF = b"%PDF-1.7\n" + b"x" * 200
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"x" * 200
KEY = "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10"


def announce(
    world: World,
    content: bytes = PDF,
    *,
    form_type: FormType = FormType.HOLD,
    ip: str = "",
    headers: Mapping[str, str] = MappingProxyType({}),
    **changes: Any,
) -> Answer:
    """Ask a form's function to let a file be uploaded."""
    asked = {"submissionKey": KEY, "name": "đơn.pdf", "type": "application/pdf", "size": len(content)}
    event = http_event(
        json.dumps(asked | changes),
        route=f"POST {ROUTES[form_type]}/tep",
        headers={"content-type": "application/json", **headers},
        source_ip=ip or "203.0.113.7",
    )
    return world.send(form_type, event)


def uploaded(world: World, s3: MemoryS3, content: bytes = PDF, **changes: Any) -> str:
    """Announce a file and upload it; return its id."""
    answer = announce(world, content, **changes)
    assert answer.status == 200, answer.body
    assert s3.post(answer.body["url"], answer.body["fields"], content) == 204
    return answer.body["attachmentId"]


def post_with(world: World, file_id: str, key: str = KEY) -> str:
    """Post a form with a file; return the submission's id."""
    fields = FORMS[FormType.HOLD] | {"attachmentId": file_id, "submissionKey": key}
    answer = world.post(FormType.HOLD, fields)
    assert answer.status == 200, answer.body
    return answer.body["submissionId"]


def attachment(world: World, submission_id: str) -> Any:
    """Return what an admin sees of a submission's file."""
    route = "GET /v1/submissions/{submissionId}"
    return world.call_admin(route, submission_id=submission_id).body["attachment"]


def link_at_lark(world: World, submission_id: str) -> str:
    """Return the link that Lark was given last."""
    payloads = [run.payload for run in world.lark.runs if run.payload["submissionId"] == submission_id]
    return payloads[-1]["attachmentLink"]


def open_link(world: World, link: str, **headers: str) -> Answer:
    """Open a file's address, as somebody in Lark does."""
    address, _, query = link.partition("?")
    event = http_event(
        route="GET /files/{fileId}",
        path={"fileId": address.rpartition("/")[2]},
        query={"c": query.removeprefix("c=")} if query else None,
        headers=headers,
    )
    return world.files(event)
