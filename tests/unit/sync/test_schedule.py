"""When a mirrored table is due, for what, and how long a failure of Lark's puts that off."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from larkbridge.clock import from_text, to_text
from larkbridge.lark.api_error import error_of
from larkbridge.store.sync_progress import FULL, INCREMENTAL, PullProgress, SyncState
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.config.table_registry import Registry
from larkbridge.sync.shared.schedule import due, failure
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.clock import START
from tests.support.tables import TABLES

REPORT = {"startedAt": to_text(START)}
PULLED = SyncState(table="classes", last_full=REPORT, last_pull=REPORT, watermark=to_text(START))
PULL = PullProgress(mode=INCREMENTAL, number=2, started_at=to_text(START), fingerprint="f", page_size=500)


def table(name: str = "classes") -> SyncedTable:
    found = Registry(TABLES).get(name)
    assert found is not None
    return found


def after(**amount: float) -> datetime:
    return START + timedelta(**amount)


def test_table_that_was_never_pulled_is_due_whole() -> None:
    assert due(SyncState(table="classes"), table(), START) == FULL


@pytest.mark.parametrize(("name", "minutes", "mode"), [("classes", 15, INCREMENTAL), ("rooms", 60, FULL)])
def test_table_is_due_when_its_time_has_passed(name: str, minutes: int, mode: str) -> None:
    assert due(PULLED, table(name), after(minutes=minutes, seconds=-31)) is None
    assert due(PULLED, table(name), after(minutes=minutes, seconds=-1)) == mode


def test_table_without_a_watermark_is_pulled_whole() -> None:
    assert due(replace(PULLED, watermark=None), table(), after(hours=1)) == FULL


def test_request_is_due_at_once() -> None:
    assert due(replace(PULLED, requested=FULL), table(), START) == FULL
    assert due(replace(PULLED, requested=INCREMENTAL), table(), START) == INCREMENTAL
    assert due(replace(PULLED, requested=INCREMENTAL), table("rooms"), START) == FULL


def test_pull_under_way_goes_on_first() -> None:
    assert due(replace(PULLED, pull=PULL), table(), START) == INCREMENTAL
    assert due(replace(PULLED, pull=PULL, requested=INCREMENTAL), table(), START) == INCREMENTAL


def test_request_for_the_whole_table_takes_the_place_of_a_pull_under_way() -> None:
    assert due(replace(PULLED, pull=PULL, requested=FULL), table(), START) == FULL


def test_nothing_is_due_before_its_time() -> None:
    waiting = replace(PULLED, pull=PULL, requested=FULL, not_before=to_text(after(hours=2)))
    assert due(waiting, table(), after(hours=2, seconds=-1)) is None
    assert due(waiting, table(), after(hours=2)) == FULL


def pause(failures: int, verdict: Verdict, retry_after: float | None = None) -> float:
    """Return how many minutes a failure puts the next pull off."""
    error = error_of(Outcome(verdict=verdict, reason="any", retry_after=retry_after))
    changes: dict[str, Any] = failure(SyncState(table="classes", failures=failures), error, START)
    assert changes["failures"] == failures + 1
    return (from_text(changes["not_before"]) - START).total_seconds() / 60


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (7, 60), (10**6, 60)]
)
def test_failures_that_pass_put_it_off_ever_longer(failures: int, minutes: int) -> None:
    assert pause(failures, Verdict.RETRY) == minutes
    assert pause(failures, Verdict.UNKNOWN) == minutes


def test_refusal_puts_it_off_for_a_day() -> None:
    assert pause(0, Verdict.REJECT) == 24 * 60


def test_lark_may_ask_for_longer_but_for_no_more_than_a_day() -> None:
    assert pause(0, Verdict.RETRY, retry_after=600) == 10
    assert pause(3, Verdict.RETRY, retry_after=1) == 8
    assert pause(0, Verdict.RETRY, retry_after=10**9) == 24 * 60


def test_whole_pull_is_due_when_a_night_was_missed() -> None:
    pulled = replace(PULLED, last_pull={"startedAt": to_text(after(hours=25))})
    assert due(pulled, table(), after(hours=25)) is None
    assert due(pulled, table(), after(hours=25, seconds=1)) == FULL
