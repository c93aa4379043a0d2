"""What the admin API accepts in queries and bodies."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from larkbridge.clock import to_text
from larkbridge.errors import InvalidFieldsError
from larkbridge.inbound.providers import SOURCES
from larkbridge.store.button_configs import RESULT_FIELD
from larkbridge.store.submissions import FormType

TARGETS = ("button-forward", "lark-card", "lark-record", "modelriver-callback")
"""The names of `outbox.targets`, which cannot be imported here without httpx."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Makes a field one of some words that are known only at run time."""

    words: Sequence[str]

    def __get_pydantic_core_schema__(self, *_: Any) -> CoreSchema:
        return core_schema.literal_schema([*self.words])


type Source = Annotated[str, OneOf(SOURCES)]
type Target = Annotated[str, OneOf(TARGETS)]


class Request(BaseModel):
    """A query or a body; names are in camel case and no other is accepted."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", defer_build=True)

    @classmethod
    def read(cls, fields: Mapping[str, Any], context: Any = None) -> Self:
        """Return the request; raises InvalidFieldsError that names every field at fault.

        `context` is what the checks of some requests need to know.
        """
        try:
            return cls.model_validate(fields, context=context)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
            messages = {str(problem["loc"][0]): problem["msg"] for problem in problems}
            raise InvalidFieldsError("some fields are not valid", fields=messages) from None


class Page(Request):
    """Asks for one page of a list."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class Many(Request):
    """Asks for something to be done to all that match."""

    limit: Annotated[int, Field(ge=1, le=500)] = 500
    cursor: str | None = None
    dry_run: StrictBool = False


def _moment(text: str) -> str:
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo:
            return to_text(moment)
    raise PydanticCustomError("moment", "Input should be a time with its zone in ISO 8601")


type Moment = Annotated[str, AfterValidator(_moment), Field(json_schema_extra={"format": "date-time"})]


class ListSubmissions(Page):
    form_type: FormType | None = None
    lark_status: Literal["pending", "sending", "sent", "failed", "dead"] | None = None


class RetrySubmissions(Many):
    form_type: FormType | None = None
    lark_status: Literal["failed", "dead"] | None = None


class ListEvents(Page):
    source: Source | None = None
    status: Literal["received", "processing", "success", "failed", "dead", "ignored"] | None = None
    type: str | None = None


class ReplayEvents(Many):
    source: Source | None = None
    status: Literal["success", "failed", "dead", "ignored"] | None = None
    type: str | None = None
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None


class ListDeliveries(Page):
    target: Target | None = None
    status: Literal["pending", "sending", "sent", "failed", "dead"] | None = None


class ListRows(Page):
    """Each status is of tables of one role."""

    status: Literal["quarantined", "rejected"] | None = None


def _accepted(deletions: bool, info: ValidationInfo) -> bool:
    if deletions and info.data.get("mode") == "incremental":
        raise PydanticCustomError("mode", "Input should be false: an incremental sync deletes nothing")
    return deletions


class SyncTable(Request):
    mode: Literal["full", "incremental"]
    accept_deletions: Annotated[StrictBool, AfterValidator(_accepted)] = False


class FeishuRequest(Request):
    """A request whose names are in snake case, as in everything that concerns Lark Base's buttons."""

    model_config = ConfigDict(alias_generator=None)


type FieldName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
type LarkId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$")]


def _public_address(url: str, info: ValidationInfo) -> str:
    # Imported here since it brings httpx along, and no other request needs it.
    from larkbridge.public_http import ForbiddenAddressError, check_url

    try:
        check_url(url, local_origin=info.context)
    except ForbiddenAddressError as error:
        raise PydanticCustomError("address", "Input {reason}", {"reason": str(error)}) from None
    return url


class SaveButtonConfig(FeishuRequest):
    """Its context is the one origin that may be forwarded to though it is neither https nor public."""

    app_token: LarkId
    table_id: LarkId
    webhook_url: Annotated[str, Field(max_length=2000), AfterValidator(_public_address)]
    enabled: StrictBool = True
    result_field: FieldName | None = RESULT_FIELD


class ListButtonLogs(FeishuRequest):
    record_id: LarkId
    status: Annotated[int, Field(ge=0, le=3)] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 20
    cursor: str | None = None
