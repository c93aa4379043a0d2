"""Every error that crosses a module's border, and the HTTP status each one becomes.

The first paragraph of an error that has a code is what the API document says of it.

What an answer of Lark means (retry or reject) stands in `larkbridge.lark.error_codes`.
"""

from collections.abc import Mapping
from typing import ClassVar


class LarkbridgeError(Exception):
    """Our fault; `requestId` finds it in the logs.

    The base of all others, whose `message` is shown to the caller unless the status is 500.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str = "", *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})


class BadRequestError(LarkbridgeError):
    """The body, a header or a cursor cannot be understood."""

    status = 400
    code = "bad_request"


class InvalidFieldsError(LarkbridgeError):
    """`fields` names every field that is missing or wrong."""

    status = 400
    code = "invalid_fields"


class RepeatedFieldsError(InvalidFieldsError):
    """Fields are given more than once."""


class MissingCredentialError(LarkbridgeError):
    """No API key was sent."""

    status = 401
    code = "missing_credential"


class UnverifiedRequestError(LarkbridgeError):
    """The sender is not proven: no signature, a wrong one, or a stale one."""

    status = 401
    code = "invalid_signature"


class InvalidCredentialError(LarkbridgeError):
    """The API key or the token is unknown or revoked, or has no owner."""

    status = 403
    code = "invalid_credential"


class NotFoundError(LarkbridgeError):
    """There is no such thing."""

    status = 404
    code = "not_found"


class ConflictError(LarkbridgeError):
    """The request contradicts what is stored."""

    status = 409
    code = "conflict"


class PayloadTooLargeError(LarkbridgeError):
    """The body is over 64 KB, or a webhook's over 3 MB."""

    status = 413
    code = "payload_too_large"


class UnsupportedMediaTypeError(LarkbridgeError):
    """The body is neither JSON nor an HTML form's in UTF-8."""

    status = 415
    code = "unsupported_media_type"


class TooManyRequestsError(LarkbridgeError):
    """A limit is used up for as many seconds as `Retry-After` says."""

    status = 429
    code = "too_many_requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotConfiguredError(LarkbridgeError):
    """A secret or setting of this provider is missing; the others work."""

    status = 503
    code = "not_configured"


class AwsUnavailableError(LarkbridgeError):
    """AWS refused or did not answer a call, after the SDK's own retries."""


class AwsMissingError(AwsUnavailableError):
    """AWS has no such table, secret or object, or is about to delete it."""


class AwsRefusedError(AwsUnavailableError):
    """AWS takes a call for invalid, most often an item that is too large: trying again does not help."""


class MissingSettingError(LarkbridgeError):
    """A setting or a secret that the deployment must have is absent or unreadable."""


class SettingsError(LarkbridgeError):
    """Settings of this deployment are absent or wrong; `wrong` says of each what is allowed."""

    def __init__(self, *wrong: str) -> None:
        self.wrong = tuple(dict.fromkeys(wrong))
        super().__init__("; ".join(self.wrong))


class TransactionRefusedError(LarkbridgeError):
    """A transaction was refused as a whole.

    `reasons` has AWS's code for each write of it ("None" for one that was not at fault), `items` what was
    stored where a condition failed.
    """

    def __init__(self, reasons: list[str], items: list[dict | None]) -> None:
        super().__init__(f"transaction refused: {reasons}")
        self.reasons = reasons
        self.items = items


class ConditionFailedError(LarkbridgeError):
    """A conditional write was refused; `item` is the stored item, None when there is none."""

    def __init__(self, item: dict | None) -> None:
        super().__init__("condition failed")
        self.item = item
