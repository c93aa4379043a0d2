"""Somebody who looks after the bundle, and submissions, events and deliveries to look after."""

import json
import random
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import boto3

from larkbridge.clock import to_text
from larkbridge.store.deliveries import Delivery, new_delivery
from larkbridge.store.events import Event
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status, Work
from larkbridge.store.work_store import WorkStore
from larkbridge.targets.policies import DELIVERY
from larkbridge.work import states
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import EVENT
from sandbox.faults import Fault
from tests.support.forms import http_event
from tests.support.functions import functions
from tests.support.world import Answer, World
from tools.api_key import create_key

LIST = "GET /v1/submissions"
GET = "GET /v1/submissions/{submissionId}"
RETRY = "POST /v1/submissions/{submissionId}/retry"
RETRY_ALL = "POST /v1/submissions/retry"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
OUTCOMES = {
    "success": Outcome(verdict=Verdict.OK, reason="processed"),
    "sent": Outcome(verdict=Verdict.OK, reason="accepted"),
    "ignored": Outcome(verdict=Verdict.IGNORED, reason="no_processor"),
    "failed": Outcome(verdict=Verdict.RETRY, reason="not_connected"),
    "dead": Outcome(verdict=Verdict.REJECT, reason="invalid_field", message="id is missing"),
}
"""What an attempt came to, by where it leaves an event or a delivery."""


def admin_routes() -> list[str]:
    """Return every route that asks for a key."""
    return [route for route in functions()["admin_api"].routes if route != "GET /health"]


def at(route: str, item_id: str) -> dict[str, str]:
    """Return the path parameters of a route to one item."""
    return dict.fromkeys(re.findall(r"{(\w+)}", route), item_id)


class Admin:
    """Somebody with a key to the admin API; `keys` is where `tools.api_key` finds it."""

    def __init__(self, world: World, owner: str = "centre") -> None:
        self.world = world
        self.keys = {"table_name": world.environ["API_KEYS_TABLE"], "dynamodb": boto3.resource("dynamodb")}
        self.key = create_key(name="Hà", owner=owner, **self.keys)

    def ask(self, route: str, item_id: str = "", **query: str) -> Answer:
        """Send a request without a body."""
        headers = {"x-api-key": self.key}
        return self.world.admin(
            http_event(route=route, headers=headers, path=at(route, item_id), query=query)
        )

    def send(self, route: str, body: Any) -> Answer:
        """Send a request with a JSON body."""
        headers = {"x-api-key": self.key, "content-type": "application/json"}
        return self.world.admin(http_event(json.dumps(body), route=route, headers=headers))

    def retry_all(self, **body: Any) -> Answer:
        return self.send(RETRY_ALL, body)

    def ids(self, **query: str) -> list[str]:
        return [item["submissionId"] for item in self.ask(LIST, **query).body["items"]]

    def pages(
        self, route: str, query: Mapping[str, str], between: Callable[[], object] = lambda: None
    ) -> list[list[Any]]:
        """Follow the cursors of a list to its end, and return the items of each page."""
        pages, cursor = [], {}
        while cursor is not None:
            page = self.ask(route, **query, **cursor).body
            page = page.get("data", page)
            pages.append(page["items"])
            assert page["cursor"] is None or page["cursor"] != cursor.get("cursor")
            cursor = {"cursor": page["cursor"]} if page["cursor"] else None
            between()
        return pages


def post(world: World, *form_types: FormType, fault: Fault | None = None) -> list[str]:
    """Post forms a second apart and return their ids, newest first."""
    if fault:
        world.lark.faults.set(fault)
    ids = []
    for form_type in form_types:
        ids.append(world.post(form_type).body["submissionId"])
        world.clock.advance(seconds=1)
    world.lark.faults.clear()
    return ids[::-1]


def received(
    world: World,
    delivery_id: str = "evt_1",
    *,
    source: str = "stripe",
    type: str = "invoice.paid",  # noqa: A002 - the event's own word
    state: str = "received",
    **fields: Any,
) -> str:
    """Store an event in a state, a second after the one before, and return its id."""
    now = world.clock.now()
    event = Event(
        event_id=f"{source}#{delivery_id}",
        source=source,
        type=type,
        received_at=to_text(now),
        sort_key=f"{to_text(now)}#{source}#{delivery_id}",
        status=Status.RECEIVED,
        attempt_count=0,
        next_attempt_at=to_text(now + timedelta(minutes=1)),
        lease_owner=f"request for {delivery_id}",
        **{"payload": "{}", **fields},
    )
    assert world.events.add(event) is None
    _attempt(world, world.events, event, state)
    world.clock.advance(seconds=1)
    return event.event_id


def handed_over(
    world: World,
    name: str = "1",
    *,
    target: str = "modelriver-callback",
    state: str = "pending",
    about: tuple[str, ...] = (),
    outcome: Outcome | None = None,
) -> str:
    """Store a delivery in a state, a second after the one before, and return its id."""
    store = world.deliveries
    delivery = new_delivery(
        target,
        about=about or (name,),
        destination="hook:receiver.example",
        subject=f"modelriver#{name}",
        content={"url": "https://receiver.example/done", "body": '{"ok": true}'},
        now=world.clock.now(),
        next_attempt_at=world.clock.now(),
    )
    assert store.add(delivery) is None
    _attempt(world, store, delivery, state, outcome)
    world.clock.advance(seconds=1)
    return delivery.delivery_id


def delivery(world: World, delivery_id: str) -> Delivery:
    """Return a delivery that must be there."""
    found = world.deliveries.get(delivery_id)
    assert found is not None
    return found


def event(world: World, event_id: str) -> Event:
    """Return an event that must be there."""
    found = world.events.get(event_id)
    assert found is not None
    return found


POLICIES = {Event: EVENT, Delivery: DELIVERY}


def _attempt[W: Work](
    world: World, store: WorkStore[W], work: W, state: str, outcome: Outcome | None = None
) -> None:
    """Make one attempt that leaves work in a state, or is still under way."""
    if state in ("received", "pending"):
        return
    now, rng = world.clock.now(), random.Random(1)
    held = store.change(work, states.claim(work, POLICIES[type(work)], "tests", now, rng).fields)
    if state in ("processing", "sending"):
        return
    change = states.record(held, POLICIES[type(work)], outcome or OUTCOMES[state], now, rng)
    store.change(held, change.fields, attempts=change.attempts)
