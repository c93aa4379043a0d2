"""Whose connection was lost while they were away gets one card that says why, in both languages."""

import pytest

from larkbridge.agent.chat_texts import EN, VI
from larkbridge.agent.lost_grants import LostGrants
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.grants import StoredGrant
from larkbridge.store.work import Status
from larkbridge.targets.lark_card import LarkCard
from tests.support.vault import AN, VaultWorld


@pytest.fixture
def world(environ: dict[str, str]) -> VaultWorld:
    return VaultWorld(environ)


def lost(world: VaultWorld) -> StoredGrant:
    world.connect()
    grant = world.store.get(AN)
    assert grant
    return grant


def cards(environ: dict[str, str]) -> list[dict[str, str]]:
    store = DeliveryStore(environ["DELIVERIES_TABLE"])
    found = store.listed([LarkCard.name], {Status.PENDING}, None)
    return [whole.content for one in found if (whole := store.get(one.delivery_id))]


@pytest.mark.parametrize("reason", ["answer_lost", "refresh_token_invalid", "something new"])
def test_a_person_is_told_why_and_how_to_go_on(
    world: VaultWorld, environ: dict[str, str], reason: str
) -> None:
    asking = LostGrants(DeliveryStore(environ["DELIVERIES_TABLE"]), world.clock)
    asking.ask_again(lost(world), reason)
    (card,) = cards(environ)
    assert (card["receiveId"], card["receiveIdType"]) == (AN.id, "open_id")
    for texts, command in ((VI, "/kết nối"), (EN, "/connect")):
        assert texts.lost_title in card["title"]
        assert texts.reasons.get(reason, texts.other_reason) in card["text"]
        assert command in card["text"]


def test_one_lost_grant_is_one_card_and_the_next_one_another(
    world: VaultWorld, environ: dict[str, str]
) -> None:
    asking = LostGrants(DeliveryStore(environ["DELIVERIES_TABLE"]), world.clock)
    grant = lost(world)
    for _ in range(3):
        world.clock.advance(days=1)
        asking.ask_again(grant, "answer_lost")
    assert len(cards(environ)) == 1
    asking.ask_again(lost(world), "answer_lost")
    assert len(cards(environ)) == 2
