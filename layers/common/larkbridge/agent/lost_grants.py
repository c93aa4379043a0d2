"""Tells a person whose connection was lost while they were away, and asks them to connect again."""

from larkbridge.agent.chat_texts import EN, VI
from larkbridge.agent.chat_wording import Texts
from larkbridge.clock import Clock
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.grants import StoredGrant
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.target import Origin


class LostGrants:
    """Stores a card for each lost grant, once however often it is asked to."""

    def __init__(self, deliveries: DeliveryStore, clock: Clock) -> None:
        self._deliveries = deliveries
        self._clock = clock

    def ask_again(self, grant: StoredGrant, reason: str) -> None:
        """Have the owner told why, and asked; raises AwsUnavailableError when that is not stored."""
        about = ("lost-grant", grant.owner_id, *map(str, grant.pair_id))
        origin = Origin(about, f"grant#{grant.owner_id}", self._clock.now())
        text = "\n\n".join(_asked(texts, reason) for texts in (VI, EN))
        for card in cards_to(grant.owner.id, f"{VI.lost_title} / {EN.lost_title}", text, "orange", origin):
            self._deliveries.add(card)


def _asked(texts: Texts, reason: str) -> str:
    return texts.lost.format(reason=texts.reasons.get(reason, texts.other_reason))
