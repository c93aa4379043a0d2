"""The bucket keeps its contract in memory, on moto and on the emulator, which checks what others post."""

from collections.abc import Iterator

import httpx
import pytest

from larkbridge import aws
from larkbridge.errors import AwsMissingError
from larkbridge.store.bucket import Bucket
from tests.support.aws import emulated_aws, moto_aws
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.stack import LocalStack

CONTENT = b"%PDF-1.7\n" + bytes(range(256))
TYPE = {"Content-Type": "application/pdf"}


@pytest.fixture(params=["memory", "moto", "emulator"])
def bucket(request: pytest.FixtureRequest) -> Iterator[Bucket]:
    """An empty bucket."""
    if request.param == "memory":
        with memory_account():
            aws.client.cache_clear()
            yield Bucket(SETTINGS["FILES_BUCKET"])
            aws.client.cache_clear()
        return
    backend = (
        moto_aws() if request.param == "moto" else emulated_aws(request.getfixturevalue("stack").aws_endpoint)
    )
    with backend as settings:
        yield Bucket(settings["FILES_BUCKET"])


@pytest.fixture
def emulated(stack: LocalStack) -> Iterator[Bucket]:
    """An empty bucket of the emulator."""
    with emulated_aws(stack.aws_endpoint) as settings:
        yield Bucket(settings["FILES_BUCKET"])


def test_an_object_is_looked_at_copied_and_deleted(bucket: Bucket) -> None:
    bucket.put("pending/a", CONTENT, "application/pdf")
    for _ in range(2):
        bucket.copy("pending/a", "files/a", "application/pdf")
    for _ in range(2):
        bucket.delete("pending/a")

    assert bucket.look("pending/a", 4) is None
    assert bucket.look("files/a", 4) == (CONTENT[:4], len(CONTENT))
    assert bucket.look("files/a", 10_000) == (CONTENT, len(CONTENT))


def test_an_empty_object_is_there(bucket: Bucket) -> None:
    bucket.put("pending/a", b"", "application/pdf")

    assert bucket.look("pending/a", 4) == (b"", 0)


def test_what_is_not_there_is_said_to_be_missing(bucket: Bucket) -> None:
    with pytest.raises(AwsMissingError):
        bucket.copy("pending/a", "files/a", "application/pdf")


def posted(bucket: Bucket, content: bytes, **changes: str) -> int:
    """Post a file with a form that takes 10 to 300 bytes of a PDF; return the status."""
    form = bucket.post_form("pending/a", TYPE, least=10, most=300, seconds=60)
    return httpx.post(form.url, data=form.fields | changes, files={"file": ("đơn.pdf", content)}).status_code


def test_a_form_uploads_what_it_was_made_for(emulated: Bucket) -> None:
    assert posted(emulated, CONTENT) == 204
    assert emulated.look("pending/a", 4) == (CONTENT[:4], len(CONTENT))


@pytest.mark.parametrize(
    ("content", "changes"),
    [
        (CONTENT + bytes(100), {}),
        (CONTENT[:9], {}),
        (CONTENT, {"key": "files/a"}),
        (CONTENT, {"key": "pending/b"}),
        (CONTENT, {"Content-Type": "text/html"}),
        (CONTENT, {"success_action_redirect": "https://elsewhere.example/"}),
    ],
)
def test_a_form_uploads_nothing_else(emulated: Bucket, content: bytes, changes: dict[str, str]) -> None:
    assert 400 <= posted(emulated, content, **changes) < 500
    assert emulated.look("pending/a", 4) is None
