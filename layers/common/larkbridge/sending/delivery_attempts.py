"""Attempts at deliveries: each is made as its target says."""

import random
from collections.abc import Mapping

from larkbridge.clock import Clock
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.table import Action
from larkbridge.targets.target import Target
from larkbridge.work.attempts import Attempted, Attempts


class DeliveryAttempts(Attempts[Delivery]):
    """Makes attempts at the deliveries to one target.

    Guarantee: a delivery that is stored ends up sent or dead, and so does everything that follows from it.
    """

    def __init__(self, store: DeliveryStore, target: Target, clock: Clock, rng: random.Random) -> None:
        super().__init__(store, target.policy, target.send, clock, rng, self._follow_ups)
        self.target = target
        self._deliveries = store

    def _follow_ups(self, work: Delivery, attempted: Attempted) -> list[Action]:
        # What is given up for its attempts comes from the index, which carries no content.
        complete = work if work.content else self._deliveries.get(work.id) or work
        following = self.target.follow_ups(complete, attempted)
        return [self._deliveries.put_action(delivery) for delivery in following]


type Targets = Mapping[str, DeliveryAttempts]
"""What makes the attempts, by the target's name; a newer version may have stored deliveries to others."""
