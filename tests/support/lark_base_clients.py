"""Larkbridge's Base client behind the names that the contract suite has for it and for Lark's own SDK."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import httpx

from larkbridge.lark.base import Base
from larkbridge.lark.base_answers import BaseRecord
from larkbridge.lark.record_filter import AnyOf, Condition, Operator, Sort, Where
from sandbox.lark.openapi import OpenApi
from sandbox.lark.transport import OpenApiTransport
from sandbox.routing import Router
from sandbox.server import SandboxServer
from tests.support.clock import SimulatedClock
from tests.support.lark import lark_client
from tests.support.lark_sdk_apis import APP_ID, APP_SECRET
from tests.support.lark_sdk_base import TABLE, Fields, Rows, SdkTable


class TableClient(Protocol):
    """What the suite asks of a client; `sort` is a name and whether it descends."""

    def columns(self, page_size: int) -> list[tuple[str, str, int, bool]]: ...
    def search(
        self,
        *,
        columns: Sequence[str] | None = None,
        sort: tuple[str, bool] | None = None,
        any_of: tuple[str, Sequence[str]] | None = None,
        all_of: Sequence[tuple[str, Operator, Sequence[str]]] | None = None,
        view_id: str | None = None,
        page_size: int = 500,
        page_token: str | None = None,
    ) -> Rows: ...
    def get(self, record_ids: Sequence[str]) -> tuple[Rows, set[str], set[str]]: ...
    def create(self, fields: Fields, client_token: str) -> str: ...
    def update(self, record_id: str, fields: Fields) -> None: ...
    def delete(self, record_id: str) -> None: ...
    def create_many(self, rows: Sequence[Fields], client_token: str) -> list[str]: ...
    def update_many(self, rows: dict[str, Fields]) -> None: ...
    def delete_many(self, record_ids: Sequence[str]) -> set[str]: ...


class OurTable:
    """One table through `larkbridge.lark.base`."""

    def __init__(self, network: httpx.BaseTransport, clock: SimulatedClock) -> None:
        client = lark_client(network, clock, app_id=APP_ID, app_secret=lambda: APP_SECRET)
        self._table = Base(client).table(*TABLE)
        self.create, self.update, self.delete = self._table.create, self._table.update, self._table.delete
        self.create_many, self.update_many = self._table.create_many, self._table.update_many

    def columns(self, page_size: int) -> list[tuple[str, str, int, bool]]:
        return [(one.field_id, one.name, one.type, one.is_primary) for one in self._table.columns()]

    def search(
        self,
        *,
        columns: Sequence[str] | None = None,
        sort: tuple[str, bool] | None = None,
        any_of: tuple[str, Sequence[str]] | None = None,
        all_of: Sequence[tuple[str, Operator, Sequence[str]]] | None = None,
        view_id: str | None = None,
        page_size: int = 500,
        page_token: str | None = None,
    ) -> Rows:
        conditions = Where([Condition(*one) for one in all_of]) if all_of else None
        page = self._table.search(
            columns=columns,
            sort=Sort(*sort) if sort else None,
            where=AnyOf(*any_of) if any_of else conditions,
            view_id=view_id,
            page_size=page_size,
            page_token=page_token,
        )
        return _rows(page.records, page.total, page.next_token)

    def get(self, record_ids: Sequence[str]) -> tuple[Rows, set[str], set[str]]:
        found = self._table.get(record_ids)
        return _rows(found.records), set(found.absent), set(found.forbidden)

    def delete_many(self, record_ids: Sequence[str]) -> set[str]:
        return set(self._table.delete_many(record_ids))


def _rows(records: Sequence[BaseRecord], total: int = 0, token: str | None = None) -> Rows:
    times = {one.record_id: (one.created_at, one.modified_at) for one in records}
    return Rows({one.record_id: one.fields for one in records}, times, total, token)


@contextmanager
def our_table(lark: OpenApi, clock: SimulatedClock) -> Iterator[OurTable]:
    """Give Larkbridge's client of a simulated platform's table."""
    yield OurTable(OpenApiTransport(lark), clock)


@contextmanager
def sdk_table(lark: OpenApi, _: SimulatedClock) -> Iterator[SdkTable]:
    """Give lark-oapi's, over HTTP; what it keeps of its token for the whole process is forgotten after."""
    sdk = _lark_oapi()
    with SandboxServer("127.0.0.1", 0, Router(lark.routes())).running() as url:
        yield SdkTable(sdk, url)
    sdk.core.token.TokenManager.cache.set(f"self_tenant_token:{APP_ID}", "", 0)


def _lark_oapi() -> Any:
    """Return the SDK, whose import takes seconds: only its users pay."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lark_oapi

        return lark_oapi
