"""Events on their way from Lark: signed, encrypted, and sent again until somebody answers.

Source: open platform documentation, "Event overview" and "Receive events": HTTP 200 within 3 seconds, else
again after 15 seconds, 5 minutes, an hour and 6 hours. What they leave open, and is assumed here: each wait
begins with the failure before it, and every sending is signed anew, with a time and nonce of its own.
"""

import json
import ssl
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread
from typing import Any

import httpx

from sandbox.webhooks import lark

RETRY_SECONDS = (15, 5 * 60, 60 * 60, 6 * 60 * 60)
ANSWER_SECONDS = 3.0
TENANT_KEY = "tenant-1"
_POLL_SECONDS = 0.1

type Post = Callable[[Mapping[str, str], bytes], int]
"""Sends headers and body, and returns the HTTP status, 0 when there is none in time."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One sending of an event; attempts are numbered from 1, `status` is 0 without an answer."""

    time: float
    event_id: str
    event_type: str
    attempt: int
    status: int


@dataclass(frozen=True, slots=True)
class _Due:
    time: float
    attempt: int
    event_id: str
    event_type: str
    body: bytes


class EventPush:
    """Sends events at least once; those that happen while there is nowhere to send them are not kept.

    Attributes
    ----------
    post, post_callback
        Where events go, and what is answered at once, such as a card's press; None: nowhere.
    secrets
        LARK_ENCRYPT_KEY and LARK_VERIFICATION_TOKEN, as far as the app has them.
    deliveries
        Every sending, oldest first.
    """

    def __init__(self, now: Callable[[], float], app_id: str, post: Post | None = None) -> None:
        self.post = post
        self.post_callback: Post | None = None
        self.secrets: Mapping[str, str] = {}
        self.deliveries: list[Delivery] = []
        self._now = now
        self._app_id = app_id
        self._lock = Lock()
        self._waiting: list[_Due] = []
        self._stop = Event()

    def add(self, event_type: str, event: Mapping[str, Any]) -> None:
        """Have an event sent, in version 2's envelope."""
        if self.post is None:
            return
        event_id, body = self._envelope(event_type, event)
        with self._lock:
            self._waiting.append(_Due(self._now(), 1, event_id, event_type, body))

    def call_back(self, event_type: str, event: Mapping[str, Any]) -> int:
        """Send a callback at once, and never again; return the HTTP status, 0 without an answer."""
        if self.post_callback is None:
            return 0
        event_id, body = self._envelope(event_type, event)
        return self._post(self.post_callback, _Due(self._now(), 1, event_id, event_type, body))

    def deliver_due(self) -> int:
        """Send what is due, oldest first, and return how many that were."""
        now, post = self._now(), self.post
        if post is None:
            return 0
        with self._lock:
            due = sorted((one for one in self._waiting if one.time <= now), key=lambda one: one.time)
            self._waiting = [one for one in self._waiting if one.time > now]
        for one in due:
            self._deliver(one, post)
        return len(due)

    def start(self, url: str, secrets: Mapping[str, str], callback_url: str = "") -> None:
        """Send events to an address, in a thread, as soon as they are due, and callbacks to another."""
        self.stop()
        self.post, self.secrets, self._stop = _http_post(url), secrets, Event()
        self.post_callback = _http_post(callback_url) if callback_url else None
        Thread(target=self._run, args=[self._stop], daemon=True).start()

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()
        self.post = self.post_callback = None

    def _run(self, stop: Event) -> None:
        while not stop.wait(_POLL_SECONDS):
            self.deliver_due()

    def _envelope(self, event_type: str, event: Mapping[str, Any]) -> tuple[str, bytes]:
        """Return an event's id, and the event in version 2's envelope."""
        event_id = uuid.uuid4().hex
        header = {
            "event_id": event_id,
            "event_type": event_type,
            "create_time": str(int(self._now() * 1000)),
            "token": self.secrets.get("LARK_VERIFICATION_TOKEN", ""),
            "app_id": self._app_id,
            "tenant_key": TENANT_KEY,
        }
        return event_id, json.dumps({"schema": "2.0", "header": header, "event": event}).encode()

    def _post(self, post: Post, due: _Due) -> int:
        signed = lark.sign(due.body, self.secrets, self._now())
        status = post(signed.headers, signed.body)
        self.deliveries.append(Delivery(self._now(), due.event_id, due.event_type, due.attempt, status))
        return status

    def _deliver(self, due: _Due, post: Post) -> None:
        status = self._post(post, due)
        if status == httpx.codes.OK or due.attempt > len(RETRY_SECONDS):
            return
        again = self._now() + RETRY_SECONDS[due.attempt - 1]
        with self._lock:
            self._waiting.append(replace(due, time=again, attempt=due.attempt + 1))


def _http_post(url: str) -> Post:
    context = ssl.create_default_context()

    def post(headers: Mapping[str, str], body: bytes) -> int:
        try:
            answer = httpx.post(
                url, headers=headers, content=body, timeout=ANSWER_SECONDS, trust_env=False, verify=context
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0
        return answer.status_code

    return post
