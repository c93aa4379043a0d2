"""The device flow (RFC 8628): a person agrees on any device while the app asks again and again."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.lark.grants import MISSING_PARAMETER, Grants, OAuthRefusedError

DEVICE_SECONDS = 240
INTERVAL_SECONDS = 5
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


@dataclass(slots=True)
class Device:
    """A device flow; `answer` is the open id of who agreed, empty for a refusal."""

    user_code: str
    scopes: tuple[str, ...]
    end: float
    interval: float = INTERVAL_SECONDS
    asked_at: float | None = None
    answer: str | None = None
    used: bool = False


class Devices:
    """The device flows that have begun."""

    def __init__(self, now: Callable[[], float], grants: Grants) -> None:
        self._now, self._grants = now, grants
        self._devices: dict[str, Device] = {}

    def begin(self, scopes: tuple[str, ...], page: str) -> dict[str, Any]:
        """Return what an app is answered that begins a flow; the person goes to `page`."""
        device_code = secrets.token_urlsafe(32)
        user_code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(2))
        self._devices[device_code] = Device(user_code, scopes, self._now() + DEVICE_SECONDS)
        return {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={user_code}",
            "expires_in": DEVICE_SECONDS,
            "interval": INTERVAL_SECONDS,
        }

    def waiting(self, user_code: str) -> Device | None:
        """Return the flow of a user code, None for one that nobody waits for any more."""
        found = (device for device in self._devices.values() if device.user_code == user_code)
        device = next(found, None)
        return None if device is None or device.answer is not None or self._now() >= device.end else device

    def answer(self, device: Device, open_id: str) -> None:
        """Let a person agree, or refuse with an empty id."""
        if open_id:
            self._grants.agree(open_id, device.scopes)
        device.answer = open_id

    def poll(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Return the tokens of a flow that was agreed to."""
        if not fields.get("device_code"):
            raise OAuthRefusedError(MISSING_PARAMETER, "invalid_request")
        device = self._devices.get(fields["device_code"])
        if device is None or device.used:
            raise OAuthRefusedError(None, "invalid_grant")
        if self._now() >= device.end:
            raise OAuthRefusedError(None, "expired_token")
        if device.answer == "":
            raise OAuthRefusedError(None, "access_denied")
        if device.answer is None:
            raise OAuthRefusedError(None, self._still_waiting(device))
        device.used = True
        return self._grants.issue(device.answer, device.scopes)

    def _still_waiting(self, device: Device) -> str:
        too_soon = device.asked_at is not None and self._now() < device.asked_at + device.interval
        device.asked_at = self._now()
        if not too_soon:
            return "authorization_pending"
        device.interval += 5
        return "slow_down"
