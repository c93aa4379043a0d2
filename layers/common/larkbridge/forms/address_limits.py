"""How many forms came from one address: over one limit they go after the others, over the next none is taken.

A school's or a mobile network's parents share one address, so the first limit costs nobody more than minutes.
"""

import hmac
import socket
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from larkbridge.errors import MissingSettingError
from larkbridge.forms.wording import TOO_MANY_FORMS
from larkbridge.http_exchange import Request
from larkbridge.observability import count, log_crash
from larkbridge.settings import FormLimitSettings
from larkbridge.store.rate_limits import Limit, RateLimitStore, exceeded

WINDOW_SECONDS = 600
_APART_SECONDS = 1
_BURST_PART = 10
"""Nearer together than that a tenth of the first limit goes out at once: Lark takes 5 a second in all."""
_PURPOSE = b"larkbridge: addresses that post forms"
_WITH_PORT = "cloudfront-viewer-address"
"""The one header whose value is `address:port`, also of an IPv6 address, which has no brackets."""
_IPV4_IN_IPV6 = bytes(10) + b"\xff\xff"


class Counted(NamedTuple):
    """Whether a form goes after the others, and what its address had in its slot before."""

    is_later: bool
    remembered: str = ""


class AddressLimits:
    """Counts the forms of each address, of which only a keyed hash is stored.

    Parameters
    ----------
    signing_key
        Returns what the hash's key is derived from, None when there is none.
    """

    def __init__(self, settings: FormLimitSettings, signing_key: Callable[[], str | None]) -> None:
        self._settings = settings
        self._store = RateLimitStore(settings.rate_limits_table)
        self._signing_key = signing_key

    def address_of(self, request: Request) -> str:
        """Return who posts: what the trusted header says last, where there is one, else who connected."""
        header = self._settings.trusted_header.lower()
        *_, claimed = request.headers.get(header, "").split(",")
        if header == _WITH_PORT:
            claimed = claimed.rpartition(":")[0].strip(" []")
        return claimed.strip() or request.source_ip

    def counted(self, request: Request, now: datetime, slot: tuple[str, str] | None = None) -> Counted:
        """Count a form for its address, and return whether it goes after the others; one request.

        What cannot be counted, for whatever reason, is not limited.

        Parameters
        ----------
        slot
            A name and a value to remember of the address, unless it has one under this name.

        Raises
        ------
        TooManyRequestsError
            When no more is taken from this address until the window ends.
        """
        try:
            limit = Limit(f"form:{self.keyed_address(request)}", self._settings.hard_limit, WINDOW_SECONDS)
            earlier = self._store.count(limit, now, slot)
        except Exception as error:
            log_crash("address not counted", error)
            count("LimitsSkipped")
            return Counted(is_later=False)
        if earlier.hits >= limit.hits:
            count("FormsRefused")
            raise exceeded(limit, now, TOO_MANY_FORMS.vi)
        at_once = now.timestamp() < earlier.last_at + _APART_SECONDS
        most = self._settings.soft_limit // _BURST_PART if at_once else self._settings.soft_limit
        return Counted(earlier.hits >= most, earlier.remembered)

    def keyed_address(self, request: Request) -> str:
        """Return what stands in what is stored for who posts, for an IPv6 address for its network.

        Raises
        ------
        AwsUnavailableError, MissingSettingError
            When there is no key, or no address.
        """
        network = network_of(self.address_of(request))
        secret = self._signing_key()
        if secret is None:
            raise MissingSettingError("PAGE_SIGNING_KEY is not configured")
        key = hmac.digest(secret.encode(), _PURPOSE, "sha256")
        return hmac.digest(key, network, "sha256")[:16].hex()


def network_of(address: str) -> bytes:
    """Return what one household or office has: an IPv4 address, or the first 64 bits of an IPv6 one.

    Raises
    ------
    MissingSettingError
        For what is no address, as where nothing says whose it is.
    """
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            whole = socket.inet_pton(family, address)
        except (OSError, ValueError):
            continue
        return whole[12:] if whole.startswith(_IPV4_IN_IPV6) else whole[:8]
    raise MissingSettingError("the request has no address")
