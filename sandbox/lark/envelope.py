"""What every answer of an API is made of: its codes, its refusals, and the body that it reads."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.routing import Request

RATE_LIMITED = 99991400
INVALID_PARAMETER = 10003
BAD_CREDENTIAL = 10014
TOKEN_MISSING = 99991661
TOKEN_INVALID = 99991663
USER_TOKEN_INVALID = 99991668
APP_LACKS_SCOPE = 99991672
USER_HAS_NOT_GRANTED = 99991679
INVALID_FIELD = 99992402


class RefusedError(Exception):
    """An API answers `code` instead of doing what it was asked; `details` stand in the answer's ``error``."""

    def __init__(
        self,
        code: int,
        message: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers
        self.details = details


def json_object(request: Request) -> dict[str, Any]:
    """Return a request's body, or raise `RefusedError` when it is not a JSON object."""
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise RefusedError(INVALID_FIELD, "the body is not a JSON object", 400)
    return document
