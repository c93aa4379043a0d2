"""Table sync."""

from larkbridge.http_client import HttpClient
from larkbridge.lark.base import Base
from larkbridge.lark.client import LarkClient
from larkbridge.lark.files import Files
from larkbridge.settings import PushSourcesSettings, SyncMirrorsSettings, TableSettings
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.sync_progress import SyncStateStore
from larkbridge.sync.config.table_registry import Registry, registry
from larkbridge.sync.mirror.pull import MirrorPull
from larkbridge.sync.mirror.reported_changes import MirrorChanges
from larkbridge.sync.source.absences import SourceDeletions
from larkbridge.sync.source.push import Push, PushParts
from larkbridge.sync.table_sync import TableSync
from larkbridge.wiring.lark import lark_client
from larkbridge.wiring.parts import Parts

CALL_SECONDS = 10.0
"""For one call of Lark: a page of 500 records may be large."""


def sync_mirrors(settings: SyncMirrorsSettings | None = None) -> TableSync:
    """Return what pulls tables."""
    return _alone(settings or SyncMirrorsSettings())


def push_sources(settings: PushSourcesSettings | None = None) -> TableSync:
    """Return what pushes tables, once each form of FORM_FEEDS feeds one of them."""
    settings = settings or PushSourcesSettings()
    sync = _alone(settings)
    sync.require_feeds(settings.fed_forms)
    return sync


def table_sync(
    settings: TableSettings, parts: Parts, lark: LarkClient, tables: Registry | None = None
) -> TableSync:
    """Return what keeps tables the same.

    Parameters
    ----------
    tables
        Replaces the deployed registry.

    Raises
    ------
    RegistryError
        When the registry or LARK_TABLES cannot be used.
    """
    base, files, clock, rng = Base(lark), Files(lark), parts.clock, parts.rng
    mirror_rows = MirrorRowStore(settings.mirror_rows_table)
    source_rows = SourceRowStore(settings.source_rows_table)
    states = SyncStateStore(settings.sync_state_table)
    return TableSync(
        registry=tables or registry(settings.places),
        states=states,
        mirror=MirrorPull(base, files, mirror_rows, states, clock, rng),
        source=Push(
            PushParts(
                base=base,
                files=files,
                rows=source_rows,
                states=states,
                clock=clock,
                rng=rng,
                trusted=settings.client_token_time,
            )
        ),
        mirror_changes=MirrorChanges(base, mirror_rows, clock, rng),
        source_deletions=SourceDeletions(base, source_rows, clock),
        clock=clock,
    )


def _alone(settings: SyncMirrorsSettings | PushSourcesSettings) -> TableSync:
    parts = Parts(http=HttpClient(deadline=CALL_SECONDS))
    return table_sync(
        settings.tables, parts, lark_client(settings.lark, parts, parts.secrets(settings.private_secrets_id))
    )
