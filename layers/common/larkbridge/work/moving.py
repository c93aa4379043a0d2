"""Work that a person moves: what changes, what belongs to it, and who asked, in one write."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from larkbridge.clock import Clock
from larkbridge.errors import ConflictError
from larkbridge.store.table import Action
from larkbridge.store.work import Status, Work
from larkbridge.store.work_store import WorkStore
from larkbridge.work import admin_moves, states
from larkbridge.work.policy import Policy

RETRYABLE = (Status.FAILED, Status.DEAD)
_MOST_TRIES = 20
"""So often what a move needs may be moved by somebody else meanwhile."""


class FollowUps(NamedTuple):
    """What belongs to a move: more `fields` of the work, writes that are `needed`, and those that are not.

    Without a `needed` one nothing is moved; a `spare` one that cannot be made is left out.
    """

    fields: Mapping[str, Any] = {}
    needed: Sequence[Action] = ()
    spare: Sequence[Action] = ()


@dataclass(frozen=True, slots=True)
class Move[W: Work]:
    """Something that a person asks for.

    `change` returns what it changes, or raises ConflictError; `done` says in answers what happened.
    `follow_ups` returns what it brings about, or raises ConflictError too.
    """

    action: str
    done: str
    change: Callable[[W, Policy, datetime], states.Change]
    follow_ups: Callable[[W], FollowUps] = lambda _: FollowUps()


RETRY = Move[Any]("retry", "retried", admin_moves.retry_now)


def requested(move: Move[Any], *, at: str, key: str, owner: str) -> dict[str, str]:
    """Return who asked for a move when: an API key and its owner, or the chat and a person's open id."""
    return {"action": move.action, "at": at, "key": key, "owner": owner}


def moved[W: Work](
    store: WorkStore[W], work: W, move: Move[W], policy: Policy, clock: Clock, asked: Mapping[str, str]
) -> W:
    """Move work, note who asked, and return it as it is then.

    Raises
    ------
    ConflictError
        When it cannot be moved now; nothing was written.
    """
    for _ in range(_MOST_TRIES):
        change, follow_ups = move.change(work, policy, clock.now()), move.follow_ups(work)
        fields = {**change.fields, **follow_ups.fields, "requested_by": dict(asked)}
        needed, spare = follow_ups.needed, follow_ups.spare
        try:
            return store.change_with(work, fields, spare, attempts=change.attempts, needed=needed)
        except ConflictError:
            if not needed:
                raise
            work = store.get(work.id) or work
    raise ConflictError("what it brings about is changed by somebody else again and again")
