"""What functions reach the outside world with."""

import random
from functools import cached_property, partial

import httpx

from larkbridge import aws
from larkbridge.clock import Clock, SystemClock
from larkbridge.http_client import HttpClient


class Parts:
    """Time, chance, the network and AWS: each is real unless it is given.

    Parameters
    ----------
    public_network
        What carries calls to addresses that come from outside, once those are checked.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        http: HttpClient | None = None,
        public_network: httpx.BaseTransport | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.clock = clock or SystemClock()
        self._http = http
        self.public_network = public_network
        self.rng = rng or random.SystemRandom()
        self._secrets: dict[str, aws.Secrets] = {}
        aws.client("dynamodb")

    @cached_property
    def http(self) -> HttpClient:
        """Calls Lark; made when it is first needed."""
        return self._http or HttpClient()

    @cached_property
    def impatient_http(self) -> HttpClient:
        """Asks what must not keep a parent waiting for more than 2 s; made when it is first needed."""
        return self._http or HttpClient(connect_timeout=1.0, deadline=2.0)

    def secrets(self, secrets_id: str) -> aws.Secrets:
        """Return the secrets that stand in one of Secrets Manager's, the same ones to everybody."""
        if secrets_id not in self._secrets:
            self._secrets[secrets_id] = aws.Secrets(partial(aws.read_secret, secrets_id), self.clock)
        return self._secrets[secrets_id]
