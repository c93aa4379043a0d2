"""The outbox of everything but forms: deliveries to several targets, by one state machine."""

import random
from collections.abc import Sequence
from typing import override

from larkbridge.clock import Clock
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.table import Action
from larkbridge.targets.policies import TARGETS
from larkbridge.targets.target import Target
from larkbridge.work.attempts import Attempted, Attempts


class _TargetAttempts(Attempts[Delivery]):
    def __init__(self, store: DeliveryStore, target: Target, clock: Clock, rng: random.Random) -> None:
        super().__init__(store, TARGETS[target.name], target.send, clock, rng)
        self._deliveries = store
        self._target = target

    @override
    def _also(self, work: Delivery, attempted: Attempted) -> list[Action]:
        # What is given up for its attempts comes from the index, which carries no content.
        whole = work if work.content else self._deliveries.get(work.id) or work
        following = self._target.follow_ups(whole, attempted)
        return [self._deliveries.put_action(delivery) for delivery in following]


class DeliveryOutbox:
    """Makes attempts at deliveries, each by its target.

    Guarantee: a delivery that is stored ends up sent or dead, and so does everything that follows from it.
    """

    def __init__(
        self,
        store: DeliveryStore,
        targets: Sequence[Target],
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.store = store
        self._targets = {target.name: target for target in targets}
        self._attempts = {target.name: _TargetAttempts(store, target, clock, rng) for target in targets}

    def target_of(self, delivery: Delivery) -> Target | None:
        """Return what makes a delivery's call, None when this version knows no such target."""
        return self._targets.get(delivery.target)

    def attempt(self, delivery: Delivery, owner: str) -> Attempted | None:
        """Make one attempt at a delivery; None when somebody else has it.

        Raises
        ------
        AwsUnavailableError
            When it cannot be taken, or its outcome not be written: it stays due.
        """
        attempts = self._attempts[delivery.target]
        held = attempts.claim(delivery, owner)
        return attempts.attempt(held) if held else None

    def attempts_at(self, delivery: Delivery) -> Attempts[Delivery]:
        """Return what makes the attempts at a delivery."""
        return self._attempts[delivery.target]
