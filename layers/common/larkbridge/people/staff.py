"""Who may do what: one list, by open id and by department, for the agent and whatever else asks.

Whoever is on it nowhere may nothing. A department counts for those who are in it directly, not below it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from larkbridge.clock import Clock
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.contacts import Contacts
from larkbridge.observability import logger
from larkbridge.routes import Scope

REMEMBERED_FOR = timedelta(minutes=10)
ASKED_AGAIN_AFTER = timedelta(seconds=30)
"""When Lark could not say."""
MAX_REMEMBERED = 1000


class _Known(NamedTuple):
    departments: tuple[str, ...]
    until: datetime


class Staff:
    """Knows people's scopes; safe to share between threads and invocations.

    Parameters
    ----------
    listed
        STAFF: the scopes by open id or department.
    """

    def __init__(self, listed: Mapping[str, frozenset[str]], contacts: Contacts, clock: Clock) -> None:
        self._listed = {name: frozenset(map(Scope, scopes)) for name, scopes in listed.items()}
        self._by_department = any(name.startswith("od") for name in listed)
        self._contacts, self._clock = contacts, clock
        self._known: dict[str, _Known] = {}
        self._lock = Lock()

    def scopes_of(self, open_id: str) -> frozenset[Scope]:
        """Return what a person may do.

        One call of Lark in ten minutes, and none unless the list has departments. When Lark does not say in
        which departments somebody is, only what the list grants them by name counts.
        """
        names = (open_id, *self._departments_of(open_id)) if self._by_department else (open_id,)
        return frozenset().union(*(self._listed.get(name, frozenset()) for name in names))

    def _departments_of(self, open_id: str) -> tuple[str, ...]:
        now = self._clock.now()
        with self._lock:
            known = self._known.get(open_id)
        if known is None or now >= known.until:
            known = self._asked(open_id, now)
            with self._lock:
                if len(self._known) >= MAX_REMEMBERED:
                    self._known.clear()
                self._known[open_id] = known
        return known.departments

    def _asked(self, open_id: str, now: datetime) -> _Known:
        try:
            return _Known(self._contacts.get(open_id).departments, now + REMEMBERED_FOR)
        except LarkApiError as error:
            logger.warning("departments not known", reason=error.outcome.reason)
            return _Known((), now + ASKED_AGAIN_AFTER)
