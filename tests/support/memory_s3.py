"""S3 in memory: the requests that the layer makes, and a browser's posts with their policies.

Source: Amazon S3 API reference, "POST Object" and "Creating a POST policy".
"""

import base64
import io
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from tests.support.memory_dynamo.writes import service_error


class Stored(NamedTuple):
    """One object."""

    content: bytes
    media_type: str


class MemoryS3:
    """The objects of every bucket, by bucket and key.

    Attributes
    ----------
    down
        Whether every request fails.
    """

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Stored] = {}
        self.down = False

    def keys(self) -> list[str]:
        """Return every key, in order."""
        return sorted(key for _, key in self.objects)

    def get_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's names
        found = self._find("GetObject", Bucket, Key)
        return {"Body": io.BytesIO(found.content), "ContentLength": len(found.content)}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> dict[str, Any]:  # noqa: N803
        self._answer("PutObject")
        self.objects[Bucket, Key] = Stored(Body, ContentType)
        return {}

    def copy_object(self, *, Bucket: str, Key: str, CopySource: str, ContentType: str) -> dict[str, Any]:  # noqa: N803
        bucket, _, source = unquote(CopySource).partition("/")
        self.objects[Bucket, Key] = Stored(self._find("CopyObject", bucket, source).content, ContentType)
        return {}

    def delete_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        self._answer("DeleteObject")
        self.objects.pop((Bucket, Key), None)
        return {}

    def post(self, url: str, fields: Mapping[str, str], content: bytes) -> int:
        """Take a browser's post; return the status. The signature is the emulator's to check."""
        bucket = (urlsplit(url).hostname or "").partition(".")[0]
        conditions = json.loads(base64.b64decode(fields["policy"]))["conditions"]
        if not all(_holds(one, fields, bucket, len(content)) for one in conditions):
            return 403
        media_type = fields.get("Content-Type", "binary/octet-stream")
        self.objects[bucket, fields["key"]] = Stored(content, media_type)
        return 204

    def _find(self, operation: str, bucket: str, key: str) -> Stored:
        self._answer(operation)
        if (bucket, key) not in self.objects:
            raise service_error("NoSuchKey", operation)
        return self.objects[bucket, key]

    def _answer(self, operation: str) -> None:
        if self.down:
            raise service_error("ServiceUnavailable", operation)


def _holds(condition: Any, fields: Mapping[str, str], bucket: str, size: int) -> bool:
    if isinstance(condition, list):
        kind, least, most = condition
        assert kind == "content-length-range"
        return least <= size <= most
    ((name, wanted),) = condition.items()
    return bucket == wanted if name == "bucket" else fields.get(name) == wanted


def parameters_of(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request of the SDK asks for, by the names that its caller used."""
    url, headers = urlsplit(request["url"]), request["headers"]
    named = {"Bucket": (url.hostname or "").partition(".")[0], "Key": unquote(url.path[1:])}
    if operation in ("PutObject", "CopyObject"):
        named["ContentType"] = headers["Content-Type"]
    if operation == "PutObject":
        body = request["body"]
        named["Body"] = body if isinstance(body, bytes) else body.read()
    if operation == "CopyObject":
        assert headers["x-amz-metadata-directive"] == "REPLACE"
        named["CopySource"] = headers["x-amz-copy-source"]
    return named
