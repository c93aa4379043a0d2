"""What every caller may rely on of the Destinations and ApiKeys tables."""

from dataclasses import replace

import boto3
import pytest

from larkbridge.store.api_keys import ApiKey, ApiKeyStore
from larkbridge.store.destinations import LARK_FORMS, Destination, DestinationStore
from tools.api_key import create_key, list_keys, revoke_keys

NOW, SOON, LATER = "2026-09-01T02:00:00.000Z", "2026-09-01T02:01:00.000Z", "2026-09-01T02:02:00.000Z"


@pytest.fixture
def destinations(tables: dict[str, str]) -> DestinationStore:
    return DestinationStore(tables["DESTINATIONS_TABLE"])


def test_unused_destination_is_a_closed_circuit(destinations: DestinationStore) -> None:
    assert destinations.get(LARK_FORMS) == Destination()


def test_lapsed_lease_can_be_taken_over(destinations: DestinationStore) -> None:
    assert destinations.acquire(LARK_FORMS, owner="cut off", now=NOW, until=SOON) is not None
    assert destinations.acquire(LARK_FORMS, owner="next", now=NOW, until=SOON) is None
    assert destinations.acquire(LARK_FORMS, owner="next", now=SOON, until=LATER) is not None


def test_released_state_is_what_the_next_run_sees(destinations: DestinationStore) -> None:
    state = Destination(failures=5, trips=2, open_until=LATER, last_send_at=NOW)
    destinations.acquire(LARK_FORMS, owner="first", now=NOW, until=SOON)
    destinations.release(LARK_FORMS, state, owner="first")
    assert destinations.get(LARK_FORMS) == state
    taken = destinations.acquire(LARK_FORMS, owner="second", now=NOW, until=SOON)
    assert taken == replace(state, lease_until=SOON)


def test_lease_shows_while_somebody_drains(destinations: DestinationStore) -> None:
    destinations.acquire(LARK_FORMS, owner="first", now=NOW, until=SOON)
    assert destinations.get(LARK_FORMS).lease_until == SOON
    destinations.release(LARK_FORMS, Destination(), owner="first")
    assert destinations.get(LARK_FORMS).lease_until is None


def test_closed_circuit_forgets_when_it_was_open(destinations: DestinationStore) -> None:
    for owner, state in (("first", Destination(open_until=LATER, trips=1)), ("second", Destination())):
        destinations.acquire(LARK_FORMS, owner=owner, now=NOW, until=SOON)
        destinations.release(LARK_FORMS, state, owner=owner)
    assert destinations.get(LARK_FORMS) == Destination()


def test_run_that_lost_its_lease_changes_nothing(destinations: DestinationStore) -> None:
    destinations.acquire(LARK_FORMS, owner="cut off", now=NOW, until=SOON)
    destinations.acquire(LARK_FORMS, owner="next", now=SOON, until=LATER)
    destinations.release(LARK_FORMS, Destination(failures=9), owner="cut off")
    assert destinations.get(LARK_FORMS) == Destination(lease_until=LATER)
    assert destinations.acquire(LARK_FORMS, owner="third", now=SOON, until=LATER) is None


def test_api_key_is_known_until_it_is_revoked(tables: dict[str, str]) -> None:
    table, dynamodb = tables["API_KEYS_TABLE"], boto3.resource("dynamodb")
    store = ApiKeyStore(table)
    key = create_key(table, "console", "Ban tuyển sinh", dynamodb=dynamodb)
    assert store.use(key, NOW) == ApiKey(name="console", owner="Ban tuyển sinh")
    assert store.use(key + "x", NOW) is None
    assert revoke_keys(table, "console", dynamodb=dynamodb) == 1
    revoked = store.use(key, LATER)
    assert revoked is not None
    assert (revoked.name, revoked.owner, revoked.revoked) == ("console", "Ban tuyển sinh", True)
    assert [record["lastUsedAt"] for record in list_keys(table, dynamodb=dynamodb)] == [NOW]


def test_api_key_remembers_its_last_use_and_is_stored_hashed(tables: dict[str, str]) -> None:
    table, dynamodb = tables["API_KEYS_TABLE"], boto3.resource("dynamodb")
    key = create_key(table, "console", "Ban tuyển sinh", dynamodb=dynamodb)
    ApiKeyStore(table).use(key, NOW)
    (record,) = list_keys(table, dynamodb=dynamodb)
    assert record["lastUsedAt"] == NOW
    assert key not in str(record)
