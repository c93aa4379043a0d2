"""What the shapes of requests and answers are declared with; only the API document reads them.

A shape is a TypedDict, a model or any other type whose JSON schema pydantic knows. Nothing here imports it.
"""

from collections.abc import Callable
from typing import Annotated, Any


class Note:
    """Adds a description and members of JSON schema to an annotated type."""

    def __init__(self, description: str = "", **members: Any) -> None:
        self.members = members | ({"description": description} if description else {})

    def __get_pydantic_json_schema__(
        self, core_schema: Any, make: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        return make(core_schema) | self.members


Uuid = Annotated[str, Note(format="uuid")]
Count = Annotated[int, Note(minimum=0)]
Moment = Annotated[
    str,
    Note(
        format="date-time",
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        examples=["2026-11-22T05:09:01.123Z"],
    ),
]
Cursor = Annotated[
    str | None, Note("Where to go on, null at the end; a request looks at so many entries and no more.")
]
JsonObject = dict[str, Any]
