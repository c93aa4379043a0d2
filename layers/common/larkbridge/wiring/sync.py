"""Puts table sync together from the environment; the one place that chooses its real parts."""

import random
from datetime import timedelta
from functools import partial

from larkbridge import aws
from larkbridge.clock import Clock, SystemClock
from larkbridge.http_client import HttpClient
from larkbridge.lark.base import Base
from larkbridge.lark.client import LarkClient
from larkbridge.lark.files import Files
from larkbridge.settings import Settings
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.sync_progress import FULL
from larkbridge.store.sync_progress_store import SyncStateStore
from larkbridge.sync.config.registry import Registry, registry
from larkbridge.sync.config.tables import Role, Table
from larkbridge.sync.mirror.mirror import Mirror
from larkbridge.sync.mirror.reported_changes import MirrorChanges
from larkbridge.sync.source.push import Parts, Push
from larkbridge.sync.source.source_changes import SourceChanges
from larkbridge.wiring.lark import lark_client

CALL_SECONDS = 10.0
"""For one call of Lark: a page of 500 records may be large."""
STOP_MARGIN = timedelta(seconds=45)
"""So long before its function's end a run stops: a call still fits, twice with a new token each time."""


class Sync:
    """The parts that keep tables the same, with AWS clients made at once.

    Parameters
    ----------
    lark
        Calls Lark; one of its own unless it is given.
    tables
        Replaces the deployed registry.

    Raises
    ------
    RegistryError
        When the registry or LARK_TABLES cannot be used.
    MissingSettingError
        When the environment lacks a table or the secret's id.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock | None = None,
        lark: LarkClient | None = None,
        rng: random.Random | None = None,
        tables: Registry | None = None,
    ) -> None:
        self._settings = settings = settings or Settings()
        self.registry = tables or registry(settings)
        self._clock = clock or SystemClock()
        rng = rng or random.SystemRandom()
        lark = lark or _own_client(settings, self._clock)
        base = Base(lark)
        mirror_rows = MirrorRowStore(settings.required("MIRROR_ROWS_TABLE"))
        source_rows = SourceRowStore(settings.required("SOURCE_ROWS_TABLE"))
        self._states = SyncStateStore(settings.required("SYNC_STATE_TABLE"))
        files = Files(lark)
        self._mirror = Mirror(base, files, mirror_rows, self._states, self._clock, rng)
        trusted = timedelta(minutes=float(settings.text("LARK_CLIENT_TOKEN_MINUTES", "60")))
        self._push = Push(
            Parts(
                base=base,
                files=files,
                rows=source_rows,
                states=self._states,
                clock=self._clock,
                rng=rng,
                trusted=trusted,
            )
        )
        self.mirror_changes = MirrorChanges(base, mirror_rows, self._clock, rng)
        self.source_changes = SourceChanges(base, source_rows, self._clock)
        aws.client("dynamodb")

    def require_feeds(self) -> None:
        """Raise RegistryError unless each form of FORM_FEEDS feeds one connected table."""
        for form_type in self._settings.words("FORM_FEEDS"):
            self.registry.fed_by(form_type)

    def pull(self, *, full: bool, owner: str, seconds: float) -> dict[str, str]:
        """Pull the mirrored tables that are due, all of them whole if `full`; returns what became of each."""
        tables = self._asked(Role.MIRROR, full=full)
        stop_at = self._clock.now() + timedelta(seconds=seconds) - STOP_MARGIN
        return self._mirror.run(tables, owner=owner, stop_at=stop_at)

    def push(self, *, full: bool, owner: str, seconds: float) -> dict[str, str]:
        """Push what waits in the SOURCE tables, and compare all of them with Lark if `full`."""
        tables = self._asked(Role.SOURCE, full=full)
        stop_at = self._clock.now() + timedelta(seconds=seconds) - STOP_MARGIN
        return self._push.run(tables, owner=owner, stop_at=stop_at).tables

    def request_full(self, table: Table) -> None:
        """Have a table reconciled as a whole by its next run."""
        self._states.request(table.name, FULL, accept_deletions=False)

    def _asked(self, role: Role, *, full: bool) -> list[Table]:
        tables = self.registry.of_role(role)
        if full:
            for table in tables:
                self.request_full(table)
        return tables


def _own_client(settings: Settings, clock: Clock) -> LarkClient:
    secrets_id = settings.secrets_id
    secrets = aws.Secrets(partial(aws.read_secret, secrets_id), clock)
    return lark_client(settings, secrets, HttpClient(deadline=CALL_SECONDS), clock)
