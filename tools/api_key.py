"""Makes, lists and revokes admin API keys: `python -m tools.api_key create|list|revoke --table TABLE ...`.

Only a key's SHA-256 is stored; `create` prints the key itself, once.
"""

import argparse
import os
import secrets
from typing import Any

import boto3
from botocore.exceptions import ClientError

from larkbridge.clock import SystemClock, to_text
from larkbridge.store.api_keys import hash_key


def create_key(table_name: str, name: str, owner: str, *, dynamodb: Any) -> str:
    """Store a new key's hash, name and owner, and return the key.

    Parameters
    ----------
    dynamodb
        A boto3 DynamoDB service resource.
    """
    key = f"lkb_{secrets.token_urlsafe(32)}"
    record = {
        "keyHash": hash_key(key),
        "name": name,
        "owner": owner,
        "createdAt": to_text(SystemClock().now()),
    }
    dynamodb.Table(table_name).put_item(Item=record, ConditionExpression="attribute_not_exists(keyHash)")
    return key


def list_keys(table_name: str, *, dynamodb: Any) -> list[dict[str, Any]]:
    """Return every key's record, oldest first."""
    pages = dynamodb.meta.client.get_paginator("scan").paginate(TableName=table_name)
    return sorted((record for page in pages for record in page["Items"]), key=lambda one: one["createdAt"])


def revoke_keys(table_name: str, name: str, *, dynamodb: Any) -> int:
    """Revoke every working key of this name and return how many there were."""
    working = [
        one
        for one in list_keys(table_name, dynamodb=dynamodb)
        if one["name"] == name and "revokedAt" not in one
    ]
    for record in working:
        dynamodb.Table(table_name).update_item(
            Key={"keyHash": record["keyHash"]},
            UpdateExpression="SET revokedAt = :now",
            ExpressionAttributeValues={":now": to_text(SystemClock().now())},
        )
    return len(working)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.api_key", description=__doc__)
    parser.add_argument("action", choices=["create", "list", "revoke"])
    parser.add_argument("--table", required=True, help="the ApiKeysTable output of the stack")
    parser.add_argument("--name", help="what the key is for")
    parser.add_argument("--owner", default=os.environ.get("USER", ""), help="who answers for it")
    options = parser.parse_args()
    if options.action != "list" and not options.name:
        parser.error("--name is required")
    dynamodb = boto3.resource("dynamodb")
    try:
        match options.action:
            case "create":
                print(create_key(options.table, options.name, options.owner, dynamodb=dynamodb))
            case "revoke":
                print(f"revoked {revoke_keys(options.table, options.name, dynamodb=dynamodb)}")
            case "list":
                for record in list_keys(options.table, dynamodb=dynamodb):
                    shown = ("name", "owner", "createdAt", "lastUsedAt", "revokedAt")
                    print("  ".join(f"{field}={record.get(field, '-')}" for field in shown))
    except ClientError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
