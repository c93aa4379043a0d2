"""The bucket of files: forms by which others upload, links by which they download, and what we do ourselves.

`pending/` has what was uploaded and not looked at, and is emptied after a day; `files/` has what is kept.
"""

from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError

from larkbridge import aws
from larkbridge.errors import AwsMissingError, AwsUnavailableError


class PostForm(NamedTuple):
    """A form that uploads one object: where it is posted to, and the fields before its `file`."""

    url: str
    fields: dict[str, str]


class Object(NamedTuple):
    """What an object begins with, and its size in bytes."""

    head: bytes
    size: int


class Bucket:
    """Every access to the bucket; what it cannot do raises AwsUnavailableError."""

    def __init__(self, name: str) -> None:
        self._name = name

    def post_form(self, key: str, fields: dict[str, str], *, least: int, most: int, seconds: int) -> PostForm:
        """Return a form by which anybody can upload an object under `key` until its time is up; no request.

        Parameters
        ----------
        fields
            What the form must have besides, exactly so.
        least, most
            The sizes that S3 takes, in bytes.
        """
        form = aws.client("s3").generate_presigned_post(
            Bucket=self._name,
            Key=key,
            Fields=dict(fields),
            Conditions=[
                *({name: value} for name, value in fields.items()),
                ["content-length-range", least, most],
            ],
            ExpiresIn=seconds,
        )
        return PostForm(form["url"], form["fields"])

    def link(self, key: str, *, disposition: str, media_type: str, seconds: int) -> str:
        """Return a link that downloads an object as a file of this type until its time is up; no request."""
        served = {"ResponseContentDisposition": disposition, "ResponseContentType": media_type}
        return aws.client("s3").generate_presigned_url(
            "get_object",
            Params={"Bucket": self._name, "Key": key, "ResponseCacheControl": "private, no-store", **served},
            ExpiresIn=seconds,
        )

    def look(self, key: str, length: int) -> Object | None:
        """Return how an object begins, None when there is none."""
        try:
            found = self._call("get_object", key)
        except AwsMissingError:
            return None
        try:
            with found["Body"] as body:
                return Object(body.read(length), found["ContentLength"])
        except BotoCoreError as error:
            raise AwsUnavailableError(f"s3 get_object: {type(error).__name__}") from error

    def put(self, key: str, content: bytes, media_type: str) -> None:
        """Store an object."""
        self._call("put_object", key, Body=content, ContentType=media_type)

    def copy(self, source: str, key: str, media_type: str) -> None:
        """Copy an object that must be there, as one of this type; doing it twice is doing it once."""
        self._call(
            "copy_object",
            key,
            CopySource={"Bucket": self._name, "Key": source},
            ContentType=media_type,
            MetadataDirective="REPLACE",
        )

    def delete(self, key: str) -> None:
        """Delete an object if there is one."""
        self._call("delete_object", key)

    def _call(self, operation: str, key: str, **parameters: Any) -> dict[str, Any]:
        return aws.call("s3", operation, Bucket=self._name, Key=key, **parameters)
