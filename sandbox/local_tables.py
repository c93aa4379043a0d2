"""The tables of `tables.toml`, made in the simulated Lark and connected to the local stack."""

from collections.abc import Mapping

import httpx

from larkbridge.sync.registry import Registry, read_tables
from larkbridge.sync.tables import Table

APP_TOKEN = "bascnLocal"  # noqa: S105


def lark_tables() -> str:
    """Return LARK_TABLES for a local stack: every table, in one Base."""
    return ",".join(f"{table.name}={APP_TOKEN}/{table_id(table)}" for table in Registry(read_tables()))


def table_id(table: Table) -> str:
    """Return the id that a table has in the simulated Lark."""
    return f"tbl{table.name.title().replace('-', '').replace('_', '')}"


def connect(sandbox_url: str, webhook_url: str, secrets: Mapping[str, str]) -> None:
    """Make the tables that are missing, and have Lark's events sent to the stack.

    Raises
    ------
    httpx.HTTPError
        When the simulators do not answer.
    """
    with httpx.Client(base_url=f"{sandbox_url}/_sandbox/lark", trust_env=False) as lark:
        for table in Registry(read_tables()):
            path = f"/base/{APP_TOKEN}/{table_id(table)}"
            if lark.get(path).status_code != httpx.codes.OK:
                fields = [
                    {"fieldId": one.field_id, "name": one.column, "type": int(one.type)}
                    for one in table.fields
                ]
                lark.put(path, json={"fields": fields}).raise_for_status()
        keys = {"encryptKey": "LARK_ENCRYPT_KEY", "verificationToken": "LARK_VERIFICATION_TOKEN"}
        known = {name: secrets[secret] for name, secret in keys.items() if secrets.get(secret)}
        lark.put("/events", json={"url": webhook_url, **known}).raise_for_status()
