"""POST {form}/tep: a script asks for a form that uploads one file."""

from typing import Annotated, Any, NamedTuple, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from larkbridge.attachments.kinds import MAX_BYTES, Kind, kind_called
from larkbridge.attachments.uploads import FILES_PER_ADDRESS, FILES_PER_FORM, Uploads
from larkbridge.errors import (
    InvalidFieldsError,
    LarkbridgeError,
    MissingSettingError,
    NotConfiguredError,
    TooManyRequestsError,
)
from larkbridge.forms.address_limits import AddressLimits
from larkbridge.forms.fields import Key
from larkbridge.forms.form import Form
from larkbridge.forms.wording import FORM, by_field
from larkbridge.ids import derived_id
from larkbridge.routes import Answer, Body, Call, Route
from larkbridge.shapes import Moment, Note


class AnnouncedFile(NamedTuple):
    """What a page says of a file before it uploads it."""

    submission_key: str
    name: str
    kind: Kind
    size: int


def _kind(media_type: str) -> Kind:
    if (kind := kind_called(media_type)) is None:
        raise PydanticCustomError("file_type", "a type of file that no form takes")
    return kind


def _size(size: int) -> int:
    if not 0 < size <= MAX_BYTES:
        raise PydanticCustomError("file_size", "empty or too large")
    return size


class AnnounceFile(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    submission_key: Annotated[
        Key,
        Field(min_length=1),
        Note("The form's own.", examples=["3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10"]),
    ]
    name: Annotated[str, Field(max_length=1000), Note("What the file is called.", examples=["don.pdf"])] = ""
    type: Annotated[
        str, Field(max_length=200), AfterValidator(_kind), Note("Its media type.", examples=["image/jpeg"])
    ]
    size: Annotated[
        int,
        Field(strict=True),
        AfterValidator(_size),
        Note("In bytes.", minimum=1, maximum=MAX_BYTES, examples=[123456]),
    ]


class UploadForm(TypedDict):
    attachmentId: Annotated[str, Note("For the form's field of this name.", pattern="^file_[0-9a-f]{32}$")]
    url: Annotated[str, Note("Where the file is posted to, as multipart/form-data.", format="uri")]
    fields: Annotated[dict[str, str], Note("The form's fields; `file` comes after them.")]
    expiresAt: Annotated[Moment, Note("Until then the upload must have begun.")]


class FileUploads:
    """Serves the upload route of one form."""

    def __init__(self, form: type[Form], uploads: Uploads, limits: AddressLimits) -> None:
        self._form = form
        self._uploads = uploads
        self._limits = limits

    def check(self, fields: dict[str, Any]) -> AnnouncedFile:
        """Return what is announced; raises InvalidFieldsError in the words of the parent's language."""
        try:
            announced = AnnounceFile.model_validate(fields)
        except ValidationError as error:
            raise InvalidFieldsError(FORM.vi, fields=by_field(error, "vi")) from None
        return AnnouncedFile(*dict(announced).values())

    def hand_out(self, call: Call[None, AnnouncedFile]) -> UploadForm:
        submission_key, name, kind, size = call.body
        try:
            address = self._limits.keyed_address(call.request)
        except MissingSettingError as error:
            raise NotConfiguredError(error.message) from None
        submission_id = derived_id("submission", self._form.form_type, submission_key)
        file, form = self._uploads.announced(submission_id, address, name, kind, size)
        return {
            "attachmentId": file.file_id,
            "url": form.url,
            "fields": form.fields,
            "expiresAt": file.uploads_until,
        }


def upload_route(form: type[Form]) -> Route[FileUploads, None, AnnouncedFile]:
    """Return the route by which a page announces a file for a form."""
    return Route(
        "POST",
        f"{form.path}/tep",
        None,
        name=f"upload{form.__name__}File",
        summary=f"Let a file be uploaded for {form.title.en} ({form.title.vi})",
        description=f"At most {FILES_PER_FORM} files a form and {FILES_PER_ADDRESS} an hour and address. The "
        "answer's form takes this one file; then its `attachmentId` goes into the form.",
        tag="forms",
        body=Body(AnnounceFile, FileUploads.check),
        answer=Answer(UploadForm, "A form that uploads the file within a quarter of an hour."),
        raises=(TooManyRequestsError, NotConfiguredError, LarkbridgeError),
        handle=FileUploads.hand_out,
    )
