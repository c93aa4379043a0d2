"""Calls of the model, through Anthropic's own library.

Protocol (API reference, "Errors"; `anthropic` 2.14.0): 408, 409, 429 and everything from 500 on may succeed
later, unless ``x-should-retry`` says otherwise; so may a connection that broke. A spend limit that is used up
looks like 429 and lasts for weeks. Here the library tries once: who calls it knows how long somebody waits.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from larkbridge.errors import LarkbridgeError

if TYPE_CHECKING:
    from anthropic import Anthropic, APIStatusError
    from anthropic.types import Message

_CONNECT_SECONDS = 5.0
_MAY_SUCCEED_LATER = frozenset({408, 409, 429})
INVALID_REQUEST = "invalid_request_error"
_SPEND_LIMIT = "enforced_spend_limit_reached"


class ModelUnavailableError(LarkbridgeError):
    """The model did not answer, and may later; `retry_after` in seconds as it asked, None when it did not."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(f"model unavailable: {reason}")
        self.reason = reason
        self.retry_after = retry_after


class ModelRefusesError(LarkbridgeError):
    """The model's API says no for good: the key, the model's name, a limit, or our request."""

    def __init__(self, reason: str, request_id: str | None) -> None:
        super().__init__(f"model refuses: {reason}")
        self.reason = reason
        self.request_id = request_id


class ModelClient:
    """Makes calls; safe to share between threads. The library is imported by the first one.

    Parameters
    ----------
    api_key
        Raises NotConfiguredError when there is none.
    """

    def __init__(self, api_key: Callable[[], str], base_url: str) -> None:
        self._api_key, self._base_url = api_key, base_url

    def create(self, request: Mapping[str, Any], seconds: float) -> "Message":
        """Return one answer.

        Raises
        ------
        ModelUnavailableError, ModelRefusesError
            When there is none.
        """
        import anthropic  # the slowest import of all: after the first sign in the chat

        client = _library_client(self._api_key(), self._base_url)
        timeout = anthropic.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))
        try:
            message = client.messages.create(**request, timeout=timeout)
        except anthropic.APITimeoutError:
            raise ModelUnavailableError("timeout") from None
        except anthropic.APIConnectionError:
            raise ModelUnavailableError("connection") from None
        except anthropic.APIStatusError as error:
            raise _refusal(error) from None
        if not isinstance(message, anthropic.types.Message):
            raise ModelUnavailableError("not_a_message")
        return message


@cache
def _library_client(api_key: str, base_url: str) -> "Anthropic":
    from anthropic import Anthropic

    return Anthropic(api_key=api_key, base_url=base_url, max_retries=0)


def _refusal(error: "APIStatusError") -> LarkbridgeError:
    told = error.response.headers.get("x-should-retry")
    may_succeed = error.status_code in _MAY_SUCCEED_LATER or error.status_code >= 500
    reason = error.error_code or error.type or f"http_{error.status_code}"
    if reason == _SPEND_LIMIT or not (told == "true" or (told != "false" and may_succeed)):
        return ModelRefusesError(reason, error.request_id)
    return ModelUnavailableError(reason, _seconds(error.response.headers.get("retry-after")))


def _seconds(text: str | None) -> float | None:
    """Return what ``retry-after`` says in seconds; a date, which the API does not send, is not read."""
    try:
        return max(float(text or ""), 0.0)
    except ValueError:
        return None
