"""The real template, deployed to a local stack of the tests' own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import boto3
import httpx

from larkbridge import aws
from tests.support.aws import CREDENTIALS


@dataclass(frozen=True)
class LocalStack:
    """What a test needs of a running stack: `description` is its stack.json."""

    description: dict[str, Any]

    @property
    def aws_endpoint(self) -> str:
        return self.description["awsEndpoint"]

    @property
    def outputs(self) -> dict[str, str]:
        return self.description["outputs"]

    def table(self, logical_id: str) -> str:
        """Return the name of a table by its logical id."""
        formation = self.aws("cloudformation")
        found = formation.describe_stack_resource(
            StackName=self.description["stackName"], LogicalResourceId=logical_id
        )
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def api(self, *, key: bool = False) -> httpx.Client:
        """Return a client of the public API, as an admin if `key`."""
        headers = {"X-API-Key": self.description["adminApiKey"]} if key else {}
        return httpx.Client(base_url=self.description["apiUrl"], headers=headers, timeout=40)

    def sandbox(self) -> httpx.Client:
        """Return a client of the simulators' control surface."""
        return httpx.Client(base_url=f"{self.description['sandboxUrl']}/_sandbox", timeout=10)

    def aws(self, service: str) -> Any:
        """Return a boto3 client of the local AWS."""
        return boto3.client(
            service,  # pyright: ignore[reportArgumentType]
            endpoint_url=self.aws_endpoint,
            region_name=self.description["region"],
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def retry_submissions(self) -> None:
        """Run the retry job for the submissions that are due now."""
        function = self.outputs["RetryDueFunction"]
        self.aws("lambda").invoke(FunctionName=function, Payload=b'{"backlog": "submissions"}')


@contextmanager
def in_aws_of(stack: LocalStack) -> Iterator[None]:
    """Have this process's stores be those of a stack."""
    place = {"AWS_ENDPOINT_URL": stack.aws_endpoint, "AWS_DEFAULT_REGION": stack.description["region"]}
    with patch.dict(os.environ, CREDENTIALS | place):
        aws.client.cache_clear()
        try:
            yield
        finally:
            aws.client.cache_clear()
