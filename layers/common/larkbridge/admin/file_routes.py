"""Files: an admin's uploads, what is known of a file, and the way to its bytes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from larkbridge.admin.file_shapes import (
    MEDIA_TYPE,
    AdminUploadForm,
    AnnounceUpload,
    LinkProof,
    NamedUpload,
    ShownFile,
)
from larkbridge.admin.requests import body_of
from larkbridge.attachments.kinds import ANY_TYPE, KINDS
from larkbridge.attachments.names import disposition, plain_name
from larkbridge.attachments.uploads import UPLOAD_FOR
from larkbridge.clock import Clock
from larkbridge.errors import (
    AwsUnavailableError,
    BadRequestError,
    InvalidCredentialError,
    InvalidFieldsError,
    MissingCredentialError,
    NotFoundError,
    PayloadTooLargeError,
)
from larkbridge.http_exchange import Request, Response, respond_error
from larkbridge.observability import count
from larkbridge.pages.signed_links import verify
from larkbridge.routes import Answer, Call, Caller, Parameter, Refusal, Route, Scope, raw_body
from larkbridge.settings import ServeFilesSettings
from larkbridge.shapes import Note
from larkbridge.store.bucket import Bucket
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.stored_files import FileStatus, FileStore, StoredFile, new_file
from larkbridge.targets.file_move import new_file_move

MAX_RAW_BYTES = 4_500_000
"""Lambda takes no more in one request, in base64."""
LINK_SECONDS = 300
_SAFE_TYPES = {kind.media_type for kind in KINDS}
"""What no browser runs, even if it should show it."""
_BY_LINK = Caller()
_HIDDEN = (MissingCredentialError, InvalidCredentialError, InvalidFieldsError, BadRequestError)
_NOT_THERE = "Không tìm thấy tệp này, hoặc đường dẫn đã hết hạn."

_ID = Parameter("fileId", "The file's id.")


class Files:
    """Serves every route of files.

    Parameters
    ----------
    keys
        Returns the values of `PAGE_SIGNING_KEY`.
    """

    def __init__(
        self, settings: ServeFilesSettings, clock: Clock, keys: Callable[[], tuple[str, ...]]
    ) -> None:
        self._files = FileStore(settings.files.stored_files_table)
        self._bucket = Bucket(settings.files.bucket)
        self._deliveries = DeliveryStore(settings.deliveries_table)
        self._clock = clock
        self._keys = keys

    def find(self, ids: Mapping[str, str]) -> StoredFile:
        """Return a file; raises NotFoundError."""
        file = self._files.get(ids["fileId"])
        if file is None:
            raise NotFoundError(_NOT_THERE)
        return file

    def proven(self, request: Request) -> Caller:
        """Return who comes by one of our links to this file; raises NotFoundError for any other."""
        file_id = verify("file", request.query["c"], self._keys(), self._clock.now())
        if file_id != request.path.get("fileId"):
            raise NotFoundError(_NOT_THERE)
        return _BY_LINK

    def open(self, call: Call[LinkProof, None, StoredFile]) -> Response:
        """Lead to the bytes, for five minutes, as a download and nothing else."""
        file = call.found
        if file.status is not FileStatus.KEPT or (call.caller == _BY_LINK and file.revoked_at):
            raise NotFoundError(_NOT_THERE)
        count("FilesOpened")
        media_type = file.media_type if file.media_type in _SAFE_TYPES else ANY_TYPE
        link = self._bucket.link(
            file.key, disposition=disposition(file.name), media_type=media_type, seconds=LINK_SECONDS
        )
        headers = {"location": link, "cache-control": "no-store", "referrer-policy": "no-referrer"}
        return Response(302, "", headers)

    def upload(self, call: Call[NamedUpload]) -> ShownFile:
        """Store the body; the item comes first, so that no object is without one."""
        content, now = call.request.body, self._clock.now()
        if len(content) > MAX_RAW_BYTES:
            raise PayloadTooLargeError(f"the file is over {MAX_RAW_BYTES} bytes: ask for a form to upload it")
        if not content:
            raise BadRequestError("the file is empty")
        file = replace(
            new_file(
                now,
                now,
                name=plain_name(call.query.name),
                media_type=_media_type(call.request.headers.get("content-type", "")),
                size=len(content),
            ),
            status=FileStatus.KEPT,
            expires_at=None,
        )
        self._files.add(file)
        try:
            self._bucket.put(file.key, content, file.media_type)
        except AwsUnavailableError:  # the object may be there: only the answer may have been lost
            try:
                self._files.remove(file, now)
            finally:
                self._bucket.delete(file.key)
            raise
        return self._shown(file)

    def announce(self, call: Call[None, AnnounceUpload]) -> AdminUploadForm:
        """Hand out a form for S3; what it uploads is moved within a quarter of an hour."""
        now, asked = self._clock.now(), call.body
        file = new_file(
            now, now + UPLOAD_FOR, name=plain_name(asked.name), media_type=asked.type, size=asked.size
        )
        self._files.add(file, [self._deliveries.put_action(new_file_move(file.file_id, "", now))])
        form = self._bucket.post_form(
            file.pending_key,
            {"Content-Type": asked.type},
            least=asked.size,
            most=asked.size,
            seconds=int(UPLOAD_FOR.total_seconds()),
        )
        return {
            "storageId": file.file_id,
            "url": form.url,
            "fields": form.fields,
            "expiresAt": file.uploads_until,
        }

    def get(self, call: Call[None, None, StoredFile]) -> ShownFile:
        return self._shown(call.found)

    def revoke(self, call: Call[None, None, StoredFile]) -> ShownFile:
        self._files.revoke(call.found, self._clock.now())
        return self._shown(self.find({"fileId": call.found.file_id}))

    def remove(self, call: Call[None, None, StoredFile]) -> ShownFile:
        self._files.remove(call.found, self._clock.now())
        for key in (call.found.pending_key, call.found.key):
            self._bucket.delete(key)
        return self._shown(self.find({"fileId": call.found.file_id}))

    def _shown(self, file: StoredFile) -> ShownFile:
        return {
            "storageId": file.file_id,
            "status": file.status_at(self._clock.now()),
            "reason": file.reason,
            "name": file.name,
            "type": file.media_type,
            "size": file.size,
            "submissions": file.submissions,
            "createdAt": file.created_at,
            "revokedAt": file.revoked_at,
        }


def _media_type(header: str) -> str:
    plain = header.partition(";")[0].strip().lower()
    return plain if re.fullmatch(MEDIA_TYPE, plain) else ANY_TYPE


def _refuse_alike(error: Exception, request_id: str) -> Response:
    """Answer whoever may not have a file as if there were none."""
    if isinstance(error, (NotFoundError, *_HIDDEN)):
        error = NotFoundError(_NOT_THERE)
    return respond_error(error, request_id)


OPEN = Route(
    "GET",
    "/files/{fileId}",
    Scope.READ,
    name="openFile",
    summary="A file's bytes, as a download: for a key, or for a link that Lark was given",
    description="Leads to S3 for five minutes. Whoever may not have the file gets a 404, as for no file.",
    tag="files",
    parameters=(_ID,),
    query=LinkProof,
    find=Files.find,
    answer=Answer(None, "Where the bytes are.", 302),
    refusal=Refusal(_refuse_alike, hidden=_HIDDEN),
    handle=Files.open,
)
ROUTES: tuple[Route[Any, Any, Any, Any], ...] = (
    OPEN,
    Route(
        "POST",
        "/v1/files",
        Scope.WRITE,
        name="uploadFile",
        summary="Store a file of up to 4.5 MB: the body's bytes",
        description="Its type is the `Content-Type`; without one, `application/octet-stream`.",
        tag="files",
        query=NamedUpload,
        body=raw_body(Annotated[bytes, Note("The file.")], "*/*"),
        answer=Answer(ShownFile, "It is stored.", 201),
        handle=Files.upload,
    ),
    Route(
        "POST",
        "/v1/files/form",
        Scope.WRITE,
        name="uploadLargeFile",
        summary="A form by which a file of up to 10 MB is uploaded to S3",
        description="The file can be opened once it has been moved, a quarter of an hour later at most.",
        tag="files",
        body=body_of(AnnounceUpload),
        answer=Answer(AdminUploadForm, "The form.", 201),
        handle=Files.announce,
    ),
    Route(
        "GET",
        "/v1/files/{fileId}",
        Scope.READ,
        name="getFile",
        summary="What is known of a file",
        tag="files",
        parameters=(_ID,),
        find=Files.find,
        answer=Answer(ShownFile, "The file."),
        handle=Files.get,
    ),
    Route(
        "POST",
        "/v1/files/{fileId}/revoke",
        Scope.WRITE,
        name="revokeFileLinks",
        summary="Let no link open the file any more; keys still do",
        tag="files",
        parameters=(_ID,),
        find=Files.find,
        answer=Answer(ShownFile, "The links are revoked."),
        handle=Files.revoke,
    ),
    Route(
        "DELETE",
        "/v1/files/{fileId}",
        Scope.WRITE,
        name="removeFile",
        summary="Remove a file for good",
        tag="files",
        parameters=(_ID,),
        find=Files.find,
        answer=Answer(ShownFile, "Its bytes are gone."),
        handle=Files.remove,
    ),
)
