"""One table of a Base: simulated with a record in it, or answering whatever it is told."""

import json
from typing import Any
from uuid import uuid4

from larkbridge.lark.base import Base, BaseTable
from sandbox.lark.tables import Field
from tests.support.lark import Platform, ScriptedLark, lark_client

TABLE = ("app1", "tbl1")
NAME = [{"text": "Nguyễn Minh An", "type": "text"}]
TOKEN = str(uuid4())


def platform_with_table() -> Platform:
    """Return a platform whose table has record ``rec1``."""
    platform = Platform()
    columns = [
        Field("fld1", "Tên"),
        Field("fld2", "Số buổi", 2),
        Field("fld3", "Ghi chú"),
        Field("fld4", "Tổng", 20),
    ]
    platform.api.bases.create_table(*TABLE, columns)
    platform.api.bases.put(*TABLE, "rec1", {"Tên": "Nguyễn Minh An", "Số buổi": 3})
    return platform


def answered(data: Any) -> tuple[BaseTable, ScriptedLark]:
    """Return a table of a platform that answers every call with `data`."""
    lark = ScriptedLark({"code": 0, "data": data})
    return Base(lark_client(lark.network)).table(*TABLE), lark


def asked(lark: ScriptedLark) -> tuple[str, str, dict[str, str], Any]:
    """Return the one call: method, path in the table, query and body."""
    (request,) = lark.calls
    path = request.url.path.removeprefix("/open-apis/bitable/v1/apps/app1/tables/tbl1")
    return request.method, path, dict(request.url.params), json.loads(request.content or "null")
