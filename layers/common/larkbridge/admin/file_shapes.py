"""What the routes of files take and answer."""

from typing import Annotated, TypedDict

from pydantic import Field

from larkbridge.admin.requests import Checked
from larkbridge.attachments.kinds import ANY_TYPE, MAX_BYTES
from larkbridge.shapes import Moment, Note
from larkbridge.store.stored_files import FileStatus

MEDIA_TYPE = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}"
_FILE_ID = Annotated[str, Note(pattern="^file_[0-9a-f]{32}$", examples=[f"file_{'0' * 32}"])]


class NamedUpload(Checked):
    name: Annotated[str, Field(max_length=1000), Note("What the file is called.", examples=["don.pdf"])] = ""


class LinkProof(Checked):
    c: Annotated[str | None, Note("What proves that the link is one of ours, instead of a key.")] = None


class AnnounceUpload(NamedUpload):
    type: Annotated[
        str, Field(pattern=f"^{MEDIA_TYPE}$"), Note("Its media type.", examples=["video/mp4"])
    ] = ANY_TYPE
    size: Annotated[int, Field(strict=True, ge=1, le=MAX_BYTES), Note("In bytes.", examples=[9_000_000])]


class ShownFile(TypedDict):
    storageId: _FILE_ID
    status: Annotated[str, Note(enum=[*FileStatus])]
    reason: Annotated[str | None, Note("Why it is not kept.", examples=["other_type"])]
    name: str
    type: str
    size: int | None
    submissions: Annotated[list[str], Note("The forms that it belongs to.")]
    createdAt: Moment
    revokedAt: Annotated[Moment | None, Note("Since then no link opens it; a key does.")]


class AdminUploadForm(TypedDict):
    storageId: _FILE_ID
    url: Annotated[str, Note("Where the file is posted to, as multipart/form-data.", format="uri")]
    fields: Annotated[dict[str, str], Note("The form's fields; `file` comes after them.")]
    expiresAt: Annotated[Moment, Note("Until then the upload must have begun.")]
