"""Clients of the AWS emulator, which never touch the caller's AWS configuration or proxies."""

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

REGION = "us-east-1"
ACCOUNT = "000000000000"


class LocalAws:
    """The AWS emulator behind one endpoint."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        no_profile = {"profile": (None, None, None, None)}
        self._session = boto3.Session(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes any
            region_name=REGION,
            botocore_session=botocore.session.Session(session_vars=no_profile),
        )

    def client(self, service: str) -> Any:
        """Return a client of `service`."""
        return self._session.client(service, endpoint_url=self.endpoint, config=Config(proxies={}))

    def resource(self, service: str) -> Any:
        """Return a resource of `service`."""
        return self._session.resource(service, endpoint_url=self.endpoint, config=Config(proxies={}))

    def function_arn(self, name: str) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"

    def environment(self) -> dict[str, str]:
        """Return the variables that lead an AWS tool to the emulator and keep it off the caller's account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
