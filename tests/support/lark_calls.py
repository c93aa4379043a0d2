"""Lark's simulated open platform, called over plain HTTP as any client would."""

from typing import Any

import httpx

from sandbox.lark.openapi import TOKEN_PATH, OpenApi
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.routing import Router
from sandbox.transport import RouterTransport
from tests.support.clock import SimulatedClock

TABLE = "/open-apis/bitable/v1/apps/app1/tables/tbl1"
RECORD = f"{TABLE}/records/rec1"
MESSAGES = "/open-apis/im/v1/messages"
CREDENTIAL = {"app_id": "cli_a", "app_secret": "s1"}


class CalledLark:
    """The platform, its clock, and an HTTP client that has a token when it needs one."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.api = OpenApi(self.clock.timestamp, "cli_a", ["s1", "s2"])
        self.http = httpx.Client(
            transport=RouterTransport(Router(self.api.routes())), base_url="https://lark.test"
        )
        self.headers = {"Authorization": f"Bearer {self.token()}"}

    def token(self) -> str:
        return self.http.post(TOKEN_PATH, json=CREDENTIAL).json()["tenant_access_token"]

    def call(self, method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        content = {} if body is None else {"json": body}
        return self.http.request(method, path, params=query, headers=self.headers, **content)

    def call_as(self, open_id: str, method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        """Call as a person who has agreed to everything."""
        token = self.api.tokens.user_tokens.issue(open_id, EVERY_SCOPE)
        content = {} if body is None else {"json": body}
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.request(method, path, params=query, headers=headers, **content)

    def data(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        response = self.call(method, path, body, **query)
        assert (response.status_code, response.json()["code"]) == (200, 0)
        return response.json()["data"]

    def send(self, receive_id: str = "ou_1", uuid: str | None = None, **changes: Any) -> httpx.Response:
        body = {"receive_id": receive_id, "msg_type": "interactive", "content": "{}", "uuid": uuid}
        return self.call("POST", MESSAGES, body | changes, receive_id_type="open_id")


def code(response: httpx.Response) -> int:
    return response.json()["code"]
