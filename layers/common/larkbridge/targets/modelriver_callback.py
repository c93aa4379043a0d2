"""Callbacks to ModelRiver.

Protocol (ModelRiver's own example applications): POST of JSON with the API key as a bearer token, within
5 minutes of the event. The address comes with the event, so the key goes to hosts that are allowed and to
no other.
"""

from collections.abc import Callable, Sequence
from copy import replace
from datetime import timedelta
from typing import ClassVar

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.http_client import Reply
from larkbridge.public_http_client import PublicHttpClient
from larkbridge.store.deliveries import Delivery
from larkbridge.targets.http_outcome import outcome_of_call
from larkbridge.targets.policies import DELIVERY
from larkbridge.targets.target import Origin
from larkbridge.work.attempts import Attempted
from larkbridge.work.outcome import Outcome
from larkbridge.work.policy import Policy


class ModelRiverCallback:
    """Tells ModelRiver what became of a task; telling it twice does no harm.

    Parameters
    ----------
    http
        May call ModelRiver's hosts and no other.
    api_key
        Returns the API key, None when there is none: callbacks then wait.
    """

    name: ClassVar[str] = "modelriver-callback"
    policy: ClassVar[Policy] = replace(DELIVERY, deadline=timedelta(minutes=5))

    def __init__(self, http: PublicHttpClient, api_key: Callable[[], str | None], clock: Clock) -> None:
        self._http = http
        self._api_key = api_key
        self._clock = clock

    @property
    def configured(self) -> bool:
        """Whether there is an API key; while it cannot be read, an attempt finds out and says so."""
        try:
            return bool(self._api_key())
        except (AwsUnavailableError, MissingSettingError):
            return True

    def requests_per_second(self) -> int:
        return 10

    def send(self, delivery: Delivery) -> Outcome:
        return outcome_of_call(lambda: self._post(delivery), self._clock, forbidden="callback_not_allowed")

    def follow_ups(self, delivery: Delivery, attempted: Attempted) -> Sequence[Delivery]:
        return []

    def _post(self, delivery: Delivery) -> Reply:
        key = self._api_key()
        if not key:
            raise MissingSettingError("MODELRIVER_API_KEY is not set")
        headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": f"Bearer {key}"}
        url, body = delivery.content["url"], delivery.content["body"]
        return self._http.post(url, body=body.encode(), headers=headers)


def new_callback(url: str, body: str, origin: Origin) -> Delivery:
    """Return the delivery of a callback; `body` is the JSON text to send."""
    return origin.delivery(ModelRiverCallback, "modelriver", {"url": url, "body": body})
