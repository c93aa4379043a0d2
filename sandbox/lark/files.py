"""Subscriptions to the events of files.

Source: open platform documentation, "Subscribe Docs events", "Get docs events subscription status" and
"Unsubscribe Docs events": their error codes and statuses. What they leave open, and is assumed here: an event
type for anything but a folder is a bad parameter, and so is every type but that of a Base.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.envelope import RefusedError
from sandbox.lark.platform import Platform
from sandbox.routing import Request, Route

FILE_PATH = "/open-apis/drive/v1/files/{file_token}"
API_RATE = 50


class ErrorCode(IntEnum):
    BAD_PARAMETER = 1069602
    FORBIDDEN = 1069603
    NOT_FOUND = 1069604


class FileSubscriptions:
    """Which Bases the app is told of, of those that exist and are not closed to it.

    Attributes
    ----------
    subscribed
        The tokens of the files whose events are sent.
    unmanaged
        The tokens of the files that the app may not manage.
    """

    def __init__(self, exists: Callable[[str], bool], closed: Callable[[str], bool]) -> None:
        self.faults = FaultSwitch()
        self.subscribed: set[str] = set()
        self.unmanaged: set[str] = set()
        self._exists = exists
        self._closed = closed

    def routes(self, platform: Platform) -> list[Route]:
        """Return the subscription APIs."""
        return [
            platform.route("POST", f"{FILE_PATH}/subscribe", self.faults, API_RATE, self._subscribe),
            platform.route("GET", f"{FILE_PATH}/get_subscribe", self.faults, API_RATE, self._get),
            platform.route(
                "DELETE", f"{FILE_PATH}/delete_subscribe", self.faults, API_RATE, self._unsubscribe
            ),
        ]

    def _subscribe(self, request: Request) -> dict[str, Any]:
        self.subscribed.add(self._file(request))
        return {}

    def _get(self, request: Request) -> dict[str, Any]:
        return {"is_subscribe": self._file(request) in self.subscribed}

    def _unsubscribe(self, request: Request) -> dict[str, Any]:
        self.subscribed.discard(self._file(request))
        return {}

    def _file(self, request: Request) -> str:
        token = request.params["file_token"]
        if request.query.get("file_type") != "bitable" or "event_type" in request.query:
            raise RefusedError(ErrorCode.BAD_PARAMETER, "param error", 400)
        if not self._exists(token):
            raise RefusedError(ErrorCode.NOT_FOUND, "document not found", 400)
        if token in self.unmanaged or self._closed(token):
            raise RefusedError(ErrorCode.FORBIDDEN, "forbidden", 403)
        return token
