"""An AWS account in memory: DynamoDB with the template's tables, and the bundle's secrets."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from larkbridge import aws
from tests.support.aws import SECRETS
from tests.support.memory_dynamo.client import MemoryDynamo
from tests.support.memory_dynamo.tables import table_schemas

SETTINGS = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper(): name for name in table_schemas()} | {
    "SECRETS_ID": "secrets"
}
"""The settings of a bundle deployed to it."""


class MemorySecrets:
    """Secrets Manager with the one secret that there is."""

    def get_secret_value(self, **_: Any) -> dict[str, Any]:
        return {"SecretString": json.dumps(SECRETS)}


@contextmanager
def memory_aws(dynamo: MemoryDynamo | None = None) -> Iterator[MemoryDynamo]:
    """Run with an AWS in memory, an empty one unless given; `SETTINGS` are those of the bundle in it."""
    dynamo = dynamo or MemoryDynamo()
    clients = {"dynamodb": dynamo, "secretsmanager": MemorySecrets()}
    with patch.object(aws, "client", clients.__getitem__):
        yield dynamo
