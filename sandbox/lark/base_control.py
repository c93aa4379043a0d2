"""Control routes of the Bases: where tests edit tables as people do, and see what the API was asked."""

from collections.abc import Callable, Collection
from typing import Any

from sandbox.lark.bases import Bases
from sandbox.lark.cells import FieldType
from sandbox.lark.envelope import RefusedError
from sandbox.lark.event_push import EventPush
from sandbox.lark.platform import Platform
from sandbox.lark.tables import Field
from sandbox.records import record_routes
from sandbox.routing import FieldError, Handler, Reply, Request, Route, json_reply

CONTROL = "/_sandbox/lark"
BASE = f"{CONTROL}/base"
TABLE = f"{BASE}/{{app_token}}/{{table_id}}"
COLUMN = f"{TABLE}/columns/{{field_id}}"
VIEW = f"{TABLE}/views/{{view_id}}"
RECORD = f"{TABLE}/{{record_id}}"
EVENTS = f"{CONTROL}/events"
_NUMBERS = {
    "replicaLag": "replica_lag",
    "writeSeconds": "write_seconds",
    "clientTokenSeconds": "client_token_seconds",
}
_SETS = ("closed", "hidden", "forbidden")


def base_control_routes(bases: Bases, platform: Platform) -> list[Route]:
    """Return the control routes of the Bases."""

    def clear_calls(_: Request) -> Reply:
        bases.calls.clear()
        return Reply(204)

    return [
        *record_routes(f"{BASE}/writes", lambda _: bases.writes),
        *record_routes(f"{BASE}/created", lambda _: bases.created),
        Route("GET", f"{BASE}/calls", lambda _: json_reply(200, dict(bases.calls))),
        Route("DELETE", f"{BASE}/calls", clear_calls),
        *_condition_routes(bases, platform),
        *_table_routes(bases, platform),
        *_column_routes(bases, platform),
        platform.control("PUT", VIEW, lambda request: _put_view(bases, request)),
        *_record_routes(bases, platform),
    ]


def event_control_routes(push: EventPush, subscribed: Collection[str]) -> list[Route]:
    """Return the control routes that say where events go, and show those that went."""

    def start(request: Request) -> Reply:
        document = request.json_object()
        names = {"encryptKey": "LARK_ENCRYPT_KEY", "verificationToken": "LARK_VERIFICATION_TOKEN"}
        secrets = {name: _text(document, key) for key, name in names.items() if key in document}
        callback_url = _text(document, "callbackUrl") if "callbackUrl" in document else ""
        push.start(_text(document, "url"), secrets, callback_url)
        return Reply(204)

    def stop(_: Request) -> Reply:
        push.stop()
        return Reply(204)

    return [
        Route("PUT", EVENTS, start),
        Route("DELETE", EVENTS, stop),
        Route("GET", f"{EVENTS}/subscribed", lambda _: json_reply(200, {"items": sorted(subscribed)})),
        *record_routes(f"{EVENTS}/deliveries", lambda _: push.deliveries),
    ]


def _condition_routes(bases: Bases, platform: Platform) -> list[Route]:
    def read(_: Request) -> Reply:
        numbers = {name: getattr(bases, attribute) for name, attribute in _NUMBERS.items()}
        return json_reply(200, numbers | {name: sorted(getattr(bases, name)) for name in _SETS})

    def change(request: Request) -> Reply:
        for name, value in request.json_object().items():
            if name in _NUMBERS:
                setattr(bases, _NUMBERS[name], _seconds(name, value))
            elif name in _SETS:
                setattr(bases, name, set(_texts(name, value)))
            else:
                raise FieldError(name, "is not known")
        return read(request)

    path = f"{BASE}/conditions"
    return [platform.control("GET", path, read), platform.control("PUT", path, change)]


def _table_routes(bases: Bases, platform: Platform) -> list[Route]:
    def create(request: Request) -> Reply:
        fields = request.json_object().get("fields")
        if not isinstance(fields, list):
            raise FieldError("fields", "must be a list")
        bases.create_table(**request.params, fields=[_column(one) for one in fields])
        return Reply(204)

    def read(request: Request) -> Reply:
        columns = [one.described() for one in bases.table(**request.params).fields.values()]
        return json_reply(200, {"columns": columns, "records": bases.records(**request.params)})

    handlers = {"PUT": create, "GET": read}
    return [platform.control(method, TABLE, _answered(one)) for method, one in handlers.items()]


def _column_routes(bases: Bases, platform: Platform) -> list[Route]:
    def put(request: Request) -> Reply:
        document = request.json_object()
        app_token, table_id, field_id = (
            request.params[name] for name in ("app_token", "table_id", "field_id")
        )
        if field_id not in bases.table(app_token, table_id).fields:
            bases.add_column(
                app_token, table_id, _column({"type": FieldType.TEXT, **document, "fieldId": field_id})
            )
            return Reply(204)
        if "name" in document:
            bases.rename_column(**request.params, name=_text(document, "name"))
        if "type" in document:
            bases.retype_column(**request.params, field_type=_type(document))
        return Reply(204)

    def remove(request: Request) -> Reply:
        bases.remove_column(**request.params)
        return Reply(204)

    handlers = {"PUT": put, "DELETE": remove}
    return [platform.control(method, COLUMN, _answered(one)) for method, one in handlers.items()]


def _record_routes(bases: Bases, platform: Platform) -> list[Route]:
    def put(request: Request) -> Reply:
        fields = request.json_object().get("fields")
        if not isinstance(fields, dict):
            raise FieldError("fields", "must be a JSON object")
        bases.put(**request.params, fields=fields)
        return get(request)

    def get(request: Request) -> Reply:
        fields = bases.get(**request.params)
        if fields is None:
            return json_reply(404, {"error": "not_found", "message": "There is no such record."})
        return json_reply(200, {"fields": fields})

    def delete(request: Request) -> Reply:
        bases.delete(**request.params)
        return Reply(204)

    handlers = {"PUT": put, "GET": get, "DELETE": delete}
    return [platform.control(method, RECORD, _answered(one)) for method, one in handlers.items()]


def _put_view(bases: Bases, request: Request) -> Reply:
    document = request.json_object()
    for name in document:
        if name not in ("filter", "sort"):
            raise FieldError(name, "is not part of a view")
    table = request.params["app_token"], request.params["table_id"]
    bases.views.setdefault(table, {})[request.params["view_id"]] = document
    return Reply(204)


def _answered(handler: Handler) -> Callable[[Request], Reply]:
    """Answer what a table refuses with 400 and Lark's own code."""

    def handle(request: Request) -> Reply:
        try:
            return handler(request)
        except RefusedError as error:
            return json_reply(400, {"error": "refused", "message": error.message, "code": error.code})

    return handle


def _column(document: object) -> Field:
    if not isinstance(document, dict):
        raise FieldError("fields", "must be JSON objects")
    ui_type = _text(document, "uiType") if "uiType" in document else ""
    return Field(_text(document, "fieldId"), _text(document, "name"), _type(document), ui_type)


def _type(document: dict[str, Any]) -> int:
    value = document.get("type")
    if isinstance(value, bool) or not isinstance(value, int):
        raise FieldError("type", "must be a whole number")
    return value


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise FieldError(name, "must be a text")
    return value


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise FieldError(name, "must be a list of texts")
    return value


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise FieldError(name, "must be a number of seconds")
    return float(value)
