"""What the requests to the admin API have in common."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from larkbridge.clock import to_text
from larkbridge.errors import InvalidFieldsError
from larkbridge.routes import Body
from larkbridge.shapes import Note


@dataclass(frozen=True, slots=True)
class OneOf:
    """Makes a field one of some words that are known only at run time."""

    words: Sequence[str]

    def __get_pydantic_core_schema__(self, *_: Any) -> CoreSchema:
        return core_schema.literal_schema([*self.words])


class Checked(BaseModel):
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


def body_of[M: Checked](model: type[M]) -> Body[Any, M]:
    """Return a JSON body that a model checks."""
    return Body(model, lambda _, fields: model.read(fields))


def optional_body_of[M: Checked](model: type[M]) -> Body[Any, M]:
    """Return a JSON body that a model checks; an empty one asks for nothing."""
    return body_of(model)._replace(required=False)


LIMIT = Note("How many at most.", examples=[20])
type GivenCursor = Annotated[str | None, Note("Where to go on, as the page before it said.")]


class Page(Checked):
    """Asks for one page of a list."""

    limit: Annotated[int, Field(ge=1, le=100), LIMIT] = 20
    cursor: GivenCursor = None


class Many(Checked):
    """Asks for something to be done to all that match."""

    limit: Annotated[int, Field(ge=1, le=500), LIMIT] = 500
    cursor: GivenCursor = None
    dry_run: Annotated[StrictBool, Note("Only count.", examples=[True])] = False


def _moment(text: str) -> str:
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo:
            return to_text(moment)
    raise PydanticCustomError("moment", "Input should be a time with its zone in ISO 8601")


type GivenMoment = Annotated[str, AfterValidator(_moment), Note(format="date-time")]


_FROM = Note("Only those that came then or later.", examples=["2026-11-22T00:00:00+07:00"])
_TO = Note("Only those that came before.", examples=["2026-11-23T00:00:00+07:00"])


class ManyOfTime(Many):
    """Asks for something to be done to all that match and came within some time."""

    from_: Annotated[GivenMoment | None, Field(alias="from"), _FROM] = None
    to: Annotated[GivenMoment | None, _TO] = None


class FeishuRequest(Checked):
    """A request whose names are in snake case, as in everything that concerns Lark Base's buttons."""

    model_config = ConfigDict(alias_generator=None)


type LarkId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$")]
