"""Which texts the cards have; `larkbridge.agent.pending.pending_texts` has them in both languages."""

from collections.abc import Mapping
from typing import NamedTuple

from larkbridge.store.pending_actions import PendingStatus


class PendingTexts(NamedTuple):
    """One language's texts; a language that lacks one cannot be made."""

    language: str
    headers: Mapping[PendingStatus, str]
    agree: str
    decline: str
    undo: str
    holds_until: str
    undo_until: str
    refusal: str
    under_way: str
    forgotten: str
    unknown: str
    undo_unknown: str
    not_asked_any_more: str
    titles: Mapping[str, str]
    labels: Mapping[str, str]
    warnings: Mapping[str, str]
    done: Mapping[str, str]
    undone: Mapping[str, str]
    reasons: Mapping[str, str]
    other_reason: str
    guests_not_invited: str
    nothing: str
    pressed: str
