"""2,000 events, each sent one to four times, shuffled and in parallel, while processing fails at random."""

import os
import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.providers import Providers, path_of
from tests.support.stack import LocalStack
from tests.support.storm import Storm, Stormy, storm
from tests.support.waiting import wait_for

SIZE = 2_000
SENDERS = 6
SECONDS_BETWEEN_KILLS = 1.5
CALM_SECONDS = 600
"""After the last failure: a lease of 90 s and the first waits of the backoff, at their longest."""


@pytest.fixture
def modelriver_fails_at_random(stack: LocalStack) -> Iterator[None]:
    with stack.sandbox() as sandbox:
        fault = {"kind": "error_500", "probability": 0.2}
        sandbox.put("/modelriver/fault", json=fault).raise_for_status()
        yield
        sandbox.delete("/modelriver/fault").raise_for_status()


@contextmanager
def processes_killed_at_random(stack: LocalStack, rng: random.Random) -> Iterator[list[int]]:
    """Kill one process of process_event after the other, in the middle of whatever it does."""
    name = stack.outputs["ProcessEventFunction"]
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        while not over.wait(rng.uniform(0.5, 1.5) * SECONDS_BETWEEN_KILLS):
            if running := processes_of(name):
                killed.append(rng.choice(running))
                with suppress(ProcessLookupError):
                    os.kill(killed[-1], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def processes_of(function: str) -> list[int]:
    """Return the processes in which the emulator runs a function."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"AWS_LAMBDA_FUNCTION_NAME={function}\0".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def send_all(providers: Providers, requests: list[Stormy]) -> None:
    """Send every request as its provider would: again until it is accepted."""

    def send(request: Stormy) -> None:
        signed = providers.signed(request.signer, request.document)
        wait_for(lambda: providers.post(path_of(request.signer), signed).status_code == 200, 60)

    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(send, requests))


def open_work(providers: Providers) -> int:
    """Return how many events and deliveries are neither done nor dead."""
    dynamodb = providers.stack.aws("dynamodb")
    open_items = 0
    for table in ("EventsTable", "DeliveriesTable"):
        for page in dynamodb.get_paginator("scan").paginate(
            TableName=providers.stack.table(table),
            FilterExpression="attribute_exists(queue)",
            Select="COUNT",
        ):
            open_items += page["Count"]
    return open_items


def test_storm_loses_nothing_and_applies_nothing_twice(
    providers: Providers, modelriver_fails_at_random: None
) -> None:
    rng = random.Random(20261122)
    stack = providers.stack
    made = storm(SIZE, rng, stack.description["sandboxUrl"], providers.secrets["LARK_VERIFICATION_TOKEN"])
    dead_before = dead(providers)
    with processes_killed_at_random(stack, rng) as killed:
        send_all(providers, made.requests(rng))
    with stack.sandbox() as sandbox:
        sandbox.delete("/modelriver/fault").raise_for_status()
    hurry_what_failed(providers)
    assert killed, "no process was running when it was to be killed"
    wait_for(lambda: open_work(providers) == 0, CALM_SECONDS)
    assert dead(providers) == dead_before
    assert_rows(providers, made)
    assert_callbacks(providers, made)


def hurry_what_failed(providers: Providers) -> None:
    """Retry every delivery that failed, as an admin would once the cause is mended."""
    with providers.stack.api(key=True) as api:
        query = {"status": "failed", "target": "modelriver-callback", "limit": "100"}
        for one in api.get("/v1/deliveries", params=query).raise_for_status().json()["items"]:
            api.post(f"/v1/deliveries/{one['deliveryId']}/retry")


def dead(providers: Providers) -> set[str]:
    """Return the ids of the events and deliveries that were given up."""
    with providers.stack.api(key=True) as api:
        found = [
            api.get(f"/v1/{kind}", params={"status": "dead", "limit": 100})
            for kind in ("events", "deliveries")
        ]
    items = [item for answer in found for item in answer.raise_for_status().json()["items"]]
    return {item.get("deliveryId", item.get("eventId")) for item in items}


def assert_rows(providers: Providers, made: Storm) -> None:
    payments = providers.column("PaymentsTable", "paymentId", "amount")
    assert {session: int(payments[session]) for session in made.payments} == made.payments
    statuses = providers.column("SubscriptionsTable", "subscriptionId", "status")
    assert {one: statuses[one] for one in made.subscriptions} == made.subscriptions
    addresses = providers.column("UsersTable", "userId", "email")
    assert {user: addresses[user] for user in made.users} == made.users


def assert_callbacks(providers: Providers, made: Storm) -> None:
    """Each channel was called back, always with the one content; twice only after an unknown outcome."""
    with providers.stack.sandbox() as sandbox:
        received = sandbox.get("/modelriver/callbacks").raise_for_status().json()["items"]
    bodies: dict[str, list[str]] = {channel: [] for channel in made.channels}
    for callback in received:
        if callback["channelId"] in bodies:
            bodies[callback["channelId"]].append(callback["body"]["task_id"])
    assert [channel for channel, tasks in bodies.items() if len(set(tasks)) != 1] == []
    repeated = [channel for channel, tasks in bodies.items() if len(tasks) > 1]
    verdicts = {channel: verdicts_on_callback(providers, channel) for channel in repeated}
    assert [channel for channel in repeated if "unknown" not in verdicts[channel]] == []


def verdicts_on_callback(providers: Providers, channel: str) -> list[str]:
    (callback,) = providers.deliveries(f"modelriver#task.ai_generated:{channel}")
    return [attempt["verdict"] for attempt in callback["attempts"]]
