"""Who is told of the changes in a Base.

Protocol (open platform documentation, "Subscribe to Docs events"): one file is subscribed to as a whole, with
its type and without an event type. Besides this the events have to be added in the app's console. Only who
may manage the file can subscribe to it.
"""

from typing import Any

from larkbridge.lark.api_values import incomplete, segment
from larkbridge.lark.client import LarkClient


class Files:
    """Subscriptions to Bases. Each method raises `LarkApiError`; the same again changes nothing."""

    def __init__(self, client: LarkClient) -> None:
        self._client = client

    def subscribe(self, app_token: str) -> None:
        """Have the changes of a Base sent to the app as events."""
        self._call("POST", app_token, "subscribe")

    def is_subscribed(self, app_token: str) -> bool:
        """Say whether the changes of a Base are sent to the app."""
        answer = self._call("GET", app_token, "get_subscribe").get("is_subscribe")
        if not isinstance(answer, bool):
            raise incomplete("the answer does not say whether the file is subscribed to")
        return answer

    def unsubscribe(self, app_token: str) -> None:
        """Have the changes of a Base sent no longer."""
        self._call("DELETE", app_token, "delete_subscribe")

    def _call(self, method: str, app_token: str, action: str) -> dict[str, Any]:
        path = f"/drive/v1/files/{segment(app_token)}/{action}"
        return self._client.call(method, path, query={"file_type": "bitable"})
