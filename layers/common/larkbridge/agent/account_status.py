"""How a person stands: their connection, and what they may do here, in their language."""

from datetime import datetime
from typing import TYPE_CHECKING

from larkbridge.agent.chat_wording import Texts
from larkbridge.clock import HO_CHI_MINH
from larkbridge.routes import Scope

if TYPE_CHECKING:
    from larkbridge.vault.known import Grant


def account_status(grant: "Grant | None", texts: Texts) -> list[str]:
    """Return the lines that say whether the person is connected, until when, and what for."""
    if grant is None:
        return [texts.not_connected]
    if grant.reason:
        reason = texts.reasons.get(grant.reason, texts.other_reason)
        return [texts.reconnect.format(reason=reason)]
    until = grant.refresh_expires_at
    lasts = texts.renews_not if until is None else texts.renews
    return [
        texts.connected.format(since=_day(grant.granted_at)),
        lasts.format(until=_day(until or grant.expires_at)),
        _may(grant.scopes, texts),
    ]


def staff_status(scopes: frozenset[Scope], texts: Texts) -> str:
    """Return the line that says what the person may do in the bundle itself."""
    named = [texts.staff_scopes[scope] for scope in Scope if scope in scopes]
    return texts.staff_may.format(scopes=", ".join(named)) if named else texts.staff_may_nothing


def _may(scopes: tuple[str, ...], texts: Texts) -> str:
    known = [texts.scopes[scope] for scope in texts.scopes if scope in scopes]
    return texts.may.format(scopes=", ".join(known)) if known else texts.may_nothing


def _day(moment: datetime) -> str:
    return moment.astimezone(HO_CHI_MINH).strftime("%H:%M, %d/%m/%Y")
