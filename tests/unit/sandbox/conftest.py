from collections.abc import Iterator

import httpx
import pytest

from sandbox.server import SandboxServer, build_router
from sandbox.settings import SandboxSettings

SETTINGS = SandboxSettings(
    form_webhook_tokens=["a-token"], lark_app_secrets=["a-secret"], modelriver_api_keys=["a-key"]
)


@pytest.fixture
def sandbox_url() -> Iterator[str]:
    with SandboxServer("127.0.0.1", 0, build_router(SETTINGS)).running() as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[httpx.Client]:
    bearer = {"Authorization": "Bearer a-token"}
    with httpx.Client(base_url=sandbox_url, headers=bearer, trust_env=False, timeout=10) as client:
        yield client
