"""What the admin API accepts in queries and bodies."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError
from pydantic.alias_generators import to_camel

from larkbridge.errors import InvalidFieldsError
from larkbridge.store.submissions import FormType, LarkStatus


class _Request(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """Return the request; raises InvalidFieldsError that names every field at fault."""
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
            messages = {str(problem["loc"][0]): problem["msg"] for problem in problems}
            raise InvalidFieldsError("some fields are not valid", fields=messages) from None


class ListSubmissions(_Request):
    form_type: FormType | None = None
    lark_status: LarkStatus | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class RetrySubmissions(_Request):
    form_type: FormType | None = None
    lark_status: Literal["failed", "dead"] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 500
    cursor: str | None = None
    dry_run: StrictBool = False
