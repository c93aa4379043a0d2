"""The simulated Lark of a local stack: the tables of `tables.toml`, the secrets, and where its events go."""

from collections.abc import Mapping
from typing import Any

import httpx

from larkbridge.lark.cell_formats import FieldType
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.config.table_registry import Registry, read_tables
from sandbox.lark.accounts_control import REDIRECT_URIS
from sandbox.lark.base_control import CONTROL
from sandbox.secrets import Secret, texts
from sandbox.simulators import CREDENTIALS

APP_TOKEN = "bascnLocal"  # noqa: S105


def lark_tables() -> str:
    """Return LARK_TABLES for a local stack: every table, in one Base."""
    return ",".join(f"{table.name}={APP_TOKEN}/{table_id(table)}" for table in Registry(read_tables()))


def table_id(table: SyncedTable) -> str:
    """Return the id that a table has in the simulated Lark."""
    return f"tbl{table.name.title().replace('-', '').replace('_', '')}"


def control_requests() -> dict[str, dict[str, Any]]:
    """Return the control request that makes each table: its body by its path."""
    return {
        f"{CONTROL}/base/{APP_TOKEN}/{table_id(table)}": {
            "fields": [
                *(
                    {"fieldId": column.field_id, "name": column.column, "type": int(column.type)}
                    for column in table.fields
                ),
                *_case_columns(table),
            ]
        }
        for table in Registry(read_tables())
    }


def _case_columns(table: SyncedTable) -> list[dict[str, Any]]:
    if table.case is None:
        return []
    return [
        {"fieldId": "fldCaseStatus", "name": table.case.status, "type": int(FieldType.SINGLE_SELECT)},
        {"fieldId": "fldCaseNote", "name": table.case.note, "type": int(FieldType.TEXT)},
    ]


def make_tables(sandbox_url: str) -> None:
    """Make the tables that are missing; those that are there keep their records.

    Raises
    ------
    httpx.HTTPError
        When the simulators do not answer.
    """
    with _control(sandbox_url) as lark:
        for path, body in control_requests().items():
            if lark.get(path).status_code != httpx.codes.OK:
                lark.put(path, json=body).raise_for_status()


def send_events(sandbox_url: str, webhook_url: str, secrets: Mapping[str, str]) -> None:
    """Have Lark's events and callbacks sent to the stack, whose webhooks begin with `webhook_url`.

    Raises
    ------
    httpx.HTTPError
        When the simulators do not answer.
    """
    keys = {"encryptKey": "LARK_ENCRYPT_KEY", "verificationToken": "LARK_VERIFICATION_TOKEN"}
    known = {name: secrets[secret] for name, secret in keys.items() if secrets.get(secret)}
    with _control(sandbox_url) as lark:
        urls = {"url": f"{webhook_url}/event", "callbackUrl": f"{webhook_url}/card"}
        lark.put(f"{CONTROL}/events", json={**urls, **known}).raise_for_status()


def register_redirect(sandbox_url: str, redirect_uri: str) -> None:
    """Register where people are sent back to, as in the app's console; raises as `send_events`."""
    with _control(sandbox_url) as lark:
        lark.put(REDIRECT_URIS, json={"redirectUris": [redirect_uri]}).raise_for_status()


def take_credentials(sandbox_url: str, secrets: Mapping[str, Secret]) -> None:
    """Tell the simulators which secrets to accept; they keep everything that they hold.

    Raises
    ------
    httpx.HTTPError
        When the simulators do not answer.
    """
    with _control(sandbox_url) as simulators:
        simulators.put(CREDENTIALS, json=texts(secrets)).raise_for_status()


def _control(sandbox_url: str) -> httpx.Client:
    return httpx.Client(base_url=sandbox_url, trust_env=False)
