"""Events put straight into a bundle, and what comes of them."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import boto3

from larkbridge.clock import from_text, to_text
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.observability import plain_id
from larkbridge.processors.subscriber import Incoming, UnprocessableEventError
from larkbridge.store.button_configs import ButtonConfig, ButtonConfigStore
from larkbridge.store.codec import from_item
from larkbridge.store.deliveries import STATUSES, Delivery
from larkbridge.store.events import Event
from larkbridge.store.work import Status
from larkbridge.targets.policies import TARGETS
from larkbridge.wiring.processing import Processing
from tests.support.aws import create_tables
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.clock import START
from tests.support.documents import CLICK
from tests.support.world import SANDBOX_ORIGIN, World

HOOK_URL = f"{SANDBOX_ORIGIN}/hooks/crm"
TABLE = (CLICK["app_token"], CLICK["table_id"])

type Action = Callable[["Events"], object]


def new_event(source: str, kind: str, document: Any, delivery_id: str = "1") -> Event:
    """Return an event as it is stored when it comes in at the tests' beginning of time."""
    identity = plain_id(source, delivery_id)
    received_at = to_text(START)
    return Event(
        event_id=identity,
        source=source,
        type=kind,
        received_at=received_at,
        sort_key=f"{received_at}#{identity}",
        status=Status.RECEIVED,
        attempt_count=0,
        next_attempt_at=to_text(START + timedelta(minutes=1)),
        lease_owner="request-1",
        payload=document if isinstance(document, str) else json.dumps(document),
    )


def incoming(event: Event) -> Incoming:
    """Return an event as a processor is given it."""
    return Incoming(event, json.loads(event.payload))


def refusal(processor: Callable[[Incoming], object], event: Event) -> UnprocessableEventError:
    """Return how a processor refuses an event for good, which it must."""
    try:
        processor(incoming(event))
    except UnprocessableEventError as error:
        return error
    raise AssertionError("it was not refused")


class Events:
    """The events of one world.

    Parameters
    ----------
    environ
        The settings, as `tests.support.aws` yields them.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.world = World(dict(environ))
        self.clock = self.world.clock
        self.outside = self.world.simulators
        self._names = itertools.count(1)

    @property
    def processing(self) -> Processing:
        """What processes them, in the process that runs now."""
        return self.world.processing

    def configure_button(self, owner: str = "crm", **changes: Any) -> None:
        """Let an owner's hook have the clicks of `TABLE`, which has the record of `CLICK`."""
        config: dict[str, Any] = {"app_token": TABLE[0], "table_id": TABLE[1], "webhook_url": HOOK_URL}
        store = ButtonConfigStore(self.world.environ["BUTTON_CONFIGS_TABLE"])
        store.put(ButtonConfig(owner=owner, **(config | changes)))
        fields = {"Tên": [{"type": "text", "text": "Nguyễn Minh An"}], "Kết quả": None}
        self.outside.openapi.bases.put(*TABLE, CLICK["record_id"], fields)

    def receive(self, event: Event) -> Event:
        """Store an event, once."""
        self.world.events.add(event)
        return event

    def process(self, event: Event) -> Event:
        """Process a stored event if it still waits, and what goes out for it; return it as it is then."""
        self.processing.engine.process(event, "tests")
        self.world.send_new()
        return self.stored(event)

    def handle(self, event: Event) -> Event:
        """Store and process an event; return it as it is afterwards."""
        return self.process(self.receive(event))

    def replay(self, event: Event) -> Event:
        """Process an event from the beginning again, as an admin can."""
        changes = {"status": Status.RECEIVED, "next_attempt_at": to_text(self.clock.now())}
        return self.process(self.world.events.change(self.stored(event), changes))

    def stored(self, event: Event) -> Event:
        """Return an event that must be there."""
        stored = self.world.events.get(event.event_id)
        assert stored is not None
        return stored

    def deliveries(self, target: str | None = None) -> list[Delivery]:
        """Return every delivery, or those to one target, oldest first."""
        store = self.world.deliveries
        listed = store.listed([target] if target else TARGETS, STATUSES, None)
        found = [store.get(one.delivery_id) for one in listed]
        return [one for one in found if one is not None][::-1]

    def settle(self) -> None:
        """Run the scheduled job whenever something is due, until everything is done or given up."""
        for _ in range(500):
            waiting = [*self.world.events.backlog(SOURCES), *self.world.deliveries.backlog(TARGETS)]
            moments = [from_text(one.next_attempt_at) for one in waiting if one.next_attempt_at]
            if not moments:
                return
            self.clock.advance(seconds=max(1.0, (min(moments) - self.clock.now()).total_seconds()))
            self.world.sweep()
        raise AssertionError("the backlog never ends")

    def records(self, table: str) -> list[dict[str, Any]]:
        """Return everything in one of the tables, by its setting."""
        items = boto3.client("dynamodb").scan(TableName=self.world.environ[table])["Items"]
        return sorted(map(from_item, items), key=json.dumps)


def every_stop(environ: Mapping[str, str], prepare: Action, action: Action) -> Iterator[tuple[Events, int]]:
    """Yield a world for each call that `action` makes, in which the process stopped right after it.

    That covers stopping before a call too: it is stopping after the one before it.
    """
    for call in itertools.count():
        events = Events({**environ, **create_tables()})
        prepare(events)
        with events.world.watch(Calls((call, "after"))) as calls:
            try:
                action(events)
            except ProcessStoppedError:
                events.world.restart()
        if not calls.stopped:
            assert call >= 3, "the sweep found hardly any call to stop at"
            return
        yield events, call
