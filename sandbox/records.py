"""What simulators keep for tests to look at, as control routes show it."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sandbox.routing import Reply, Request, Route, json_reply

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def record_routes(path: str, records_of: Callable[[Request], list[Any]]) -> list[Route]:
    """Return the control routes that show a list of records and that empty it."""

    def clear(request: Request) -> Reply:
        records_of(request).clear()
        return Reply(204)

    return [
        Route("GET", path, lambda request: items_reply(list(records_of(request)))),
        Route("DELETE", path, clear),
    ]


def items_reply(records: "Iterable[DataclassInstance]") -> Reply:
    """Return records as JSON objects, named in camel case."""
    return json_reply(200, {"items": [_item(record) for record in records]})


def _item(record: "DataclassInstance") -> dict[str, object]:
    return {_camel_case(field.name): getattr(record, field.name) for field in fields(record)}


def _camel_case(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
