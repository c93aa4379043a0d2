"""Says which keys seal people's tokens: `python -m tools.vault_keys --table TABLE --secret SECRET`.

A key is named by its id, the beginning of its SHA-256; neither a key nor a token is printed.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from larkbridge.vault.refusals import VaultKeyError
from larkbridge.vault.sealing import KEY_SETTING, VaultKeys


def keys_in_use(table_name: str, *, dynamodb: Any) -> Counter[str]:
    """Return how many owners' tokens each key has sealed.

    Parameters
    ----------
    dynamodb
        A boto3 DynamoDB service resource.
    """
    pages = dynamodb.meta.client.get_paginator("scan").paginate(TableName=table_name, IndexName="by-key")
    return Counter(record["keyId"] for page in pages for record in page["Items"])


def configured_keys(secret_text: str) -> list[str]:
    """Return the ids of the keys in a secret, the sealing one first; raises VaultKeyError."""
    value = json.loads(secret_text).get(KEY_SETTING, [])
    return VaultKeys(value if isinstance(value, list) else [value]).ids


def report(used: Counter[str], configured: list[str]) -> Iterator[str]:
    """Yield a line for each key that is in use or configured."""
    for key_id in [*configured, *sorted(used.keys() - {*configured})]:
        if key_id not in configured:
            role = f"not in {KEY_SETTING}: these tokens cannot be opened"
        elif key_id == configured[0]:
            role = "seals"
        else:
            role = "opens" if used[key_id] else "opens; may be taken out"
        yield f"{key_id}  tokens={used[key_id]}  {role}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.vault_keys", description=__doc__)
    parser.add_argument("--table", required=True, help="the TokensTable output of the stack")
    parser.add_argument("--secret", required=True, help="the PrivateSecrets output of the stack")
    options = parser.parse_args()
    try:
        used = keys_in_use(options.table, dynamodb=boto3.resource("dynamodb"))
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=options.secret)
    except (BotoCoreError, ClientError) as error:
        parser.exit(1, f"{error}\n")
    try:
        configured = configured_keys(secret["SecretString"])
    except VaultKeyError as error:
        print(error.message)
        configured = []
    for line in report(used, configured):
        print(line)


if __name__ == "__main__":
    main()
