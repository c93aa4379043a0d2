"""What the tests of table sync share."""

import pytest

from tests.support.tables import SyncWorld


@pytest.fixture
def world(environ: dict[str, str]) -> SyncWorld:
    """A newly deployed bundle whose tables are connected and empty."""
    return SyncWorld(environ)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> int:
    """Pages of three records, each with a checkpoint; returns how many records a page has."""
    monkeypatch.setattr("larkbridge.sync.shared.table_reader.MAX_PAGE", 3)
    monkeypatch.setattr("larkbridge.sync.shared.table_reader._CHECKPOINT_PAGES", 1)
    return 3
